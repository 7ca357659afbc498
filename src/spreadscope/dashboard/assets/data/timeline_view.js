// The timeline: a line for each symbol, a bar for each day that has trades, and its gaps where they lie.

import { element } from "../dom.js";
import { fixed } from "../format.js";
import { drawing, svg, withWords } from "../lab/svg.js";
import { levelOf, percent, sharesByDay } from "./day_shares.js";

/**
 * @import { CompleteDay, Gap } from "../contract.d.ts"
 * @import { Parent } from "../mounting.js"
 * @import { TimelineData } from "../data.js"
 */

const WIDEST = 1_400;
const LINE = 20;
const LEFT = 104;
const BOTTOM = 20;
const DAY_MS = 86_400_000;
const MOST_LANES = 60;
const LEAST_SPAN = 60_000;
const LEAST_MARK = 2; // pixels: a gap of a second must be seen in a year

export class TimelineView {
  /**
   * @param {Parent} parent
   * @param {string} signature
   */
  constructor(parent, signature) {
    this.signature = signature;
    this.drawn = "";
    /** @type {TimelineData | null} */
    this.data = null;
    this.root = element("section", "timeline");
    parent.append(this.root);
    this.sizes = new ResizeObserver(() => this.#draw());
    this.sizes.observe(this.root);
  }

  /** @param {TimelineData} data */
  show(data) {
    this.data = data;
    this.#draw();
  }

  #draw() {
    const width = Math.min(WIDEST, Math.floor(this.root.clientWidth));
    if (this.data === null || width < 100) return;
    const { days, gaps } = this.data;
    const signature = JSON.stringify([width, days, gaps]);
    if (signature === this.drawn) return;
    this.drawn = signature;
    const all = [...new Set(days.map(({ symbol }) => symbol))].sort();
    const symbols = all.slice(0, MOST_LANES);
    if (symbols.length === 0) {
      this.root.replaceChildren();
      return;
    }
    const start = Math.min(...days.map(({ first_time: time }) => time));
    const end = Math.max(start + LEAST_SPAN, ...days.map(({ last_time: time }) => time));
    const height = symbols.length * LINE + BOTTOM;
    const lacking = days.reduce((sum, { missing }) => sum + missing.open + missing.permanent, 0);
    const made = drawing(
      width,
      height,
      `What is stored of ${fixed(all.length, 0)} symbols from ${clock(start)} to ${clock(end)} UTC; ` +
        `${lacking === 0 ? "no id is" : `${fixed(lacking, 0)} ids are`} missing. The tables below have the numbers.`,
    );
    /** @type {(time: number) => number} */
    const x = (time) => LEFT + (Math.max(0, Math.min(end, time) - start) / (end - start)) * (width - LEFT - 2);
    symbols.forEach((symbol, line) => {
      made.append(svg("text", { x: LEFT - 8, y: line * LINE + 14, class: "tick end" }, shortName(symbol)));
      made.append(svg("line", { x1: LEFT, x2: width, y1: line * LINE + 10, y2: line * LINE + 10, class: "lane" }));
      const own = days.filter((day) => day.symbol === symbol);
      const shares = sharesByDay(own, symbol);
      for (const day of own) made.append(bar(day, levelOf(shares.get(day.day)), x, line));
    });
    for (const gap of gaps) {
      const line = symbols.indexOf(gap.symbol);
      if (line >= 0 && gap.to_time >= start && gap.from_time <= end) made.append(mark(gap, x, line));
    }
    axis(made, start, end, x, height, width);
    this.root.replaceChildren(made);
    if (all.length > symbols.length) {
      const more = `${fixed(all.length - symbols.length, 0)} more symbols are not drawn: choose one above.`;
      this.root.append(element("p", "quiet", more));
    }
  }

  destroy() {
    this.sizes.disconnect();
    this.root.remove();
  }
}

/**
 * @param {CompleteDay} day
 * @param {string} level
 * @param {(time: number) => number} x
 * @param {number} line
 */
function bar(day, level, x, line) {
  const [left, right] = [x(day.first_time), x(day.last_time)];
  const made = svg("rect", {
    x: left, width: Math.max(1.5, right - left), y: line * LINE + 5, height: LINE - 10, class: "span",
  }); // prettier-ignore
  made.dataset.level = level;
  const share = day.share === null ? "nothing is proved" : `${percent(day.share)} complete`;
  return withWords(made, `${day.symbol} ${day.day}: ${fixed(day.trades + day.retired, 0)} trades, ${share}`);
}

/**
 * @param {Gap} gap
 * @param {(time: number) => number} x
 * @param {number} line
 */
function mark(gap, x, line) {
  const [left, right] = [x(gap.from_time), x(gap.to_time)];
  const width = Math.max(LEAST_MARK, right - left);
  const made = svg("rect", { x: left, width, y: line * LINE + 2, height: LINE - 4, class: "gap" });
  made.dataset.state = gap.state;
  const count = gap.last - gap.first + 1;
  return withWords(made, `${gap.symbol}: ${fixed(count, 0)} ids ${gap.state} at ${clock(gap.from_time)} UTC`);
}

/**
 * @param {SVGElement} made
 * @param {number} start
 * @param {number} end
 * @param {(time: number) => number} x
 * @param {number} height
 * @param {number} width
 */
function axis(made, start, end, x, height, width) {
  const count = Math.max(1, Math.floor((width - LEFT) / 130));
  for (let place = 0; place <= count; place += 1) {
    const time = start + ((end - start) * place) / count;
    const where = place === 0 ? "tick begin" : place === count ? "tick end" : "tick";
    const text = end - start > 3 * DAY_MS ? clock(time).slice(0, 10) : clock(time).slice(5);
    made.append(svg("text", { x: x(time), y: height - 5, class: where }, text));
  }
}

/** @param {number} time */
function clock(time) {
  return new Date(time).toISOString().slice(0, 16).replace("T", " ");
}

// A symbol of another venue by its own name and the end of the venue's: the whole name has no room beside its line.
/** @param {string} symbol */
function shortName(symbol) {
  const [venue, name] = symbol.split(":");
  return name ? `${name} ${venue.split("-").at(-1)}` : symbol;
}
