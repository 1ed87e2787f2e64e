// The page as a whole: what is shown, keys, decisions, and what other tabs decided.

import { $, $$, ACTION, Refused, STATE, STATUS, complain, get, h, post, spans, tell, words } from "./base.js";
import { Article } from "./article.js";
import { Editor, SpanMenu } from "./editor.js";
import { drawFacts, drawNothing } from "./facts.js";
import { EventList } from "./list.js";

const KEYS = [
  ["j  ↓", "next event"], ["k  ↑", "event before"], ["n", "next event to decide"],
  ["a", "accept"], ["r", "reject"], ["e", "correct"], ["c", "note"], ["u", "undo your last decision"],
  ["m", "add an event that was missed"], ["s", "choose words in the article with the keyboard"],
  ["i", "go to the incident: join, split"], ["/", "search"], ["f", "filters"],
  ["1  2  3", "go to the list, the article, the event"], ["t", "light, dark, as the system"], ["?", "this help"],
  ["Ctrl ⏎", "save a correction, an event, a note"], ["Esc", "cancel, close, leave a field"],
];
const SPAN_KEYS = [
  ["← →", "word by word"], ["↑ ↓", "ten words"], ["⇧ ← →", "shorten or lengthen at the end"],
  ["⇧ ↑", "lengthen at the start"], ["+ −", "end, by one character"], ["< >", "start, by one character"],
  ["⏎", "take these words"],
];
const POLL = 2000; // milliseconds

let known; // what the server says of the folder
let shown = null; // the event on show
let version = 0;
const own = new Set(); // decisions of this tab
const undoable = JSON.parse(sessionStorage.getItem("undo") ?? "[]");

const list = new EventList((row, how) => open(row.id, how));
const article = new Article({
  onselect: (span) => choose(span, false),
  onopen: (id) => go(id).catch(complain),
});
let editor;
let menu;

// ---- showing -----------------------------------------------------------------------------------------------

async function open(id, how = "") {
  if (editor.on) {
    tell("Save or cancel what you are editing first: Ctrl Enter or Esc.");
    return;
  }
  const found = await get(`api/events/${encodeURIComponent(id)}`);
  await show(found);
  if (how === "click") view("event");
}

async function show(found) {
  shown = found;
  const side = found.row.state === "removed" ? "old" : "new";
  if (article.document?.id !== found.event.document || article.document?.side !== side || article.document.version !== version) {
    const document = await get(`api/documents/${encodeURIComponent(found.event.document)}`, { side });
    if (shown !== found) return;
    article.take(Object.assign(document, { side, version }));
  }
  draw();
  article.show();
  document.title = `${words(found.event.type)}: ${found.event.trigger.text} – Review`;
}

function draw() {
  if (editor.on) {
    const draft = editor.draft;
    article.mark(spans(draft), shown?.event.id === draft.id ? draft.sentence : null, draft.id);
  } else if (shown) {
    article.mark(spans(shown.event), shown.event.sentence, shown.event.id);
    drawFacts($("#facts"), shown, actions);
  }
}

async function go(id) {
  const index = await list.find(id);
  if (index !== null) await list.go(index);
  else await open(id);
}

