// The lines of a study, pane by pane: which there are, and their points.

import { seconds } from "../drawn.js";

/**
 * @import { HedgeName, Study, StudyLine, StudySet } from "../contract.d.ts"
 * @import { LinePoint } from "../drawn.js"
 */
/**
 * @typedef {object} Line
 * @property {string} key
 * @property {string} label
 * @property {string} format
 * @property {string} colour a colour of the theme
 * @property {number} [decimals] of the axis
 * @property {StudyLine} line
 * @property {boolean} [dashed]
 *
 * @typedef {object} Pane
 * @property {string} name
 * @property {string} title
 * @property {number} height share of the chart
 * @property {Line[]} lines
 */

/** @type {Record<HedgeName, string>} */
export const MODEL_COLOURS = {
  ols: "blue",
  rolling_ols: "orange",
  tls: "green",
  ew: "violet",
  kalman: "yellow",
  huber: "red",
  theil_sen: "muted",
};

// The panes of one set, with the lines of the chosen models.
/**
 * @param {Study} study
 * @param {StudySet} set
 * @param {Set<HedgeName>} models
 * @returns {Pane[]}
 */
export function panesOf(study, set, models) {
  const [y, x] = study.legs;
  const paths = set.paths.filter(({ model }) => models.has(model));
  /** @type {(part: "beta" | "spread" | "z", format: string, decimals: number) => Line[]} */
  const ofModels = (part, format, decimals) =>
    paths.map((path) => ({
      key: `${part}-${path.model}`,
      label: path.label,
      format,
      colour: MODEL_COLOURS[path.model],
      line: path[part],
      decimals,
    }));
  /** @type {(key: string, label: string, format: string, colour: string) => Line[]} */
  const ofRow = (key, label, format, colour) => {
    const line = set.lines[key];
    return line ? [{ key, label, format, colour, line, decimals: 2 }] : [];
  };
  const equity = study.sets.map((each, index) => ({
    key: `equity-${index}`,
    label: study.sets.length > 1 ? `set ${"AB"[index]}` : "net",
    format: "signed:1",
    decimals: 0,
    colour: index ? "orange" : "blue",
    line: each.backtest.equity,
    dashed: index > 0,
  }));
  return [
    {
      name: "prices",
      title: "Prices (first = 100)",
      height: 2,
      lines: [
        { key: "y", label: y.symbol, format: "fixed:2", decimals: 1, colour: "blue", line: indexed(study.price_y) },
        { key: "x", label: x.symbol, format: "fixed:2", decimals: 1, colour: "orange", line: indexed(study.price_x) },
      ],
    },
    { name: "spread", title: "Spread", height: 2, lines: ofModels("spread", "signed:6", 4) },
    { name: "z", title: "z", height: 2.6, lines: ofModels("z", "signed:2", 1) },
    { name: "beta", title: "β", height: 1.6, lines: ofModels("beta", "fixed:4", 3) },
    {
      name: "correlation",
      title: "Correlation of returns",
      height: 1.2,
      lines: [
        ...ofRow("correlation", "rolling", "signed:3", "yellow"),
        ...ofRow("realised_correlation", "realised", "signed:3", "green"),
      ],
    },
    {
      name: "p",
      title: "p",
      height: 1.2,
      lines: [
        ...ofRow("eg_p", "Engle–Granger of the window", "p", "violet"),
        ...ofRow("coint_p", "of the looks", "p", "green"),
      ],
    },
    { name: "equity", title: "Net of the backtest (bp)", height: 1.6, lines: equity },
  ];
}

// A line in shares of its first number, times 100.
/**
 * @param {StudyLine} line
 * @returns {StudyLine}
 */
function indexed({ values, missing }) {
  const first = values.find((value) => value !== null);
  if (!first) return { values, missing };
  return { values: values.map((value) => (value === null ? null : (100 * value) / first)), missing };
}

// Without a number there is a hole in the line.
/**
 * @param {number[]} times
 * @param {StudyLine} line
 * @returns {LinePoint[]}
 */
export function pointsOf(times, { values }) {
  return times.map((time, place) => {
    const value = values[place] ?? null;
    return value === null ? { time: seconds(time) } : { time: seconds(time), value };
  });
}

// Why a line has no number at a place.
/**
 * @param {StudyLine} line
 * @param {number} place
 */
export function reasonAt({ missing }, place) {
  return missing.find(([first, end]) => first <= place && place < end)?.[2] ?? "no number";
}

// The place of the row at a time (s), or of the last one before it; -1 before the first.
/**
 * @param {number[]} times in ms, ascending
 * @param {number} time in s
 */
export function placeOf(times, time) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? Infinity) <= time * 1000) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
