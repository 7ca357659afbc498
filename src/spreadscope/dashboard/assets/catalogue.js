// The statistics of a pair as the engine describes them (a snapshot's `statistics`): from them come the cards, the
// panes with their lines, and the line under a preview.

import { isDrawn } from "./chosen_lines.js";

/**
 * @import { Statistic, StatisticCard } from "./contract.d.ts"
 * @import { DrawnStatistic } from "./chosen_lines.js"
 */
/**
 * @typedef {Statistic & { card: StatisticCard }} CardStatistic
 *
 * @typedef {object} Pane
 * @property {string} name
 * @property {DrawnStatistic[]} lines
 * @property {boolean} thresholds whether one of its lines has those of the signals
 */

// Those that the page shows; the rest says again what the traded figures say.
/** @type {(catalogue: Statistic[]) => Statistic[]} */
const shown = (catalogue) => catalogue.filter((statistic) => statistic.shown);

// In the order of the strip.
/**
 * @param {Statistic[]} catalogue
 * @returns {CardStatistic[]}
 */
export function cardsOf(catalogue) {
  return shown(catalogue)
    .filter(/** @type {(each: Statistic) => each is CardStatistic} */ (({ card }) => card !== null))
    .sort((a, b) => a.card.order - b.card.order);
}

// [{name, lines: [statistic], thresholds}], in the order in which lines name a pane.
/**
 * @param {Statistic[]} catalogue
 * @returns {Pane[]}
 */
export function panesOf(catalogue) {
  /** @type {Map<string, Pane>} */
  const panes = new Map();
  for (const statistic of shown(catalogue)) {
    if (!isDrawn(statistic)) continue;
    const { line } = statistic;
    const pane = panes.get(line.pane) ?? { name: line.pane, lines: [], thresholds: false };
    pane.lines.push(statistic);
    pane.thresholds ||= line.thresholds;
    panes.set(line.pane, pane);
  }
  return [...panes.values()];
}

// The statistic that rules call so, or none.
/** @type {(catalogue: Statistic[], name: string) => Statistic | undefined} */
export const namedInRules = (catalogue, name) => catalogue.find(({ rule }) => rule?.name === name);

// What one browser tab has last been given: another pair or timeframe begins with it, so that nothing on the page moves
// when it comes.
/** @type {Statistic[]} */
let last = [];

export const lastCatalogue = () => last;

/** @param {Statistic[]} catalogue */
export function remember(catalogue) {
  last = catalogue;
}