function view(name) {
  document.body.dataset.view = name;
  for (const button of $$(".tabs button")) {
    if (button.dataset.go === name) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  if (name === "list") list.draw();
  else article.show();
}

function progress(counts) {
  const done = counts.total - counts.open;
  $("#meter").setAttribute("aria-valuemax", counts.total);
  $("#meter").setAttribute("aria-valuenow", done);
  $("#meter").setAttribute("aria-valuetext", `${done} of ${counts.total} events decided`);
  $("#meter-fill").style.width = `${counts.total ? (100 * done) / counts.total : 0}%`;
  $("#progress-text").textContent = `${done.toLocaleString()} of ${counts.total.toLocaleString()} decided`;
  known.counts = counts;
}

// ---- filters -----------------------------------------------------------------------------------------------

const filters = () => Object.fromEntries(new FormData($("#filters")));

async function reload(keep = null) {
  const folded = ["type", "document", "low", "high"].filter((name) => filters()[name]).length;
  $("#filters-toggle").textContent = folded ? `Filters (${folded})` : "Filters";
  const answer = await list.load(filters(), keep);
  if (editor.on) return;
  const first = answer.kept ?? (answer.total ? 0 : null);
  if (first !== null) await list.go(first);
  else {
    shown = null;
    if (filters().document && (await showDocument(filters().document))) return;
    const nothing = filters().status === "open" && !filters().q && known.counts.open === 0;
    drawNothing($("#facts"), nothing ? "Everything is decided. Choose another status to look again." : "No event fits these filters.");
  }
}

/** The article of a document whose list is empty, for adding what was missed there. */
async function showDocument(name) {
  const found = await get(`api/documents/${encodeURIComponent(name)}`);
  if (!found.text) return false;
  drawNothing($("#facts"), "No event of this document fits these filters. Press m to add one that was missed.");
  article.take(Object.assign(found, { side: "new", version }));
  article.mark([], null, null);
  return true;
}

function fillFilters() {
  const option = (value, label) => h("option", { value }, label);
  $("#filter-status").append(option("open", "to decide"), option("", "any"), option("decided", "decided"),
    ...Object.keys(STATUS).filter((name) => name !== "open").map((name) => option(name, STATUS[name])));
  $("#filter-state").append(option("", "anything"), option("fresh", "new or changed"),
    ...Object.keys(STATE).map((name) => option(name, STATE[name])));
  $("#filter-type").append(option("", "any"), ...known.present.map(([type, n]) => option(type, `${words(type)} (${n})`)));
  if (!known.counts.open) $("#filter-status").value = "";
  let waiting = 0;
  $("#filters").addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => reload().catch(complain), event.target.tagName === "SELECT" ? 0 : 250);
    if (event.target.name === "document") suggest(event.target.value).catch(complain);
  });
  $("#filters").addEventListener("reset", () => setTimeout(() => reload().catch(complain), 0));
  $("#filters").addEventListener("submit", (event) => {
    event.preventDefault();
    $("#list").focus();
  });
  $("#filters-toggle").addEventListener("click", () => fold($("#filters-more").hidden === false));
  $("#refresh").addEventListener("click", () => reload(shown?.event.id).catch(complain));
  suggest("").catch(complain);
}

function fold(hidden) {
  $("#filters-more").hidden = hidden;
  $("#filters-toggle").setAttribute("aria-expanded", String(!hidden));
}

async function suggest(q) {
  const { documents } = await get("api/documents", { q });
  $("#documents").replaceChildren(...documents.map(([id, n]) => h("option", { value: id }, `${n} events`)));
}

// ---- deciding ----------------------------------------------------------------------------------------------

async function decide(action, more = {}) {
  const about = shown && { event: shown.event.id, seen: shown.seen, digest: shown.digest };
  const answer = await post("api/decisions", { action, ...(action === "add" || action === "undo" ? {} : about), ...more });
  own.add(answer.decision);
  if (action === "undo") {
    const at = undoable.lastIndexOf(more.undoes);
    if (at >= 0) undoable.splice(at, 1);
  } else undoable.push(answer.decision);
  sessionStorage.setItem("undo", JSON.stringify(undoable));
  $("#undo").disabled = !undoable.length;
  list.update(answer.rows);
  progress(answer.counts);
  article.document = null; // its marks are drawn anew
  return answer;
}

/** Do something that decides; a stale decision is refused, told, and what is new is shown. */
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    if (error instanceof Refused && error.status === 409 && shown) {
      const fresh = await get(`api/events/${encodeURIComponent(shown.event.id)}`).catch(() => null);
      if (fresh && editor.on) shown = fresh; // the draft stays; saving it again is a decision on what is now known
      else if (fresh) await show(fresh);
    }
    complain(error); // last, so that who acts on it acts on what is new
  }
}

const refresh = async (id = shown?.event.id) => id && !editor.on && show(await get(`api/events/${encodeURIComponent(id)}`));

