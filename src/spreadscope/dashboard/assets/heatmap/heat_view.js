// The heat map of a scan on a canvas: correlation below the diagonal, p above it, symbols that move alike side by side.
// By keyboard: arrows go from cell to cell, Enter chooses the pair; what is reached is read out.

import { element, setText } from "../dom.js";
import { fixed, scientific } from "../format.js";
import { readTheme } from "../theme.js";
import { cellAt, moved, placeOf } from "./heat_cells.js";
import { colourOfCorrelation, colourOfP } from "./heat_colours.js";

/**
 * @import { HeatMap } from "../contract.d.ts"
 * @import { Parent } from "../mounting.js"
 * @import { Theme } from "../theme.js"
 * @import { Cell } from "./heat_cells.js"
 */

const WIDEST = 720;
const LABEL_ROOM = 92; // for the names of symbols, left and above
const SMALLEST_NAMED = 9; // a row that is lower has no name
const STEPS = 60; // of a legend's scale

export class HeatView {
  /**
   * @param {Parent} parent
   * @param {HeatMap} map
   * @param {number} level
   * @param {string} signature
   */
  constructor(parent, map, level, signature) {
    this.signature = signature;
    this.map = map;
    this.level = level;
    /** @type {Cell | null} */
    this.cell = null;
    this.size = 0; // of the map, and of a cell of it, in pixels
    this.cellSize = 0;
    /** @type {string[]} */
    this.chosen = [];
    /** @type {(pair: string[]) => void} */
    this.choose = () => {};
    this.root = element("section", "heatmap");
    this.root.setAttribute("aria-label", "Heat map");
    this.canvas = element("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-roledescription", "heat map");
    this.canvas.setAttribute(
      "aria-label",
      `Correlation and p of the pairs of ${map.symbols.length} symbols. Arrows go from pair to pair, ` +
        "Enter chooses one. The table below has the same numbers.",
    );
    this.words = element("p", "words");
    this.words.setAttribute("role", "status");
    this.legends = [
      this.#legend("below the diagonal: correlation of returns", "−1", "+1"),
      this.#legend(`above it: p (a frame: at or below ${fixed(100 * level, 0)}%)`, "1", "≤ 0.0001"),
    ];
    const legends = element("div", "legends");
    legends.append(...this.legends.map(({ root }) => root));
    this.root.append(this.canvas, this.words, legends);
    parent.append(this.root);
    this.canvas.addEventListener("pointermove", (event) => this.#point(event));
    this.canvas.addEventListener("pointerleave", () => this.#reach(this.focused ? this.cell : null));
    this.canvas.addEventListener("click", (event) => {
      this.#point(event);
      this.#chooseCell();
    });
    this.canvas.addEventListener("keydown", (event) => this.#press(event));
    this.canvas.addEventListener("focus", () => this.#reach(this.cell ?? this.#first()));
    this.canvas.addEventListener("blur", () => this.#reach(null));
    this.sizes = new ResizeObserver(() => this.#schedule());
    this.sizes.observe(this.root);
  }

  // The script has run: `chosen` is what it shows, choose(pair) tells it of another.
  /**
   * @param {string[]} chosen
   * @param {(pair: string[]) => void} choose
   */
  scriptRan(chosen, choose) {
    this.chosen = chosen;
    this.choose = choose;
    this.#schedule();
  }

  get focused() {
    const root = this.canvas.getRootNode();
    return root instanceof Document || root instanceof ShadowRoot ? root.activeElement === this.canvas : false;
  }

  // --- choosing ------------------------------------------------------------------------------------------------------

  /** @returns {Cell | null} the cell of the chosen pair, else of the first pair */
  #first() {
    const [row, column] = this.chosen.map((name) => this.map.symbols.indexOf(name));
    if (row >= 0 && column >= 0 && row !== column) return { row, column };
    return this.map.symbols.length > 1 ? { row: 1, column: 0 } : null;
  }

  /** @param {MouseEvent} event */
  #point(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left - this.left, event.clientY - box.top - this.top];
    this.#reach(cellAt(x, y, this.size, this.map.symbols.length));
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#chooseCell();
      return;
    }
    const next = this.cell && moved(this.cell, event.key, this.map.symbols.length);
    if (!next) return;
    event.preventDefault();
    this.#reach(next);
  }

  #chooseCell() {
    if (!this.cell) return;
    const { symbols } = this.map;
    this.chosen = [symbols[this.cell.row], symbols[this.cell.column]];
    this.choose(this.chosen);
    this.#schedule();
  }

  /** @param {Cell | null} cell */
  #reach(cell) {
    if (cell?.row === this.cell?.row && cell?.column === this.cell?.column) return;
    this.cell = cell;
    this.canvas.style.cursor = cell ? "pointer" : "default";
    this.#schedule();
  }

  #say() {
    if (!this.cell) return "Point at a cell, or go there with the arrow keys; a click or Enter chooses the pair.";
    const { symbols, correlation, pvalue } = this.map;
    const { row, column } = this.cell;
    const place = placeOf(row, column, symbols.length);
    const [r, p] = [correlation[place], pvalue[place]];
    const ofReturns = r === null ? "correlation not known" : `correlation of returns ${fixed(r, 2, { sign: true })}`;
    const ofTest = p === null ? "p not known" : `p ${p < 0.001 ? scientific(p) : fixed(p, 3)}`;
    return `${symbols[row]} and ${symbols[column]}: ${ofReturns}, ${ofTest}`;
  }

