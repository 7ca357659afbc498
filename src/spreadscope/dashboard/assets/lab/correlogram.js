// Bars of correlations over lags, with the band in which those of unrelated series lie.

import { fixed } from "../format.js";
import { drawing, svg, withWords } from "./svg.js";

/** @import { Correlogram } from "../contract.d.ts" */

const WIDTH = 480;
const HEIGHT = 200;
const LEFT = 38;
const BOTTOM = 34;
const TOP = 8;

/**
 * @param {Correlogram} found
 * @param {string} axis what the lags are
 */
export function correlogram({ lags, values, band, words }, axis) {
  const made = drawing(WIDTH, HEIGHT, words);
  const sizes = [...values, ...band].map((value) => Math.abs(value ?? 0));
  const most = Math.min(1, Math.max(0.05, ...sizes) * 1.1);
  const low = values.some((value) => (value ?? 0) < 0) || band.some((each) => each !== null) ? -most : 0;
  /** @type {(value: number) => number} */
  const y = (value) => TOP + ((most - Math.max(low, Math.min(most, value))) / (most - low)) * (HEIGHT - TOP - BOTTOM);
  const step = (WIDTH - LEFT) / Math.max(1, lags.length);
  /** @type {(index: number) => number} */
  const x = (index) => LEFT + step * (index + 0.5);
  if (lags.length === 0) made.append(svg("text", { x: WIDTH / 2, y: HEIGHT / 2, class: "none" }, "too few rows"));
  const upper = band.map((each, index) => `${x(index)},${y(each ?? 0)}`);
  const lower = band.map((each, index) => `${x(index)},${y(-(each ?? 0))}`).reverse();
  made.append(svg("polygon", { points: [...upper, ...lower].join(" "), class: "band" }));
  values.forEach((value, index) => {
    const lag = lags[index] ?? 0;
    if (value === null) return;
    const edge = band[index] ?? null;
    const beyond = edge !== null && Math.abs(value) > edge;
    const bar = svg("rect", {
      x: x(index) - Math.max(1, step * 0.35),
      width: Math.max(2, step * 0.7),
      y: Math.min(y(0), y(value)),
      height: Math.max(0.5, Math.abs(y(value) - y(0))),
      class: beyond ? "bar beyond" : "bar",
    });
    const limits = edge === null ? "" : `, band ±${fixed(edge, 3)}`;
    made.append(withWords(bar, `lag ${String(lag).replace("-", "−")}: ${fixed(value, 3, { sign: true })}${limits}`));
  });
  made.append(svg("line", { x1: LEFT, x2: WIDTH, y1: y(0), y2: y(0), class: "axis" }));
  for (const value of [most, 0, low].filter((each, index, all) => all.indexOf(each) === index)) {
    made.append(svg("text", { x: LEFT - 6, y: y(value) + 4, class: "tick end" }, fixed(value, 2)));
  }
  const every = Math.max(1, Math.ceil(lags.length / 9));
  lags.forEach((lag, index) => {
    if ((lag - (lags[0] ?? 0)) % every !== 0 && lag !== 0) return;
    if (lag !== 0 && Math.abs(lag) < every && lags.includes(0)) return;
    made.append(svg("text", { x: x(index), y: HEIGHT - BOTTOM + 16, class: "tick" }, String(lag).replace("-", "−")));
  });
  made.append(svg("text", { x: LEFT + (WIDTH - LEFT) / 2, y: HEIGHT - 4, class: "tick" }, axis));
  return made;
}