const plain = (action) => () => attempt(async () => {
  if (!shown || shown.row.state === "removed" || editor.on) return;
  await decide(action);
  const done = `${ACTION[action][0].toUpperCase()}${ACTION[action].slice(1)}: ${shown.event.trigger.text}. ${$("#progress-text").textContent}.`;
  if (!(await list.step(1, true))) await refresh();
  tell(done);
});

const actions = {
  accept: plain("accept"),
  reject: plain("reject"),
  correct: () => shown && shown.row.state !== "removed" && edit(shown.event, "correct"),
  note: () => shown && ask(),
  undo: (id) => attempt(async () => {
    const answer = await decide("undo", { undoes: id });
    tell("Undone.");
    if (answer.event) await go(answer.event);
    else await refresh();
  }),
  open: (id) => go(id).catch(complain),
  split: (events) => attempt(async () => {
    await decide("split", { events });
    await refresh();
    tell("Split off into an incident of its own.");
  }),
  merge: () => join(),
};

function undoLast() {
  if (undoable.length) actions.undo(undoable[undoable.length - 1]);
  else tell("Nothing of yours to undo in this tab.");
}

function edit(event, mode) {
  if (editor.on) return;
  menu.hide();
  editor.open(event, mode);
  view("event");
  draw();
  tell(mode === "add" ? "Select the word that names the event." : "Correcting.");
}

function missed() {
  if (!article.document || article.document.side === "old") return;
  edit({ id: null, document: article.document.id, type: "", subtype: null, modality: "actual", trigger: null, date: null,
    arguments: [], quantities: [], attribution: [], sources: [], sentence: null }, "add");
}

function save() {
  if (!editor.on) return;
  const form = $("form", $("#facts"));
  if (!editor.draft.trigger) return complain(new Error("Select the word that names the event: its trigger."));
  if (!form.reportValidity()) return;
  attempt(async () => {
    const adding = editor.mode === "add";
    const answer = adding
      ? await decide("add", { document: editor.draft.document, facts: editor.payload })
      : await decide("correct", { facts: editor.payload });
    stopEditing();
    tell(adding ? "Event added." : `Corrected. ${$("#progress-text").textContent}.`);
    await refresh(answer.event);
  });
}

function stopEditing() {
  editor.close();
  article.cursor = null;
  menu.hide();
  $("#span-hint").hidden = true;
}

function cancel() {
  stopEditing();
  draw();
  if (!shown) drawNothing($("#facts"), "Choose an event.");
  $("#facts").focus();
  tell("Nothing was changed.");
}

// ---- spans -------------------------------------------------------------------------------------------------

/** Words were chosen: the armed field takes them, or a menu asks what they are. */
function choose(span, byKeyboard) {
  if (article.document?.side === "old") return;
  if (editor.on && editor.take(span)) return chosen();
  article.choose(span);
  const near = ($(".cursor", article.root) ?? article.root).getBoundingClientRect();
  menu.show(span, article.slice(span.start, span.end), near, byKeyboard);
}

function chosen() {
  article.cursor = null;
  window.getSelection()?.removeAllRanges();
  $("#span-hint").hidden = true;
  draw();
  if (document.activeElement === document.body || article.root.contains(document.activeElement)) $("#facts").focus();
}

function useSpan(role, span) {
  if (!editor.on) {
    if (!shown || shown.row.state === "removed") return;
    edit(shown.event, "correct");
  }
  editor.use(role, span);
  chosen();
}

function byKeyboard() {
  if (!article.document || article.document.side === "old") return;
  view("event");
  article.begin(editor.armedSpan ?? (editor.on ? editor.draft : shown?.event)?.trigger);
  const hint = $("#span-hint");
  hint.textContent = "Arrow keys move by word, with Shift they stretch; Enter takes the words, Esc leaves.";
  hint.hidden = false;
  $("#article-panel").focus({ preventScroll: true });
}

// ---- dialogs -----------------------------------------------------------------------------------------------

function ask() {
  const text = h("textarea", { id: "note-text", rows: 4, required: true, maxLength: 4000 });
  const dialog = $("#note");
  dialog.replaceChildren(h("form", { method: "dialog", onsubmit: (event) => {
    event.preventDefault();
    dialog.close();
    attempt(async () => {
      await decide("note", { note: text.value.trim() });
      await refresh();
      tell("Noted.");
    });
  } },
    h("h2", { id: "note-title" }, "Note on this event"),
    h("label", {}, "Note", text),
    h("div", { class: "buttons" },
      h("button", { type: "submit", class: "decide accept" }, "Save note"),
      h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"))));
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) dialog.querySelector("form").requestSubmit();
  });
  dialog.showModal();
  text.focus();
}

