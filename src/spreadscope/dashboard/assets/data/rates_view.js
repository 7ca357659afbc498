// The last hour of the engine in small charts: what comes in, how late it is, and what the exchange counts.

import { element, setText } from "../dom.js";
import { fixed } from "../format.js";
import { drawing, svg, withWords } from "../lab/svg.js";

/**
 * @import { RateHistory } from "../contract.d.ts"
 * @import { Parent } from "../mounting.js"
 */
/** @typedef {{ name: string, values: readonly (number | null)[], colour: string }} RateLine */
/** @typedef {{ title: string, unit: string, decimals: number, lines: RateLine[], limit: number | null }} RateChart */

const HEIGHT = 120;
const LEFT = 46;
const BOTTOM = 18;
const TOP = 6;

/**
 * @param {RateHistory} history
 * @returns {RateChart[]}
 */
function chartsOf(history) {
  return [
    {
      title: "Messages and trades a second", unit: "/s", decimals: 1, limit: null,
      lines: [
        { name: "messages", values: history.messages, colour: "blue" },
        { name: "trades", values: history.trades, colour: "green" },
      ],
    },
    {
      title: "Lag of the slowest symbol, and of the engine's loop", unit: " ms", decimals: 1, limit: null,
      lines: [
        { name: "lag", values: history.lag_ms, colour: "orange" },
        { name: "loop", values: history.loop_lag_ms, colour: "violet" },
      ],
    },
    ...history.venues.map(({ title, limit, used }) => ({
      title: `REST weight of ${title}: ${fixed(limit, 0)} a minute are allowed`, unit: "", decimals: 0, limit,
      lines: [{ name: "used", values: used, colour: "blue" }],
    })),
  ]; // prettier-ignore
}

export class RatesView {
  /**
   * @param {Parent} parent
   * @param {string} signature
   */
  constructor(parent, signature) {
    this.signature = signature;
    /** @type {RateHistory | null} */
    this.history = null;
    this.root = element("section", "rates");
    parent.append(this.root);
    this.sizes = new ResizeObserver(() => this.#draw());
    this.sizes.observe(this.root);
  }

  /** @param {RateHistory} history */
  show(history) {
    this.history = history;
    this.#draw();
  }

  #draw() {
    if (this.history === null || this.root.clientWidth < 100) return;
    const { times } = this.history;
    const charts = chartsOf(this.history);
    while (this.root.children.length > charts.length) this.root.lastElementChild?.remove();
    charts.forEach((chart, place) => {
      let figure = this.root.children[place];
      if (figure === undefined) {
        figure = element("figure");
        figure.append(element("figcaption"), element("div"));
        this.root.append(figure);
      }
      const [caption, body] = figure.children;
      if (caption) setText(caption, `${chart.title} · ${newest(chart)}`);
      body?.replaceChildren(draw(chart, times, Math.max(240, Math.floor(figure.clientWidth))));
    });
  }

  destroy() {
    this.sizes.disconnect();
    this.root.remove();
  }
}

/** @param {RateChart} chart */
function newest({ lines, unit, decimals }) {
  const texts = lines.map(({ name, values }) => {
    const value = values.at(-1) ?? null;
    return `${name} ${value === null ? "not known" : fixed(value, decimals) + unit}`;
  });
  return texts.join(", ");
}

/**
 * @param {RateChart} chart
 * @param {readonly number[]} times
 * @param {number} width
 */
function draw(chart, times, width) {
  const made = drawing(width, HEIGHT, `${chart.title}, the last hour. Now: ${newest(chart)}`);
  const values = chart.lines.flatMap((line) => line.values.filter((value) => value !== null));
  const most = Math.max(chart.limit ?? 0, ...values, 1e-9) * 1.05;
  const [start, end] = [times[0] ?? 0, times.at(-1) ?? 1];
  /** @type {(time: number) => number} */
  const x = (time) => LEFT + (end > start ? (time - start) / (end - start) : 0) * (width - LEFT - 4);
  /** @type {(value: number) => number} */
  const y = (value) => TOP + (1 - value / most) * (HEIGHT - TOP - BOTTOM);
  for (const value of [0, most / 2, most]) {
    made.append(svg("line", { x1: LEFT, x2: width, y1: y(value), y2: y(value), class: "lane" }));
    made.append(svg("text", { x: LEFT - 6, y: y(value) + 4, class: "tick end" }, fixed(value, most < 10 ? 1 : 0)));
  }
  if (chart.limit !== null) {
    const line = svg("line", { x1: LEFT, x2: width, y1: y(chart.limit), y2: y(chart.limit), class: "limit" });
    made.append(withWords(line, "what the exchange allows"));
  }
  for (const { name, values: row, colour } of chart.lines) {
    const line = svg("path", { d: path(row, times, x, y), class: "rate" });
    line.dataset.colour = colour;
    made.append(withWords(line, name));
  }
  const ends = /** @type {const} */ ([
    ["tick begin", start, LEFT],
    ["tick end", end, width - 2],
  ]);
  for (const [where, time, at] of times.length > 1 ? ends : []) {
    const text = new Date(time).toISOString().slice(11, 19);
    made.append(svg("text", { x: at, y: HEIGHT - 4, class: where }, text));
  }
  if (times.length < 2) {
    made.append(svg("text", { x: width / 2, y: HEIGHT / 2, class: "tick" }, "the engine has just begun to measure"));
  }
  return made;
}

// A line that breaks where nothing is known.
/**
 * @param {readonly (number | null)[]} values
 * @param {readonly number[]} times
 * @param {(time: number) => number} x
 * @param {(value: number) => number} y
 */
function path(values, times, x, y) {
  let text = "";
  let open = false;
  values.forEach((value, place) => {
    const time = times[place];
    if (value === null || time === undefined) {
      open = false;
      return;
    }
    text += `${open ? "L" : "M"}${x(time).toFixed(1)} ${y(value).toFixed(1)}`;
    open = true;
  });
  return text;
}
