// What lies between two points of the chart: bars, time, the change, and what it is in z. No screen here.

import { basisPoints, duration, fixed } from "./format.js";
import { numberOf } from "./row_values.js";

/**
 * @import { Row } from "./contract.d.ts"
 *
 * @typedef {{ time: number, value: number }} Point time in ms
 */

/**
 * @param {object} given
 * @param {string} given.pane
 * @param {Point} given.start
 * @param {Point} given.end
 * @param {number} given.bars
 * @param {Row | null} given.row the row whose spread gives the unit of z
 * @param {boolean} given.isLog whether the spread is of logarithms
 * @param {(value: number) => string} given.write numbers of the pane
 * @returns {string[]}
 */
export function measured({ pane, start, end, bars, row, isLog, write }) {
  const count = Math.abs(bars);
  const change = end.value - start.value;
  const signed = `${change > 0 ? "+" : ""}${write(change)}`;
  const words = [
    `${fixed(count, 0)} ${count === 1 ? "bar" : "bars"} \u00b7 ${duration(Math.abs(end.time - start.time) / 1000)}`,
  ];
  const isPrice = pane === "y" || pane === "x";
  const share = isPrice && start.value > 0 ? ` (${fixed((100 * change) / start.value, 2, { sign: true })}%)` : "";
  const bp = pane === "spread" && isLog ? ` (${basisPoints(change)})` : "";
  words.push(`Δ ${signed}${share}${bp}`);
  const inZ = changeInZ({ pane, start, end, row, isLog });
  if (inZ !== null && pane !== "z") words.push(`${fixed(inZ, 2, { sign: true })} z`);
  return words;
}

// By how much z would move if this alone did.
/**
 * @param {{ pane: string, start: Point, end: Point, row: Row | null, isLog: boolean }} given
 * @returns {number | null}
 */
function changeInZ({ pane, start, end, row, isLog }) {
  if (pane === "z") return end.value - start.value;
  const deviation = row && numberOf(row, "spread_sd");
  if (!deviation) return null;
  if (pane === "spread") return (end.value - start.value) / deviation;
  const beta = row && numberOf(row, "beta");
  const weight = pane === "y" ? 1 : pane === "x" && beta !== null ? -beta : null;
  if (weight === null) return null;
  if (!isLog) return (weight * (end.value - start.value)) / deviation;
  if (start.value <= 0 || end.value <= 0) return null;
  return (weight * Math.log(end.value / start.value)) / deviation;
}