function join() {
  const dialog = $("#join");
  const about = shown;
  const found = h("div", { class: "candidates", role: "radiogroup", "aria-label": "Incidents" });
  const search = h("input", { type: "search", id: "join-q", placeholder: "words, place, date…" });
  const fill = async () => {
    const { incidents } = await get("api/incidents", { near: about.event.id, q: search.value });
    found.replaceChildren(...incidents.map((other) => h("label", {},
      h("input", { type: "radio", name: "incident", value: other.id }),
      h("span", {}, h("strong", {}, `${words(other.type)} ${other.date ?? ""}`), ` ${other.before}`, h("mark", {}, other.trigger), other.after,
        h("small", {}, ` ${other.document}${other.size > 1 ? `, ${other.size} reports` : ""}`)))));
    if (!incidents.length) found.replaceChildren(h("p", { class: "empty" }, "No incident fits."));
  };
  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => fill().catch(complain), 200);
  });
  dialog.replaceChildren(h("form", { method: "dialog", onsubmit: (event) => {
    event.preventDefault();
    const other = $("input:checked", found)?.value;
    if (!other) return;
    dialog.close();
    attempt(async () => {
      await decide("merge", { incident: other });
      await refresh();
      tell("Joined.");
    });
  } },
    h("h2", { id: "join-title" }, "Join with another incident"),
    h("label", {}, "Search", search), found,
    h("div", { class: "buttons" },
      h("button", { type: "submit", class: "decide accept", id: "join-save" }, "Join"),
      h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"))));
  dialog.showModal();
  fill().catch(complain);
  search.focus();
}

function help() {
  const dialog = $("#help");
  const table = (rows) => h("dl", { class: "keys" }, rows.map(([keys, does]) =>
    h("div", {}, h("dt", {}, keys.split("  ").map((name) => h("kbd", {}, name))), h("dd", {}, does))));
  const single = h("input", { type: "checkbox", checked: singleKeys(), onchange: () => localStorage.setItem("keys", single.checked ? "on" : "off") });
  dialog.replaceChildren(
    h("h2", { id: "help-title" }, "Keyboard"),
    h("div", { class: "columns" },
      h("div", {}, table(KEYS)),
      h("div", {}, h("h3", {}, "While choosing words"), table(SPAN_KEYS),
        h("p", { class: "meta" }, "With the mouse, select words in the article and say what they are. A decision is written to disk at once; other tabs see it within two seconds."),
        h("label", { class: "inline" }, single, "single-letter keys"))),
    h("p", { class: "meta" }, `Deciding as ${known.by} on ${known.output}${known.since ? `, compared with ${known.since}` : ""}.`),
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => dialog.close() }, "Close")));
  dialog.showModal();
}

const singleKeys = () => localStorage.getItem("keys") !== "off";

function theme(next = null) {
  const name = next ?? localStorage.getItem("theme") ?? "auto";
  if (next) localStorage.setItem("theme", next);
  document.documentElement.dataset.theme = name;
  const told = { auto: ["◐", "as the system"], light: ["☀", "light"], dark: ["☾", "dark"] }[name];
  $("#theme").textContent = told[0];
  $("#theme").setAttribute("aria-label", `Colours: ${told[1]}`);
  return told[1];
}

const nextTheme = () => {
  const order = ["auto", "light", "dark"];
  tell(`Colours: ${theme(order[(order.indexOf(document.documentElement.dataset.theme) + 1) % 3])}.`);
};

// ---- keys --------------------------------------------------------------------------------------------------

