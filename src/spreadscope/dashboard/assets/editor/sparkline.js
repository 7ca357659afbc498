// A small line with marks where a rule would have fired.

import { figure, limit } from "../alerts/alert_words.js";
import { clock, dateAndClock } from "../format.js";

/**
 * @import { Firing } from "../contract.d.ts"
 * @import { Line } from "./preview_line.js"
 */

// The browser's own name of the format: pages of ours write down no address of another server.
const SVG = new DOMParser().parseFromString("<svg></svg>", "text/html").querySelector("svg")?.namespaceURI ?? null;
const WIDTH = 800;
const HEIGHT = 120;
const EDGE = 6;

// `limits`: the levels of the rule on it.
/**
 * @param {Line} line
 * @param {Firing[]} firings
 */
export function drawSparkline({ name, points, limits }, firings) {
  const values = points.map(({ value }) => value).filter((value) => value !== null);
  const lowest = Math.min(...values);
  const highest = Math.max(...values);
  // A limit that lies far off would flatten the line: it is told in words.
  const reach = highest - lowest || Math.abs(highest) || 1;
  const near = limits.filter((level) => level >= lowest - reach && level <= highest + reach);
  const far = limits.filter((level) => !near.includes(level));
  const low = Math.min(lowest, ...near);
  const high = Math.max(highest, ...near);
  const first = points[0].time;
  const last = points[points.length - 1].time;
  /** @type {(time: number) => number} */
  const x = (time) => EDGE + ((time - first) / Math.max(1, last - first)) * (WIDTH - 2 * EDGE);
  /** @type {(value: number) => number} */
  const y = (value) => HEIGHT - EDGE - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * EDGE);
  const inside = firings.filter(({ time, end }) => (end ?? last) >= first && time <= last);

  const svg = make("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  svg.setAttribute("aria-label", `${name}, ${inside.length} marks where the rule would have fired`);
  for (const { time, end } of inside) {
    const left = x(Math.max(time, first));
    const right = x(Math.min(end ?? last, last));
    svg.append(make("rect", { class: "open", x: left, y: 0, width: Math.max(1, right - left), height: HEIGHT }));
  }
  for (const level of near) svg.append(make("line", { class: "limit", x1: 0, x2: WIDTH, y1: y(level), y2: y(level) }));
  svg.append(make("path", { class: "line", d: path(points, x, y) }));
  for (const { time, value } of inside) {
    if (time < first) continue;
    const mark = make("line", { class: "mark", x1: x(time), x2: x(time), y1: 0, y2: HEIGHT });
    const title = make("title", {});
    title.textContent = `${dateAndClock(time)} UTC ${figure(value)}`;
    mark.append(title);
    svg.append(mark);
  }
  const holder = document.createElement("figure");
  const caption = document.createElement("figcaption");
  const older = firings.length - inside.length;
  caption.textContent =
    `${name} from ${figure(lowest)} to ${figure(highest)}, ${clock(first)} to ${clock(last)} UTC` +
    far.map((level) => `; the limit ${limit(level)} is ${level < lowest ? "below" : "above"} all of it`).join("") +
    `${older > 0 ? `; ${older} of the alerts are older than this line` : ""}`;
  holder.append(svg, caption);
  return holder;
}

// A hole in the line where there is no number.
/**
 * @param {Line["points"]} points
 * @param {(time: number) => number} x
 * @param {(value: number) => number} y
 */
function path(points, x, y) {
  let down = false;
  const parts = [];
  for (const { time, value } of points) {
    if (value !== null) parts.push(`${down ? "L" : "M"}${x(time).toFixed(1)} ${y(value).toFixed(1)}`);
    down = value !== null;
  }
  return parts.join("");
}

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} attributes
 * @returns {SVGElementTagNameMap[Tag]}
 */
function make(tag, attributes) {
  const made = /** @type {SVGElementTagNameMap[Tag]} */ (document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}
