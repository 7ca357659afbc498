// Values of a row: each is a number, or none with the reason.

/**
 * @import { Row, Value } from "./contract.d.ts"
 *
 * @typedef {[number | null, string | null]} Figure
 */

// The value of a statistic, named by its key. A row of an engine with another catalogue may lack it.
/**
 * @param {Row} row
 * @param {string} key
 * @returns {Figure}
 */
export function valueOf(row, key) {
  const values = /** @type {Partial<Record<string, Value>>} */ (/** @type {unknown} */ (row));
  return values[key] ?? [null, "not measured"];
}

/** @type {(row: Row, key: string) => number | null} */
export const numberOf = (row, key) => valueOf(row, key)[0];

// A row's mean and so many deviations of it; `bands`: the keys of both.
/**
 * @param {Row} row
 * @param {[string, string]} bands
 * @param {number} deviations
 */
export function band(row, [mean, deviation], deviations) {
  const [middle, width] = [numberOf(row, mean), numberOf(row, deviation)];
  return middle === null || width === null ? null : middle + deviations * width;
}
