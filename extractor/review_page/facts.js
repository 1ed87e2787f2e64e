// What an event says, what changed about it, and what was decided.

import { $, $$, ACTION, STATE, STATUS, count, h, when, words } from "./base.js";

const key = (name, letter) => [name, " ", h("kbd", {}, letter)];

/** Draw one event. `act` holds what its buttons do. */
export function drawFacts(root, found, act) {
  const { event, row } = found;
  const parts = [
    h("header", { class: "event-head" },
      h("h2", { id: "event-title" }, words(event.type), event.subtype && h("small", {}, ` ${words(event.subtype)}`)),
      h("p", { class: "pills" },
        h("span", { class: `pill status-${row.status}`, id: "event-status" }, STATUS[row.status]),
        row.state !== "unchanged" && h("span", { class: `badge ${row.state}` }, STATE[row.state]),
      ),
      decisions(row, act),
    ),
    changes(found),
    h("dl", { class: "facts-list" },
      fact("Trigger", chip("trigger", event.trigger.text)),
      fact("Participants", event.arguments.map((a) => participant(a, found.entities))),
      fact("Date", date(event.date)),
      fact("Counts", event.quantities.map((q) =>
        h("div", { class: "line" }, chip("count", q.measure), h("strong", {}, count(q)), quote(q.span.text)))),
      fact("Modality", event.modality),
      fact("Said by", event.attribution.map((a) =>
        h("div", { class: "line" }, chip("said", a.text), named(a.entity, found.entities)))),
      fact("Sources", event.sources.length ? event.sources.map((s) => s.text).join(", ") : null),
      fact("Confidence", confidence(event.confidence)),
      fact("Rule", h("code", {}, event.rule)),
    ),
    incident(found, act),
    history(found, act),
    h("p", { class: "ids" }, h("code", {}, event.id), " · ", h("code", {}, event.document)),
  ];
  root.replaceChildren(...parts.filter(Boolean));
}

function decisions(row, act) {
  if (row.state === "removed") {
    return h("p", { class: "meta" }, "This event is not in the new run. If the text still tells it, add it.");
  }
  const current = { accepted: "accept", rejected: "reject", corrected: "correct" }[row.status];
  const button = (name, label, letter, action) =>
    h("button", { type: "button", class: `decide ${name}`, id: `do-${name}`, "aria-pressed": String(current === name),
      onclick: action }, key(label, letter));
  return h("div", { class: "decisions", role: "group", "aria-label": "Decide" },
    button("accept", "Accept", "a", act.accept),
    button("reject", "Reject", "r", act.reject),
    button("correct", "Correct", "e", act.correct),
    button("note", "Note", "c", act.note),
  );
}

function fact(name, ...values) {
  const shown = values.flat().filter(Boolean);
  return shown.length ? h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, shown)) : null;
}

export const chip = (role, text) => h("span", { class: `chip role-${role}` }, text);
const quote = (text) => h("q", {}, text);

function named(id, entities) {
  if (!id) return null;
  const entity = entities[id];
  return h("span", { class: "entity", title: id },
    entity ? entity.name : id,
    h("small", {}, ` ${words(entity?.kind ?? id.split("/")[0])}${entity && !entity.known ? ", not in the knowledge base" : ""}`));
}

function participant(a, entities) {
  return h("div", { class: "line" },
    chip(a.role, a.role), h("span", { class: "words" }, a.text),
    a.refers_to && h("span", { class: "entity" }, `= ${a.refers_to}`),
    named(a.entity, entities) ?? (a.kind && h("small", { class: "entity" }, words(a.kind))),
  );
}

function date(value) {
  if (!value) return null;
  const from = value.earliest ?? "…";
  const to = value.latest ?? "…";
  return [
    h("div", { class: "line" }, chip("date", value.value), h("span", { class: "words" }, from === to ? from : `${from} to ${to}`)),
    h("div", { class: "line meta" }, `${value.basis}, from `, quote(value.span.text),
      value.anchor && [", counted from ", quote(value.anchor.text)]),
  ];
}

