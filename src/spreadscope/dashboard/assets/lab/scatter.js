// Log prices of both legs against each other, with the least-squares line.

import { fixed } from "../format.js";
import { drawing, svg } from "./svg.js";

/** @import { Study } from "../contract.d.ts" */

const WIDTH = 480;
const HEIGHT = 300;
const LEFT = 52;
const BOTTOM = 38;
const TOP = 8;

/** @param {Study} study */
export function scatter({ scatter: { x: xs, y: ys, alpha, beta }, pair }) {
  const [nameY, nameX] = pair.split("/");
  const made = drawing(WIDTH, HEIGHT, `Log prices of ${nameY} against those of ${nameX}`);
  const [lowX, highX] = range(xs);
  const [lowY, highY] = range(ys);
  /** @type {(value: number) => number} */
  const placeX = (value) => LEFT + 8 + ((value - lowX) / (highX - lowX)) * (WIDTH - LEFT - 16);
  /** @type {(value: number) => number} */
  const placeY = (value) => HEIGHT - BOTTOM - 6 - ((value - lowY) / (highY - lowY)) * (HEIGHT - BOTTOM - TOP - 12);
  xs.forEach((value, index) => {
    const age = 0.15 + (0.65 * index) / Math.max(1, xs.length - 1);
    const attributes = { cx: placeX(value), cy: placeY(ys[index] ?? lowY), r: 1.8, class: "dot", opacity: age };
    made.append(svg("circle", attributes));
  });
  if (beta[0] !== null && alpha[0] !== null && xs.length) {
    const ends = [lowX, highX].map((value) => [placeX(value), placeY((alpha[0] ?? 0) + (beta[0] ?? 0) * value)]);
    const [from, to] = ends;
    const line = { x1: from?.[0] ?? 0, y1: from?.[1] ?? 0, x2: to?.[0] ?? 0, y2: to?.[1] ?? 0, class: "fit" };
    made.append(svg("line", line));
  }
  const bottom = HEIGHT - BOTTOM;
  made.append(svg("line", { x1: LEFT, x2: WIDTH, y1: bottom, y2: bottom, class: "axis" }));
  made.append(svg("line", { x1: LEFT, x2: LEFT, y1: TOP, y2: bottom, class: "axis" }));
  const digits = Math.max(2, 1 - Math.floor(Math.log10(Math.min(highX - lowX, highY - lowY))));
  for (const [value, place] of /** @type {[number, string][]} */ ([
    [lowX, "start"],
    [highX, "end"],
  ])) {
    made.append(svg("text", { x: placeX(value), y: bottom + 15, class: `tick ${place}` }, fixed(value, digits)));
  }
  for (const value of [lowY, highY]) {
    made.append(svg("text", { x: LEFT - 5, y: placeY(value) + 4, class: "tick end" }, fixed(value, digits)));
  }
  made.append(svg("text", { x: (LEFT + WIDTH) / 2, y: HEIGHT - 6, class: "tick" }, `ln ${nameX}`));
  const middle = (TOP + bottom) / 2;
  const turned = { x: 12, y: middle, class: "tick", transform: `rotate(-90 12 ${middle})` };
  made.append(svg("text", turned, `ln ${nameY}`));
  return made;
}

/**
 * @param {number[]} values
 * @returns {[number, number]}
 */
function range(values) {
  if (!values.length) return [0, 1];
  const low = Math.min(...values);
  const high = Math.max(...values);
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}
