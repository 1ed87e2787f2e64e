// The form that corrects an event or adds one. Its draft is lost only when it is cancelled.

import { $, $$, h, words } from "./base.js";
import { chip } from "./facts.js";

const KEYS = {
  trigger: "t", actor: "a", target: "g", party: "y", place: "p", instrument: "i", result: "r", beneficiary: "b",
  date: "d", said: "s",
};
const blankDate = (span) => ({ value: "", basis: "explicit", earliest: null, latest: null, span, anchor: null });

export class Editor {
  constructor(root, article, known, { changed, save, cancel }) {
    Object.assign(this, { root, article, known, changed, saving: save, cancelling: cancel });
    this.draft = null;
    this.armed = null; // which span the next selection sets
  }

  get on() {
    return this.draft !== null;
  }

  /** Start from an event (its copy is edited), or from nothing for one that was missed. */
  open(event, mode) {
    this.mode = mode;
    this.draft = structuredClone(event);
    this.armed = mode === "add" ? ["trigger"] : null;
    this.draw();
  }

  close() {
    this.draft = null;
    this.armed = null;
  }

  /** What the server is told: offsets only, it reads the words itself. */
  get payload() {
    const at = ({ start, end }) => ({ start, end });
    const d = this.draft;
    return {
      type: d.type, subtype: d.subtype || null, modality: d.modality, trigger: d.trigger && at(d.trigger),
      date: d.date && { value: d.date.value.trim(), ...at(d.date.span) },
      arguments: d.arguments.map((a) => ({ role: a.role, ...at(a), kind: a.kind, entity: a.entity, refers_to: a.refers_to })),
      quantities: d.quantities.map((q) => ({ measure: q.measure, min: q.min, max: q.max, approximate: q.approximate, ...at(q.span) })),
      attribution: d.attribution.map((a) => ({ ...at(a), entity: a.entity ?? null })),
    };
  }

  /** The span the armed field has now, where the keyboard begins to choose. */
  get armedSpan() {
    if (!this.armed) return null;
    const [kind, n] = this.armed;
    const d = this.draft;
    if (kind === "trigger") return d.trigger;
    if (kind === "date") return d.date?.span ?? null;
    if (kind === "argument") return d.arguments[n];
    if (kind === "count") return d.quantities[n].span;
    return d.attribution[n];
  }

  /** Give a chosen span to the armed field; false where none waits for one. */
  take(span) {
    if (!this.armed) return false;
    const [kind, n] = this.armed;
    const taken = this.words(span);
    const d = this.draft;
    if (kind === "trigger") d.trigger = taken;
    else if (kind === "date") d.date = d.date ? { ...d.date, span: taken, anchor: null } : blankDate(taken);
    else if (kind === "argument") Object.assign(d.arguments[n], taken, { entity: null, refers_to: null });
    else if (kind === "count") d.quantities[n].span = taken;
    else Object.assign(d.attribution[n], taken, { entity: null });
    this.armed = null;
    this.draw();
    return true;
  }

  words = ({ start, end }) => ({ text: this.article.slice(start, end), start, end });

  /** Put a chosen span to a new use: a role, the date, a count, who said it. */
  use(role, span) {
    const taken = this.words(span);
    const d = this.draft;
    let focus = null;
    if (role === "trigger") d.trigger = taken;
    else if (role === "date") {
      d.date = d.date ? { ...d.date, span: taken, anchor: null } : blankDate(taken);
      focus = "#edit-date";
    } else if (role === "said") d.attribution.push({ ...taken, entity: null });
    else if (this.known.measures.includes(role)) {
      const digits = taken.text.replaceAll(",", "").match(/\d+/);
      const number = digits ? Number(digits[0]) : null;
      d.quantities.push({ measure: role, min: number, max: number, approximate: false, span: taken });
      focus = `#edit-min-${d.quantities.length - 1}`;
    } else d.arguments.push({ role, ...taken, kind: null, entity: null, refers_to: null });
    this.armed = null;
    this.draw();
    if (focus) $(focus, this.root)?.focus();
  }

