// The list on the screen: a head and, however many pairs there are, only the lines that are in sight.

import { element } from "../dom.js";
import { readTheme } from "../theme.js";
import { hooks } from "./hooks.js";
import { inSight } from "./layout.js";
import { LineView } from "./line.js";

/**
 * @import { Layout } from "./layout.js"
 * @import { Line } from "./lines.js"
 * @import { Order } from "./order.js"
 * @import { TrailColours } from "./trail.js"
 *
 * @typedef {object} Does
 * @property {(key: string) => void} sort
 * @property {(pair: string) => string} address
 * @property {(pair: string) => void} open
 * @property {(pair: string, at: HTMLElement) => void} menu
 * @property {() => void} moved the list was scrolled or has another size
 * @property {(pair: string) => boolean} leaving
 */

export class Grid {
  /** @param {Does} does */
  constructor(does) {
    this.does = does;
    /** @type {Line[]} */
    this.lines = [];
    /** @type {LineView[]} */
    this.views = [];
    /** @type {Layout | null} */
    this.layout = null;
    /** @type {string | null} */
    this.active = null;
    /** @type {TrailColours | null} */
    this.colours = null;
    this.laid = "";
    this.root = element("div", "grid");
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "grid");
    this.root.setAttribute("aria-label", "Followed pairs");
    this.head = element("div", "head");
    this.head.setAttribute("role", "row");
    this.body = element("div", "body");
    this.body.setAttribute("role", "rowgroup");
    this.root.append(this.head, this.body);
    this.root.addEventListener("scroll", does.moved, { passive: true });
    this.sizes = new ResizeObserver(does.moved);
    this.sizes.observe(this.root);
  }

  get width() {
    return this.root.clientWidth;
  }

  // What is laid for these columns and this order stays.
  /**
   * @param {Layout} layout
   * @param {Order} order
   */
  lay(layout, order) {
    const columns = JSON.stringify([
      layout.template,
      layout.cells.map(({ column, place }) => [column.key, column.label, place]),
    ]);
    if (columns !== this.laid) {
      this.laid = columns;
      this.layout = layout;
      this.root.classList.toggle("narrow", layout.narrow);
      this.root.style.setProperty("--columns", layout.template);
      this.root.style.setProperty("--least", layout.least || "0");
      this.root.style.setProperty("--height", `${layout.height}px`);
      this.#layHead(layout);
      this.body.replaceChildren();
      this.views = [];
    }
    for (const cell of this.head.children) {
      if (!(cell instanceof HTMLElement) || !cell.dataset.key) continue;
      const sort = order.key !== cell.dataset.key ? "none" : order.down ? "descending" : "ascending";
      if (cell.getAttribute("aria-sort") !== sort) cell.setAttribute("aria-sort", sort);
    }
  }

  /** @param {Layout} layout */
  #layHead({ cells }) {
    const heads = cells.map(({ column: { key, label, help, kind } }) => {
      const cell = element("div", `cell ${kind}`);
      cell.dataset.key = key;
      cell.setAttribute("role", "columnheader");
      const button = element("button", "", label);
      button.type = "button";
      button.title = `${help} Click: sort by it.`;
      button.addEventListener("click", () => this.does.sort(key));
      cell.append(button);
      return cell;
    });
    const last = element("div", "cell last");
    last.setAttribute("role", "columnheader");
    const words = element("span", "unseen", "Menu");
    last.append(words);
    this.head.replaceChildren(...heads, last);
  }

  /** @param {Line[]} lines */
  setLines(lines) {
    this.lines = lines;
    hooks.lines = lines.length;
    this.root.setAttribute("aria-rowcount", String(lines.length + 1));
    if (this.layout) this.body.style.height = `${lines.length * this.layout.height}px`;
  }

  draw() {
    const { layout } = this;
    if (!layout) return;
    const { height } = layout;
    const room = this.root.clientHeight || window.innerHeight;
    const { scrollTop } = this.root;
    const [first, end] = inSight(scrollTop, room, height, this.lines.length);
    const count = end - first;
    while (this.views.length < count) this.#addView(layout);
    while (this.views.length > count + 2 * Math.ceil(room / height)) this.views.pop()?.root.remove();
    this.colours ??= readColours(this.root);
    const now = { height, active: this.active, leaving: this.does.leaving, colours: this.colours };
    const { length } = this.views;
    // A line that stays in sight keeps its view: only those that come into it are written anew.
    const used = new Set();
    for (let index = first; index < end; index += 1) {
      const view = this.views[index % length];
      used.add(view);
      const line = this.lines[index];
      const inView = (index + 1) * height > scrollTop && index * height < scrollTop + room;
      // Out of sight it need only be the right line: its figures are written when it comes into view.
      if (!inView && !view.root.hidden && view.shows(line, index)) continue;
      view.root.hidden = false;
      view.show(line, index, now);
    }
    for (const view of this.views) if (!used.has(view)) view.root.hidden = true;
    const at = this.lines.findIndex(({ watched }) => watched !== null && watched.pair === this.active);
    const shown = at >= first && at < end ? this.views[at % length].root.id : "";
    if (shown) this.root.setAttribute("aria-activedescendant", shown);
    else this.root.removeAttribute("aria-activedescendant");
    hooks.draws += 1;
  }

  /** @param {Layout} layout */
  #addView(layout) {
    const view = new LineView(layout, `watch-line-${this.views.length}`, this.does);
    this.views.push(view);
    this.body.append(view.root);
  }

  /** @param {string | null} pair */
  activate(pair) {
    this.active = pair;
    const at = this.lines.findIndex(({ watched }) => watched !== null && watched.pair === pair);
    if (at < 0 || !this.layout) return;
    const { height } = this.layout;
    const top = at * height;
    const room = this.root.clientHeight - this.head.offsetHeight;
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    else if (top + height > this.root.scrollTop + room) this.root.scrollTop = top + height - room;
  }

  // How many lines a page of the list has.
  get page() {
    return this.layout ? Math.max(1, Math.floor(this.root.clientHeight / this.layout.height) - 2) : 1;
  }

  // Where the menu of a pair opens; null where its line is out of sight.
  /** @param {string} pair */
  menuPlace(pair) {
    return this.views.find((view) => !view.root.hidden && view.watched?.pair === pair)?.more ?? null;
  }

  repaint() {
    this.colours = null;
    for (const view of this.views) view.repaint();
  }

  destroy() {
    this.sizes.disconnect();
  }
}

/** @type {(root: Element) => TrailColours} */
function readColours(root) {
  const { violet, orange, grid } = readTheme(root);
  return { line: violet, level: orange, zero: grid };
}
