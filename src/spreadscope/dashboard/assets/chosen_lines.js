// Which lines of statistics are drawn: as they are declared, until somebody chooses otherwise in this browser.

import { recall, remember } from "./alerts/remembered.js";

/** @import { Statistic, StatisticLine } from "./contract.d.ts" */
/** @typedef {Statistic & { line: StatisticLine }} DrawnStatistic */

const KEY = "lines";

/** @returns {Record<string, boolean>} */
function remembered() {
  try {
    const kept = JSON.parse(recall(KEY) ?? "{}");
    return kept !== null && typeof kept === "object" ? kept : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // somebody else wrote there
    throw error;
  }
}

let choices = remembered();

/**
 * @param {Statistic} statistic
 * @returns {statistic is DrawnStatistic}
 */
export function isDrawn(statistic) {
  const { key, line } = statistic;
  return line !== null && (choices[key] ?? line.chosen);
}

// Signals and bands lie on some lines, which therefore always stay.
/** @type {(statistic: Statistic) => boolean} */
export const mayBeHidden = ({ line }) => line !== null && !line.thresholds && line.bands === null;

/** @param {Statistic} statistic */
export function toggle(statistic) {
  choices = { ...choices, [statistic.key]: !isDrawn(statistic) };
  remember(KEY, JSON.stringify(choices));
}