  arm(...what) {
    this.armed = this.armed && String(this.armed) === String(what) ? null : what;
    this.draw();
    this.changed({ armed: this.armed !== null });
  }

  draw() {
    const d = this.draft;
    const active = document.activeElement?.id;
    const title = this.mode === "add" ? "Add a missed event" : "Correct";
    // Built anew alone: a select that is replaced while a name is typed into it forgets what was typed.
    const subtype = h("div", { class: "contents" }, this.subtype());
    this.root.replaceChildren(h("form", { class: "editor", "aria-labelledby": "editor-title", autocomplete: "off", onsubmit: (event) => {
      event.preventDefault();
      this.saving();
    } },
      h("header", { class: "event-head" },
        h("h2", { id: "editor-title" }, title),
        h("p", { class: "meta" }, "Select words in the article with the mouse, or press ", h("kbd", {}, "s"),
          " to choose them with the keyboard."),
        h("div", { class: "decisions" },
          h("button", { type: "submit", class: "decide accept", id: "save" }, "Save ", h("kbd", {}, "Ctrl ⏎")),
          h("button", { type: "button", class: "decide", id: "cancel", onclick: () => this.cancelling() }, "Cancel ", h("kbd", {}, "Esc")))),
      h("div", { class: "fields" },
        this.choice("Type", "edit-type", d.type, this.known.types, (value) => {
          d.type = value;
          if (!this.subtypes.includes(d.subtype)) d.subtype = null;
          subtype.replaceChildren(...this.subtype());
          this.changed({});
        }, this.mode === "add" && !d.type ? "choose…" : null),
        subtype,
        this.choice("Modality", "edit-modality", d.modality, this.known.modalities, (value) => (d.modality = value))),
      this.group("Trigger", [this.line("trigger", d.trigger, ["trigger"], null)]),
      this.group("Participants", d.arguments.map((a, n) => this.line(a.role, a, ["argument", n],
        this.select(`edit-role-${n}`, `Role of ${a.text}`, a.role, this.known.roles, (value) => {
          a.role = value;
          $(`#arm-argument-${n}`, this.root).previousSibling.className = `chip role-${value}`;
          this.changed({});
        }), () => d.arguments.splice(n, 1)))),
      this.group("Date", [d.date ? this.dateLine(d.date) : null]),
      this.group("Counts", d.quantities.map((q, n) => this.countLine(q, n))),
      this.group("Said by", d.attribution.map((a, n) => this.line("said", a, ["said", n], null, () => d.attribution.splice(n, 1)))),
      h("p", { class: "meta" }, "To add a participant, a date, a count or a speaker, select its words and say what they are."),
    ));
    if (active) document.getElementById(active)?.focus({ preventScroll: true });
    this.changed({});
  }

  get subtypes() {
    return this.known.subtypes[this.draft.type] ?? [];
  }

  subtype() {
    const { subtype } = this.draft;
    if (!this.subtypes.length && !subtype) return [];
    const names = [...new Set(["", ...this.subtypes, subtype ?? ""])];
    return [this.choice("Subtype", "edit-subtype", subtype ?? "", names, (value) => (this.draft.subtype = value || null))];
  }

  choice(label, id, value, options, onchange, blank = null) {
    return h("label", {}, label, this.select(id, label, value, options, onchange, blank));
  }

  select(id, label, value, options, onchange, blank = null) {
    const all = options.includes(value) || !value ? options : [value, ...options];
    const node = h("select", { id, "aria-label": label, required: true, onchange: () => onchange(node.value) },
      blank && h("option", { value: "" }, blank),
      all.map((option) => h("option", { value: option }, words(option) || "none")));
    node.value = value ?? "";
    if (options.includes("")) node.required = false;
    return node;
  }

  group(name, lines) {
    const shown = lines.filter(Boolean);
    return shown.length ? h("fieldset", {}, h("legend", {}, name), shown) : null;
  }

