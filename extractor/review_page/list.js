// The list of events: any number of rows, of which only those in sight exist.

import { $, STATE, STATUS, complain, get, h, tell, words } from "./base.js";

const ROW = 96; // pixels, as in style.css
const PAGE = 100;
const KEPT = 30; // pages held at once

export class EventList {
  constructor(onselect) {
    this.root = $("#list");
    this.onselect = onselect;
    this.space = h("div", { class: "space", role: "presentation" });
    this.root.append(this.space);
    this.pages = new Map();
    this.view = null;
    this.total = 0;
    this.index = -1;
    let waiting = false;
    this.root.addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        this.draw();
      });
    });
    new ResizeObserver(() => this.draw()).observe(this.root);
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  /** Ask for a list by the filters and show it from its top. */
  async load(filters, keep = null) {
    const answer = await get("api/list", { ...filters, limit: PAGE, keep });
    this.view = answer.view;
    this.total = answer.total;
    this.pages = new Map([[0, answer.rows]]);
    this.space.style.height = `${this.total * ROW}px`;
    this.index = -1;
    this.root.scrollTop = 0;
    const all = answer.total.toLocaleString();
    $("#count").textContent = answer.total === 1 ? "1 event" : `${all} events`;
    $("#refresh").hidden = true;
    this.draw();
    return answer;
  }

  async page(number) {
    const known = this.pages.get(number);
    if (known) return known;
    const loading = get(`api/list/${this.view}`, { offset: number * PAGE, limit: PAGE }).then((answer) => answer.rows);
    this.pages.set(number, loading);
    const view = this.view;
    try {
      const rows = await loading;
      if (view === this.view) this.pages.set(number, rows);
      while (this.pages.size > KEPT) this.pages.delete(this.pages.keys().next().value);
      return rows;
    } catch (error) {
      this.pages.delete(number);
      throw error;
    }
  }

  async row(index) {
    if (index < 0 || index >= this.total) return null;
    return (await this.page(Math.floor(index / PAGE)))[index % PAGE] ?? null;
  }

  draw() {
    const height = this.root.clientHeight;
    if (!height) return;
    if (!this.total) {
      this.space.replaceChildren(h("p", { class: "empty" }, "No event fits these filters."));
      this.root.removeAttribute("aria-activedescendant");
      return;
    }
    const first = Math.max(0, Math.floor(this.root.scrollTop / ROW) - 3);
    const last = Math.min(this.total, Math.ceil((this.root.scrollTop + height) / ROW) + 3);
    const nodes = [];
    for (let index = first; index < last; index++) {
      const page = this.pages.get(Math.floor(index / PAGE));
      const ready = Array.isArray(page);
      if (!page) this.page(Math.floor(index / PAGE)).then(() => this.draw(), complain);
      else if (!ready) page.then(() => requestAnimationFrame(() => this.draw()), () => {});
      nodes.push(this.node(index, ready ? page[index % PAGE] : null));
    }
    this.space.replaceChildren(...nodes);
    if (this.index >= first && this.index < last) {
      this.root.setAttribute("aria-activedescendant", `row-${this.index}`);
    } else {
      this.root.removeAttribute("aria-activedescendant");
    }
  }

  node(index, row) {
    const node = h("div", {
      class: "item", id: `row-${index}`, role: "option", "aria-setsize": this.total, "aria-posinset": index + 1,
      "aria-selected": String(index === this.index),
    });
    node.style.top = `${index * ROW}px`;
    if (!row) return node;
    node.dataset.status = row.status;
    node.dataset.event = row.id;
    node.addEventListener("click", () => this.choose(index).then(() => this.onselect(row, "click"), complain));
    const state = row.state === "unchanged" ? null : h("span", { class: `badge ${row.state}` }, STATE[row.state]);
    node.append(
      h("div", { class: "top" },
        h("span", { class: "type" }, words(row.type), row.subtype && h("small", {}, ` ${words(row.subtype)}`)),
        state,
        h("span", { class: "grow" }),
        h("span", { class: "status" }, row.status === "open" ? "" : STATUS[row.status]),
      ),
      h("div", { class: "snippet" }, row.before, h("mark", {}, row.trigger), row.after),
      h("div", { class: "foot" },
        h("span", { class: "document" }, row.document),
        h("span", { class: "date" }, row.date ?? ""),
        h("span", { class: "confidence", title: "confidence" }, row.confidence.toFixed(2)),
      ),
    );
    return node;
  }

  /** Mark a row and bring it into sight. */
  async choose(index) {
    const row = await this.row(index);
    if (!row) return null;
    this.index = index;
    const top = index * ROW;
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    else if (top + ROW > this.root.scrollTop + this.root.clientHeight) {
      this.root.scrollTop = top + ROW - this.root.clientHeight;
    }
    this.draw();
    return row;
  }

  async go(index) {
    const row = await this.choose(Math.max(0, Math.min(this.total - 1, index)));
    if (row) await this.onselect(row, "key");
    return row;
  }

  /** The next row (step 1) or the one before (step -1); `open` only those still to decide. */
  async step(step, open = false) {
    if (!open) return this.go(this.index + step);
    const { index } = await get(`api/list/${this.view}/next`, { after: this.index, step });
    if (index !== null) return this.go(index);
    tell("Nothing left to decide in this list.");
    return null;
  }

  /** Put new states of rows into the pages that hold them. */
  update(rows) {
    const fresh = new Map(rows.map((row) => [row.id, row]));
    let unknown = false;
    for (const page of this.pages.values()) {
      if (!Array.isArray(page)) continue;
      page.forEach((row, n) => {
        const found = row && fresh.get(row.id);
        if (found) {
          page[n] = found;
          fresh.delete(row.id);
        }
      });
    }
    for (const row of fresh.values()) unknown ||= row.status === "added";
    if (unknown) $("#refresh").hidden = false;
    this.draw();
  }

  /** Where an event stands in the list, null where the filters leave it out. */
  async find(id) {
    const { index } = await get(`api/list/${this.view}/find`, { event: id });
    return index;
  }

  key(event) {
    const screen = Math.max(1, Math.floor(this.root.clientHeight / ROW) - 1);
    const target = {
      ArrowDown: this.index + 1, ArrowUp: this.index - 1, PageDown: this.index + screen,
      PageUp: this.index - screen, Home: 0, End: this.total - 1,
    }[event.key];
    if (target === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.go(target).catch(complain);
  }
}
