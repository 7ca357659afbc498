// The statistics of a pair as the engine describes them (a snapshot's `statistics`): from them come the cards, the
// panes with their lines, and the line under a preview.

import { isDrawn } from "./chosen_lines.js";

// Those that the page shows; the rest says again what the traded figures say.
const shown = (catalogue) => catalogue.filter((statistic) => statistic.shown);

// In the order of the strip.
export function cardsOf(catalogue) {
  return shown(catalogue)
    .filter(({ card }) => card !== null)
    .sort((a, b) => a.card.order - b.card.order);
}

// [{name, lines: [statistic], thresholds}], in the order in which lines name a pane.
export function panesOf(catalogue) {
  const panes = new Map();
  for (const statistic of shown(catalogue)) {
    const { line } = statistic;
    if (!isDrawn(statistic)) continue;
    if (!panes.has(line.pane)) panes.set(line.pane, { name: line.pane, lines: [], thresholds: false });
    const pane = panes.get(line.pane);
    pane.lines.push(statistic);
    pane.thresholds ||= line.thresholds;
  }
  return [...panes.values()];
}

// The statistic that rules call so, or none.
export const namedInRules = (catalogue, name) => catalogue.find(({ rule }) => rule?.name === name);

// What one browser tab has last been given: another pair or timeframe begins with it, so that nothing on the page moves
// when it comes.
let last = [];

export const lastCatalogue = () => last;

export function remember(catalogue) {
  last = catalogue;
}

// A value of a row, with the reason where there is no number.
export const valueOf = (row, key) => row[key] ?? [null, "not measured"];
