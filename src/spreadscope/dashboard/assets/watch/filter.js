// Which pairs of the watch list are shown.

import { numberOf } from "../row_values.js";

/**
 * @import { SignalState } from "../contract.d.ts"
 * @import { Watched } from "./rows.js"
 */
/**
 * @typedef {object} Filter
 * @property {string} text
 * @property {"" | SignalState | "open"} state
 * @property {number} least of |z|
 * @property {boolean} evidence
 */

/** @type {Filter} */
export const EVERYTHING = { text: "", state: "", least: 0, evidence: false };

/** @type {(filter: Filter) => boolean} */
export const isFiltering = ({ text, state, least, evidence }) =>
  text.trim() !== "" || state !== "" || least > 0 || evidence;

// Each of the typed words is a part of the pair's name, in any case.
/**
 * @param {Watched} watched
 * @param {Filter} filter
 */
export function matches({ pair, row, z }, { text, state, least, evidence }) {
  const name = pair.toUpperCase();
  const words = text.toUpperCase().split(/[\s,;]+/);
  if (!words.every((word) => name.includes(word))) return false;
  if (!isIn(state, row)) return false;
  if (least > 0 && (z === null || Math.abs(z) < least)) return false;
  return !evidence || (row !== null && numberOf(row, "cointegrated") === 1);
}

/** @type {(state: Filter["state"], row: Watched["row"]) => boolean} */
function isIn(state, row) {
  if (state === "") return true;
  if (row === null) return false;
  return state === "open" ? row.state !== "FLAT" : row.state === state;
}