function confidence(value) {
  const meter = h("span", { class: "gauge", "aria-hidden": "true" }, h("span"));
  meter.firstChild.style.width = `${Math.round(value * 100)}%`;
  return [h("span", { class: "line" }, value.toFixed(2), meter)];
}

function changes({ changes: list, row, cause }) {
  if (!list.length && !cause) return null;
  const title = { conflict: "Changed under a decision", removed: "Gone since the last run" }[row.state]
    ?? (row.state === "new" ? "New since the last run" : "Changed since it was last seen");
  return h("section", { class: "changes", "aria-labelledby": "changes-title" },
    h("h3", { id: "changes-title" }, title),
    list.length ? h("table", {},
      h("thead", { class: "unseen" }, h("tr", {}, ["Field", "Before", "Now"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, list.map((change) => h("tr", {},
        h("th", { scope: "row" }, words(change.field)),
        h("td", {}, change.old.length ? h("del", {}, change.old.join("; ")) : h("span", { class: "meta" }, "—")),
        h("td", {}, change.new.length ? h("ins", {}, change.new.join("; ")) : h("span", { class: "meta" }, "—")),
      ))),
    ) : null,
    cause && h("p", { class: "meta" }, cause),
  );
}

function incident({ incident: found, row }, act) {
  if (!found) return null;
  const several = found.events.length > 1;
  const split = h("button", { type: "button", id: "do-split", disabled: true, onclick: () => act.split(chosen()) }, "Split off");
  const chosen = () => $$("input:checked", section).map((box) => box.value);
  const section = h("section", { class: "incident", id: "incident", tabindex: -1, "aria-labelledby": "incident-title" },
    h("h3", { id: "incident-title" }, several ? `Incident of ${found.events.length} reports` : "Incident",
      h("kbd", {}, "i")),
    several
      ? h("ul", {}, found.events.map((other) => h("li", {},
          h("label", {},
            h("input", { type: "checkbox", value: other.id, onchange: () => {
              const n = chosen().length;
              split.disabled = n === 0 || n === found.events.length;
            } }),
            h("span", {}, h("strong", {}, other.trigger), ` ${words(other.type)}, ${other.date ?? "no date"}`,
              h("small", {}, other.id === row.id ? " this event" : ` ${other.document}`))),
          other.id !== row.id && h("button", { type: "button", class: "link", onclick: () => act.open(other.id) },
            "Show", h("span", { class: "unseen" }, ` ${other.trigger} in ${other.document}`)))))
      : h("p", { class: "meta" }, "No other report is joined with this one."),
    h("div", { class: "buttons" },
      several && split,
      h("button", { type: "button", id: "do-merge", onclick: act.merge }, "Join with another incident…")),
  );
  return section;
}

function history({ decisions: list }, act) {
  if (!list.length) return null;
  return h("section", { class: "history", "aria-labelledby": "history-title" },
    h("h3", { id: "history-title" }, "Decisions"),
    h("ol", {}, list.map((decision) => h("li", { class: decision.void ? "void" : "" },
      h("div", {}, h("strong", {}, decision.by), ` ${ACTION[decision.action]}`,
        decision.void && h("small", {}, " (undone)"),
        h("small", {}, ` ${when(decision.at)}`)),
      decision.fields.length ? h("div", { class: "meta" }, decision.fields.join("; ")) : null,
      decision.note && h("blockquote", {}, decision.note),
      !decision.void && h("button", { type: "button", class: "link", onclick: () => act.undo(decision.id) }, "Undo",
        h("span", { class: "unseen" }, ` ${ACTION[decision.action]} by ${decision.by}`)),
    ))));
}

/** Nothing to show. */
export function drawNothing(root, text) {
  root.replaceChildren(h("p", { class: "empty" }, text));
  $("#article").replaceChildren();
  $("#article-title").textContent = "Article";
  $("#article-meta").textContent = "";
}
