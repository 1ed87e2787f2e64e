// The article, its highlighted spans, and stretches of it chosen with mouse or keyboard.
// Offsets here are code points, as in the files; the browser counts UTF-16 units.

import { $, $$, h } from "./base.js";

const WORD = /[\p{L}\p{N}]+(?:[’'\-.,][\p{L}\p{N}]+)*|[^\s\p{L}\p{N}]/gu;

export class Article {
  constructor({ onselect, onopen }) {
    this.root = $("#article");
    this.onselect = onselect;
    this.onopen = onopen;
    this.document = null;
    this.cursor = null; // {start, end} while a span is chosen
    this.spans = [];
    this.sentence = null;
    this.current = null;
    this.root.addEventListener("mouseup", () => setTimeout(() => this.picked(), 0));
    this.root.addEventListener("touchend", () => setTimeout(() => this.picked(), 300));
    this.root.addEventListener("click", (event) => {
      const other = event.target.closest("[data-other]");
      if (other && window.getSelection().isCollapsed) this.onopen(other.dataset.other);
    });
  }

  /** Take another document; nothing is drawn before `mark`. */
  take(found) {
    this.document = found;
    const points = Array.from(found.text);
    this.points = points.length === found.text.length ? null : points;
    this.length = points.length;
    this.cursor = null;
    $("#article-title").textContent = found.title || found.id;
    $("#article-meta").textContent = [found.publisher, found.published, found.source].filter(Boolean).join(" · ");
    this.blocks = layout(found, this.length);
  }

  slice(start, end) {
    return this.points ? this.points.slice(start, end).join("") : this.document.text.slice(start, end);
  }

  /** Highlight an event's spans and the sentence it is told in. */
  mark(spans, sentence, current) {
    this.spans = spans;
    this.sentence = sentence;
    this.current = current;
    this.draw();
  }

  draw() {
    if (!this.document) return;
    const others = this.document.events
      .filter((event) => event.id !== this.current)
      .map((event) => ({ start: event.start, end: event.end, role: "other", label: "", event }));
    const all = [...others, ...this.spans.filter((span) => span.start < span.end)];
    if (this.cursor) all.push({ ...this.cursor, role: "cursor", label: "" });
    if (this.sentence) all.push({ ...this.sentence, role: "sentence", label: "" });
    this.root.replaceChildren(...this.blocks.map((block) => this.block(block, all)));
  }

  block({ kind, start, end }, all) {
    const inside = all.filter((span) => span.start < end && span.end > start);
    const cuts = new Set([start, end]);
    for (const span of inside) {
      if (span.start > start) cuts.add(span.start);
      if (span.end < end) cuts.add(span.end);
    }
    const edges = [...cuts].sort((a, b) => a - b);
    const node = h(kind === "heading" ? "h3" : "p", { class: kind });
    for (let n = 0; n + 1 < edges.length; n++) node.append(this.segment(edges[n], edges[n + 1], inside));
    return node;
  }

  segment(start, end, spans) {
    const over = spans.filter((span) => span.start <= start && span.end >= end);
    const named = over
      .filter((span) => !["other", "cursor", "sentence"].includes(span.role))
      .sort((a, b) => a.end - a.start - (b.end - b.start));
    const node = h("span", { data: { start } }, this.slice(start, end));
    const classes = [];
    for (const span of over) {
      if (span.role === "cursor" || span.role === "sentence") classes.push(span.role);
    }
    if (named.length) {
      classes.push("span", `role-${named[0].role}`);
      const outer = named[named.length - 1];
      if (outer.role !== named[0].role) classes.push(`outer-${outer.role}`);
      if (named.some((span) => span.start === start)) classes.push("first");
      const ending = [...new Set(named.filter((span) => span.end === end).map((span) => span.label))];
      if (ending.length) {
        classes.push("last");
        node.dataset.label = ending.join(" · ");
      }
      node.title = [...new Set(named.map((span) => span.label))].join(", ");
    }
    const other = over.find((span) => span.role === "other");
    if (other) {
      if (!named.length) node.title = `${other.event.type}: show this event`;
      classes.push("other");
      node.dataset.other = other.event.id;
      node.dataset.status = other.event.status;
    }
    node.className = classes.join(" ");
    return node;
  }

  /** Bring the sentence (or a place) into sight, in the middle where it can be. */
  show(place = this.sentence?.start ?? 0) {
    const nodes = $$("[data-start]", this.root).filter((node) => Number(node.dataset.start) <= place);
    const node = nodes[nodes.length - 1];
    const frame = this.root;
    if (!node) return;
    const target = node.getBoundingClientRect().top - frame.getBoundingClientRect().top + frame.scrollTop;
    frame.scrollTop = Math.max(0, target - frame.clientHeight / 3);
  }

  // ---- choosing with the mouse ---------------------------------------------------------------------------

  picked() {
    const span = this.selection();
    if (span) this.onselect(span);
  }

  /** The browser's selection as code points, without space at its ends; null where there is none. */
  selection() {
    const selected = window.getSelection();
    if (!selected || selected.isCollapsed || !selected.rangeCount) return null;
    const range = selected.getRangeAt(0);
    if (!range.intersectsNode(this.root)) return null;
    let start = null;
    let end = null;
    for (const node of $$("[data-start]", this.root)) {
      const text = node.firstChild;
      if (!text || !range.intersectsNode(text)) continue;
      const from = range.startContainer === text ? range.startOffset : 0;
      const to = range.endContainer === text ? range.endOffset : text.data.length;
      const whole = document.createRange();
      whole.setStart(text, from);
      if (from >= to || range.compareBoundaryPoints(Range.START_TO_END, whole) <= 0) continue;
      if (range.compareBoundaryPoints(Range.END_TO_START, rangeOf(text)) >= 0) continue;
      const base = Number(node.dataset.start);
      start ??= base + codePoints(text.data, from);
      end = base + codePoints(text.data, to);
    }
    return start === null ? null : this.trimmed(start, end);
  }

  trimmed(start, end) {
    const chosen = Array.from(this.slice(start, end));
    while (chosen.length && !chosen[0].trim()) {
      chosen.shift();
      start += 1;
    }
    while (chosen.length && !chosen[chosen.length - 1].trim()) {
      chosen.pop();
      end -= 1;
    }
    return start < end ? { start, end } : null;
  }

  // ---- choosing with the keyboard ------------------------------------------------------------------------

  /** All words and signs as {start, end}, counted once a document. */
  get words() {
    if (this.document.words) return this.document.words;
    const found = [];
    for (const { start, end } of this.blocks) {
      const text = this.slice(start, end);
      let units = 0;
      let points = start;
      for (const match of text.matchAll(WORD)) {
        points += codePoints(text.slice(units, match.index), Infinity);
        const size = codePoints(match[0], Infinity);
        found.push({ start: points, end: points + size });
        points += size;
        units = match.index + match[0].length;
      }
    }
    this.document.words = found;
    return found;
  }

  begin(span) {
    const near = this.words.find((word) => word.end > (span?.start ?? this.sentence?.start ?? 0));
    this.choose(span && span.start < span.end ? { start: span.start, end: span.end } : near);
  }

  choose(span) {
    this.cursor = span ? { start: span.start, end: span.end } : null;
    this.draw();
    if (!span) return;
    const node = $(".cursor", this.root);
    node?.scrollIntoView({ block: "nearest" });
  }

  /** Move or stretch what is chosen; true where the key meant something. */
  key(event) {
    const list = this.words;
    const at = this.cursor;
    if (!at || !list.length) return false;
    let first = list.findIndex((word) => word.end > at.start);
    let last = list.findLastIndex((word) => word.start < at.end);
    if (first < 0) first = list.length - 1;
    if (last < first) last = first;
    const clip = (n) => Math.max(0, Math.min(list.length - 1, n));
    const word = (n) => list[clip(n)];
    const keys = {
      ArrowRight: () => (event.shiftKey ? { start: at.start, end: word(last + 1).end } : word(last + 1)),
      ArrowLeft: () => (event.shiftKey ? { start: at.start, end: word(Math.max(first, last - 1)).end } : word(first - 1)),
      ArrowDown: () => (event.shiftKey ? { start: at.start, end: word(last + 10).end } : word(last + 10)),
      ArrowUp: () => (event.shiftKey ? { start: word(first - 1).start, end: at.end } : word(first - 10)),
      "+": () => ({ start: at.start, end: Math.min(this.length, at.end + 1) }),
      "-": () => ({ start: at.start, end: Math.max(at.start + 1, at.end - 1) }),
      "<": () => ({ start: Math.max(0, at.start - 1), end: at.end }),
      ">": () => ({ start: Math.min(at.end - 1, at.start + 1), end: at.end }),
    };
    if (!keys[event.key]) return false;
    this.choose(keys[event.key]());
    return true;
  }
}

/** Blocks that tile the text; where there are none, what blank lines part. Datelines and citations lie inside. */
function layout(found, length) {
  const blocks = found.blocks.filter((block) => block.kind !== "dateline" && block.kind !== "citation");
  if (blocks.length) return blocks;
  const made = [];
  let points = 0;
  for (const piece of found.text.split(/(\n\s*\n)/)) {
    const size = codePoints(piece, Infinity);
    if (piece.trim()) made.push({ kind: "lines", start: points, end: points + size });
    points += size;
  }
  return made.length ? made : [{ kind: "lines", start: 0, end: length }];
}

function rangeOf(node) {
  const range = document.createRange();
  range.selectNodeContents(node);
  return range;
}

/** How many code points lie before a UTF-16 offset. */
function codePoints(text, offset) {
  let total = 0;
  for (const point of offset === Infinity ? text : text.slice(0, offset)) total += point ? 1 : 0;
  return total;
}
