// The stretches of time that buttons offer, by what the bars of a timeframe carry.

import { LENGTHS } from "./drawn.js";
import { MOST_HELD } from "./store.js";

/** @import { Timeframe } from "./contract.d.ts" */

/** @type {[string, number][]} */
const RANGES = [
  ["15m", 15 * 60_000],
  ["1h", 3_600_000],
  ["4h", 4 * 3_600_000],
  ["1d", 86_400_000],
];
const LEAST_BARS = 12;

// [name, milliseconds]; "all" is what is held.
/**
 * @param {Timeframe} timeframe
 * @returns {[string, number][]}
 */
export function rangesOf(timeframe) {
  const carried = RANGES.filter(([, length]) => {
    const bars = length / LENGTHS[timeframe];
    return bars >= LEAST_BARS && bars <= MOST_HELD;
  });
  return [...carried, ["all", Infinity]];
}