  // --- drawing -------------------------------------------------------------------------------------------------------

  #schedule() {
    if (this.frame !== undefined) return;
    this.frame = window.requestAnimationFrame(() => {
      this.frame = undefined;
      this.#draw();
    });
  }

  get left() {
    return this.cellSize >= SMALLEST_NAMED ? LABEL_ROOM : 1;
  }

  get top() {
    return this.left;
  }

  #measure() {
    const width = Math.min(WIDEST, this.root.clientWidth);
    const count = Math.max(1, this.map.symbols.length);
    const named = (width - LABEL_ROOM) / count;
    this.cellSize = named >= SMALLEST_NAMED ? Math.min(48, named) : (width - 2) / count;
    this.size = this.cellSize * count;
    return width;
  }

  #draw() {
    const width = this.#measure();
    if (width < 10) return;
    setText(this.words, this.#say());
    const theme = readTheme(this.root);
    const ratio = window.devicePixelRatio || 1;
    const [wide, high] = [this.left + this.size + 1, this.top + this.size + 1];
    this.canvas.width = Math.round(wide * ratio);
    this.canvas.height = Math.round(high * ratio);
    this.canvas.style.width = `${wide}px`;
    this.canvas.style.height = `${high}px`;
    const pen = this.canvas.getContext("2d");
    if (!pen) return;
    pen.scale(ratio, ratio);
    pen.fillStyle = theme.background;
    pen.fillRect(0, 0, wide, high);
    pen.translate(this.left, this.top);
    this.#drawCells(pen, theme);
    this.#drawNames(pen, theme);
    this.#drawMarks(pen, theme);
    this.legends[0].draw(theme, (share) => colourOfCorrelation(theme, 2 * share - 1));
    this.legends[1].draw(theme, (share) => colourOfP(theme, 10 ** (-4 * share)));
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Theme} theme
   */
  #drawCells(pen, theme) {
    const { symbols, correlation, pvalue } = this.map;
    const size = this.cellSize;
    const gap = size >= 6 ? 1 : 0;
    for (let row = 0; row < symbols.length; row += 1) {
      for (let column = 0; column < symbols.length; column += 1) {
        const place = placeOf(row, column, symbols.length);
        const below = column < row;
        const colour =
          row === column
            ? theme.panel
            : below
              ? colourOfCorrelation(theme, correlation[place])
              : colourOfP(theme, pvalue[place]);
        pen.fillStyle = colour ?? theme.grid;
        pen.fillRect(column * size, row * size, size - gap, size - gap);
        const p = pvalue[place];
        if (column > row && p !== null && p <= this.level && size >= 5) {
          pen.strokeStyle = theme.text;
          pen.lineWidth = 1;
          pen.strokeRect(column * size + 1, row * size + 1, size - gap - 2, size - gap - 2);
        }
      }
    }
    pen.strokeStyle = theme.border;
    pen.lineWidth = 1;
    pen.strokeRect(0, 0, this.size, this.size);
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Theme} theme
   */
  #drawNames(pen, theme) {
    if (this.cellSize < SMALLEST_NAMED) return;
    pen.font = `${Math.min(12, this.cellSize)}px ${theme.font}`;
    pen.textBaseline = "middle";
    this.map.symbols.forEach((name, index) => {
      const near = this.cell?.row === index || this.cell?.column === index;
      pen.fillStyle = near ? theme.text : theme.muted;
      const middle = (index + 0.5) * this.cellSize;
      pen.textAlign = "right";
      pen.fillText(name, -6, middle, LABEL_ROOM - 8);
      pen.save();
      pen.translate(middle, -6);
      pen.rotate(-Math.PI / 2);
      pen.textAlign = "left";
      pen.fillText(name, 0, 0, LABEL_ROOM - 8);
      pen.restore();
    });
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Theme} theme
   */
  #drawMarks(pen, theme) {
    const chosen = this.chosen.map((name) => this.map.symbols.indexOf(name));
    const size = Math.max(this.cellSize, 4);
    /** @type {(row: number, column: number, colour: string) => void} */
    const mark = (row, column, colour) => {
      pen.strokeStyle = colour;
      pen.lineWidth = 2;
      pen.strokeRect(column * this.cellSize, row * this.cellSize, size, size);
    };
    if (chosen.length === 2 && chosen.every((place) => place >= 0)) {
      mark(chosen[0], chosen[1], theme.violet);
      mark(chosen[1], chosen[0], theme.violet);
    }
    if (this.cell) mark(this.cell.row, this.cell.column, theme.yellow);
  }

  /**
   * @param {string} title
   * @param {string} from
   * @param {string} to
   */
  #legend(title, from, to) {
    const root = element("div", "legend");
    const scale = element("canvas");
    scale.setAttribute("aria-hidden", "true");
    scale.width = STEPS;
    scale.height = 1;
    const ends = element("span", "ends");
    ends.append(element("span", "", from), scale, element("span", "", to));
    root.append(element("span", "", title), ends);
    /** @type {(theme: Theme, colour: (share: number) => string | null) => void} */
    const draw = (theme, colour) => {
      const pen = scale.getContext("2d");
      for (let step = 0; pen && step < STEPS; step += 1) {
        pen.fillStyle = colour(step / (STEPS - 1)) ?? theme.grid;
        pen.fillRect(step, 0, 1, 1);
      }
    };
    return { root, draw };
  }

  destroy() {
    this.sizes.disconnect();
    if (this.frame !== undefined) window.cancelAnimationFrame(this.frame);
    this.root.remove();
  }
}