const letters = {
  j: () => list.step(1), k: () => list.step(-1), ArrowDown: () => list.step(1), ArrowUp: () => list.step(-1),
  n: () => list.step(1, true), a: actions.accept, r: actions.reject, e: actions.correct, c: actions.note,
  u: undoLast, m: missed, s: byKeyboard,
  i: () => $("#incident")?.focus(),
  "/": () => { view("list"); $("#filter-q").focus(); },
  f: () => { view("list"); fold(false); $("#filter-status").focus(); },
  t: nextTheme, "?": help,
  1: () => { view("list"); list.root.focus(); },
  2: () => { view("event"); $("#article-panel").focus(); },
  3: () => { view("event"); $("#facts").focus(); },
};

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || event.defaultPrevented) return;
  const field = event.target.closest("input, select, textarea");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    save();
  } else if (event.key === "Escape") escape(field);
  else if (event.ctrlKey || event.metaKey || event.altKey) return;
  else if (menu.on) return;
  else if (article.cursor && !field) {
    if (event.key === "Enter") choose(article.cursor, true);
    else if (!article.key(event)) return;
    event.preventDefault();
  } else if (!field && letters[event.key] && singleKeys()) {
    if (editor.on && !["s", "t", "?", "1", "2", "3"].includes(event.key)) return;
    event.preventDefault();
    Promise.resolve(letters[event.key]()).catch(complain);
  }
});

function escape(field) {
  if (menu.on || article.cursor) {
    menu.hide();
    chosen();
  } else if (field) field.blur();
  else if (editor.armed && editor.mode !== "add") editor.arm(...editor.armed);
  else if (editor.on) cancel();
  else $("#alert").hidden = true;
}

// ---- other tabs --------------------------------------------------------------------------------------------

async function poll() {
  if (document.hidden) return;
  const news = await get("api/news", { after: version });
  const offline = $("#alert").dataset.offline;
  if (offline) {
    delete $("#alert").dataset.offline;
    $("#alert").hidden = true;
  }
  if (news.epoch !== known.epoch) {
    known = await get("api/state");
    version = known.version;
    article.document = null;
    progress(known.counts);
    await reload(shown?.event.id);
    tell("The output was made anew; this is what it says now.");
    return;
  }
  if (news.version === version) return;
  version = news.version;
  list.update(news.rows);
  progress(news.counts);
  const others = news.decisions.filter((decision) => !own.has(decision.id));
  if (!others.length) return;
  if (news.rows.some((row) => row.id === shown?.event.id)) {
    if (editor.on) tell("This event was decided elsewhere while you edit it.");
    else await refresh();
  }
  const last = others[others.length - 1];
  tell(others.length === 1 ? `Elsewhere: ${last.by} ${ACTION[last.action]} ${last.trigger ?? "an event"}.` : `Elsewhere: ${others.length} decisions.`);
}

function lost(error) {
  if (error.status !== 0) return complain(error);
  if ($("#alert").dataset.offline) return;
  complain(error);
  $("#alert").dataset.offline = "1";
}

// ---- start -------------------------------------------------------------------------------------------------

async function start() {
  theme();
  known = await get("api/state");
  version = known.version;
  $("#folder").textContent = known.output.split(/[\\/]/).slice(-2).join("/");
  $("#folder").title = known.output;
  menu = new SpanMenu(known, useSpan);
  editor = new Editor($("#facts"), article, known, {
    save, cancel,
    changed: ({ armed }) => {
      if (editor) draw();
      if (armed) byKeyboard();
    },
  });
  progress(known.counts);
  fillFilters();
  $("#undo").disabled = !undoable.length;
  $("#undo").addEventListener("click", undoLast);
  $("#missed").addEventListener("click", missed);
  $("#theme").addEventListener("click", nextTheme);
  $("#help-open").addEventListener("click", help);
  for (const button of $$(".tabs button")) button.addEventListener("click", () => view(button.dataset.go));
  window.addEventListener("beforeunload", (event) => editor.on && event.preventDefault());
  document.addEventListener("mousedown", (event) => {
    if (menu.on && !menu.root.contains(event.target)) {
      menu.hide();
      article.choose(null);
    }
  });
  await reload();
  document.body.dataset.ready = "yes";
  setInterval(() => poll().catch(lost), POLL);
  document.addEventListener("visibilitychange", () => poll().catch(lost));
}

start().catch(complain);
