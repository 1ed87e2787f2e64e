// What every part of the page needs: elements, requests, words.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** An element with properties, attributes, listeners (on…) and children; null children are left out. */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export class Refused extends Error {
  constructor(status, body) {
    super(body.error ?? `The server answered ${status}.`);
    this.status = status;
    this.body = body;
  }
}

async function call(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Refused(0, { error: "The review server does not answer. Start it again and reload this page." });
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, body);
  return body;
}

export const get = (path, query = {}) => {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return call(given.length ? `${path}?${new URLSearchParams(given)}` : path, { cache: "no-store" });
};

export const post = (path, body) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const words = (name) => (name ?? "").replaceAll("_", " ");

export const STATUS = {
  open: "to decide", accepted: "accepted", rejected: "rejected", corrected: "corrected", added: "added",
};
export const STATE = {
  new: "new", changed: "changed", conflict: "text changed", unchanged: "unchanged", removed: "gone",
};
export const ACTION = {
  accept: "accepted", reject: "rejected", correct: "corrected", add: "added", note: "noted",
  merge: "joined incidents", split: "split an incident", undo: "undid",
};

export const when = (stamp) => {
  const then = new Date(stamp);
  return Number.isNaN(then.getTime()) ? stamp : then.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
};

/** A count as a reader says it. */
export function count({ min, max, approximate }) {
  const shown =
    min === max ? `${min}` : max === null ? `at least ${min}` : min === null ? `at most ${max}` : `${min}–${max}`;
  return approximate ? `about ${shown}` : shown;
}

/** Everything of an event that stands in the text, in the order in which it is told. */
export function spans(event) {
  const found = [];
  const add = (span, role, label) => span && found.push({ start: span.start, end: span.end, role, label });
  if (event.trigger) add(event.trigger, "trigger", words(event.type) || "trigger");
  for (const a of event.arguments ?? []) add(a, a.role, a.role);
  for (const q of event.quantities ?? []) add(q.span, "count", q.measure);
  if (event.date) {
    add(event.date.span, "date", "date");
    add(event.date.anchor, "anchor", "counted from");
  }
  for (const a of event.attribution ?? []) add(a, "said", "said by");
  for (const s of event.sources ?? []) add(s, "source", "source");
  return found;
}

let clearing = 0;
/** Tell what happened, on screen and to screen readers. */
export function tell(text) {
  const toast = $("#toast");
  toast.textContent = text;
  toast.classList.add("on");
  clearTimeout(clearing);
  clearing = setTimeout(() => toast.classList.remove("on"), 3500);
}

/** Tell what went wrong; stays until it is closed. */
export function complain(error) {
  const alert = $("#alert");
  alert.replaceChildren(
    h("span", {}, error.message ?? String(error)),
    h("button", { type: "button", onclick: () => (alert.hidden = true) }, "Close"),
  );
  alert.hidden = false;
  if (!(error instanceof Refused)) console.error(error);
}
