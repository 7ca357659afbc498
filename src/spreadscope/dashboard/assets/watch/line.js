// One line of the watch list on the screen. It is kept and shows another pair when the list is scrolled or sorted; only
// what differs from what it shows is written.

import { element, setData } from "../dom.js";
import { zoneOf } from "../zones.js";
import { textOf } from "./columns.js";
import { hooks } from "./hooks.js";
import { drawTrail } from "./trail.js";

/**
 * @import { Column } from "./columns.js"
 * @import { Layout } from "./layout.js"
 * @import { Line } from "./lines.js"
 * @import { Watched } from "./rows.js"
 * @import { TrailColours } from "./trail.js"
 */
/**
 * @typedef {object} Cell
 * @property {Column} column
 * @property {HTMLElement} root
 * @property {Text} text
 * @property {HTMLCanvasElement | null} canvas
 * @property {boolean} missing
 * @property {number} drawn the version of the trail that is on the canvas
 *
 * @typedef {object} LineDoes
 * @property {(pair: string) => string} address
 * @property {(pair: string) => void} open
 * @property {(pair: string, at: HTMLElement) => void} menu
 */

const CANVAS = { width: 116, height: 20 };
const HEATS = 5;

export class LineView {
  /**
   * @param {Layout} layout
   * @param {string} id
   * @param {LineDoes} does
   */
  constructor(layout, id, { address, open, menu }) {
    this.address = address;
    /** @type {Watched | null} */
    this.watched = null;
    this.version = -1;
    this.index = -1;
    this.height = 0;
    this.root = element("div", "line");
    this.root.id = id;
    this.root.setAttribute("role", "row");
    this.head = element("div", "group");
    this.head.setAttribute("role", "gridcell");
    this.head.hidden = true;
    this.link = element("a");
    this.link.target = "_top";
    this.link.tabIndex = -1;
    this.cells = layout.cells.map(({ column, place }) => this.#cell(column, place));
    this.more = element("button", "menu", "\u22ee");
    this.more.type = "button";
    this.more.tabIndex = -1;
    this.more.title = "What can be done with this pair (M)";
    const last = element("div", "cell last");
    last.setAttribute("role", "gridcell");
    last.append(this.more);
    this.root.append(this.head, ...this.cells.map(({ root }) => root), last);
    this.more.addEventListener("click", () => this.watched && menu(this.watched.pair, this.more));
    this.root.addEventListener("contextmenu", (event) => {
      if (!this.watched) return;
      event.preventDefault();
      menu(this.watched.pair, this.more);
    });
    this.root.addEventListener("click", (event) => {
      const target = event.target instanceof Element ? event.target : null;
      if (this.watched && !target?.closest("a, button")) open(this.watched.pair);
    });
  }

  /**
   * @param {Column} column
   * @param {string} place
   * @returns {Cell}
   */
  #cell(column, place) {
    const root = element("div", `cell ${column.kind}`);
    root.dataset.key = column.key;
    if (place) root.dataset.place = place;
    if (place === "more") root.dataset.label = column.label;
    root.setAttribute("role", column.kind === "name" ? "rowheader" : "gridcell");
    const text = document.createTextNode("");
    let canvas = null;
    if (column.kind === "trail") {
      canvas = element("canvas");
      const ratio = window.devicePixelRatio || 1;
      canvas.width = CANVAS.width * ratio;
      canvas.height = CANVAS.height * ratio;
      canvas.getContext("2d")?.scale(ratio, ratio);
      canvas.setAttribute("aria-hidden", "true");
      root.append(canvas);
    } else if (column.kind === "name") {
      this.link.append(text);
      root.append(this.link);
    } else root.append(text);
    return { column, root, text, canvas, missing: false, drawn: -1 };
  }

  // Whether it is that line at that place, with whatever figures.
  /**
   * @param {Line} line
   * @param {number} index
   */
  shows({ watched, head }, index) {
    return this.index === index && this.watched === watched && this.head.textContent === (head ?? "");
  }

  /**
   * @param {Line} line
   * @param {number} index
   * @param {{ height: number, active: string | null, leaving: (pair: string) => boolean, colours: TrailColours }} now
   */
  show({ watched, head }, index, { height, active, leaving, colours }) {
    if (this.index !== index || this.height !== height) {
      this.index = index;
      this.height = height;
      this.root.style.transform = `translateY(${index * height}px)`;
      this.root.setAttribute("aria-rowindex", String(index + 2));
    }
    if ((head ?? "") !== this.head.textContent) {
      this.head.textContent = head ?? "";
      this.head.hidden = head === null;
      this.root.classList.toggle("heading", head !== null);
    }
    if (watched === null) {
      if (this.watched !== null) this.root.removeAttribute("data-pair");
      this.watched = null;
      this.root.removeAttribute("aria-selected");
      return;
    }
    const other = this.watched !== watched;
    if (other) {
      this.watched = watched;
      this.root.dataset.pair = watched.pair;
      this.link.href = this.address(watched.pair);
    }
    this.#mark("aria-selected", String(watched.pair === active));
    this.#mark("data-leaving", String(leaving(watched.pair)));
    if (!other && this.version === watched.version) return;
    this.version = watched.version;
    this.#mark("data-stale", String(Boolean(watched.row?.stale)));
    for (const cell of this.cells) {
      if (cell.canvas) this.#trail(cell, cell.canvas, watched, other, colours);
      else write(cell, watched);
    }
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  #mark(name, value) {
    if (this.root.getAttribute(name) !== value) this.root.setAttribute(name, value);
  }

  /**
   * @param {Cell} cell
   * @param {HTMLCanvasElement} canvas
   * @param {Watched} watched
   * @param {boolean} other
   * @param {TrailColours} colours
   */
  #trail(cell, canvas, watched, other, colours) {
    if (!other && cell.drawn === watched.trailVersion) return;
    cell.drawn = watched.trailVersion;
    const pen = canvas.getContext("2d");
    if (pen) drawTrail(pen, CANVAS, watched, colours);
  }

  // In other colours: what is on the canvases is of before.
  repaint() {
    for (const cell of this.cells) cell.drawn = -1;
    this.version = -1;
  }
}

/**
 * @param {Cell} cell
 * @param {Watched} watched
 */
function write(cell, watched) {
  const { column, root } = cell;
  const text = textOf(watched, column);
  if (cell.text.data !== text) {
    cell.text.data = text;
    hooks.cells += 1;
  }
  if (column.kind !== "figure") return;
  const value = column.number(watched);
  if (cell.missing !== (value === null)) {
    cell.missing = value === null;
    root.classList.toggle("missing", cell.missing);
  }
  if (column.card === null) return;
  setData(root, "zone", zoneOf(value, column.card, watched));
  if (column.key === "z") setData(root, "heat", heatOf(value, watched.stop));
}

// In steps, so that a moving z seldom changes a style: 0 near the mean, 5 at the stop and beyond.
/** @type {(z: number | null, stop: number) => number} */
const heatOf = (z, stop) => (z === null || stop <= 0 ? 0 : Math.min(HEATS, Math.floor((Math.abs(z) / stop) * HEATS)));