  /** A span with its buttons: choose other words, take it out. */
  line(role, span, armed, extra, remove = null) {
    const on = this.armed !== null && String(this.armed) === String(armed);
    const said = span?.text ?? "";
    const redraw = () => {
      remove();
      this.armed = null;
      this.draw();
    };
    return h("div", { class: "edit-line", "data-armed": String(on) },
      extra, chip(role, said || "select its words in the article"),
      h("button", { type: "button", class: "small", id: `arm-${armed.join("-")}`, "aria-pressed": String(on),
        "aria-label": `Choose other words for ${role} ${said}`, onclick: () => this.arm(...armed) }, on ? "select now" : "words"),
      remove && h("button", { type: "button", class: "small", "aria-label": `Remove ${role} ${said}`, onclick: redraw }, "×"));
  }

  dateLine(date) {
    const input = h("input", { id: "edit-date", value: date.value, required: true, spellcheck: false, placeholder: "2024-05-01",
      "aria-describedby": "edit-date-help", oninput: () => (date.value = input.value) });
    return [
      this.line("date", date.span, ["date"], null, () => (this.draft.date = null)),
      h("label", { class: "inline" }, "EDTF", input),
      h("p", { class: "meta", id: "edit-date-help" }, "2019-03-12, 2019-03, 2012-05/2012-07, 2012-01/.., 2014-12~, 202X"),
    ];
  }

  countLine(q, n) {
    const number = (which, label) => {
      const input = h("input", { id: `edit-${which}-${n}`, type: "number", min: 0, step: 1, value: q[which] ?? "",
        "aria-label": `${label} for ${q.measure}`, placeholder: "none",
        oninput: () => (q[which] = input.value === "" ? null : Number(input.value)) });
      return h("label", { class: "inline" }, label, input);
    };
    const about = h("input", { type: "checkbox", checked: q.approximate, id: `edit-about-${n}`, onchange: () => (q.approximate = about.checked) });
    return [
      this.line("count", q.span, ["count", n],
        this.select(`edit-measure-${n}`, "What is counted", q.measure, this.known.measures, (value) => (q.measure = value)),
        () => this.draft.quantities.splice(n, 1)),
      h("div", { class: "numbers" }, number("min", "at least"), number("max", "at most"),
        h("label", { class: "inline" }, about, "about")),
    ];
  }
}

/** The menu beside a chosen span: what its words are. */
export class SpanMenu {
  constructor(known, onuse) {
    this.root = $("#menu");
    this.known = known;
    this.onuse = onuse;
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  get on() {
    return !this.root.hidden;
  }

  show(span, text, near, takeFocus) {
    this.span = span;
    const uses = ["trigger", ...this.known.roles, "date", "said"];
    const button = (role, label) => h("button", { type: "button", data: { use: role }, onclick: () => this.use(role) },
      h("span", { class: `dot role-${this.known.measures.includes(role) ? "count" : role}`, "aria-hidden": "true" }),
      label, KEYS[role] && h("kbd", {}, KEYS[role]));
    this.root.replaceChildren(
      h("p", {}, h("q", {}, text.length > 60 ? `${text.slice(0, 58)}…` : text), " is"),
      h("div", { class: "uses" }, uses.map((role) => button(role, role === "said" ? "said by" : role))),
      h("p", {}, "or counts"),
      h("div", { class: "uses" }, this.known.measures.map((measure) => button(measure, measure))));
    this.root.hidden = false;
    const box = this.root.getBoundingClientRect();
    const left = Math.min(Math.max(8, near.left), window.innerWidth - box.width - 8);
    const below = near.bottom + 8 + box.height < window.innerHeight;
    this.root.style.left = `${left}px`;
    this.root.style.top = `${below ? near.bottom + 8 : Math.max(8, near.top - box.height - 8)}px`;
    if (takeFocus) $("button", this.root).focus();
  }

  hide() {
    this.root.hidden = true;
  }

  use(role) {
    this.hide();
    this.onuse(role, this.span);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const buttons = $$("button", this.root);
    const at = buttons.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const role = Object.keys(KEYS).find((name) => KEYS[name] === event.key);
    if (step) buttons[(at + step + buttons.length) % buttons.length].focus();
    else if (role) this.use(role);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
