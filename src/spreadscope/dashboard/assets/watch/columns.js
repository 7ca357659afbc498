// The columns of the watch list: the pair, its state, every statistic of the catalogue, and what belongs to the list
// alone.

import { age, written } from "../format.js";
import { numberOf, valueOf } from "../row_values.js";
import { positionWords } from "../template.js";
import { oldestAge } from "./order.js";

/**
 * @import { Statistic, StatisticCard } from "../contract.d.ts"
 * @import { Watched } from "./rows.js"
 */
/**
 * @typedef {object} Column
 * @property {string} key
 * @property {string} label
 * @property {string} help
 * @property {"name" | "figure" | "words" | "trail"} kind
 * @property {number} width in characters
 * @property {(watched: Watched) => number | string | null} place what it is sorted by; by size where it has two sides
 * @property {(watched: Watched) => string} text
 * @property {(watched: Watched) => number | null} number what the text says, where it is a number
 * @property {StatisticCard | null} card
 */

const NO_ROW = "no row yet";

/** @type {Column} */
const PAIR = {
  key: "pair",
  label: "Pair",
  help: "Y and X.",
  kind: "name",
  width: 18,
  place: ({ pair }) => pair,
  text: ({ pair }) => pair,
  number: () => null,
  card: null,
};

/** @type {Column} */
const STATE = {
  key: "state",
  label: "State",
  help: "What the signal holds.",
  kind: "words",
  width: 13,
  place: ({ row }) => row && row.state,
  text: ({ row }) => (row ? positionWords(row.state) : NO_ROW),
  number: () => null,
  card: null,
};

/** @type {Column} */
const BREAK_EVEN = {
  key: "break_even",
  label: "Break-even z",
  help: "From this |z| on, the way back to the mean pays a taker's fees of 0.05% on both legs, in and out.",
  kind: "figure",
  width: 13,
  place: ({ breakEven }) => breakEven[0],
  text: ({ row, breakEven: [value, reason] }) => (row ? figure(value, reason, written("fixed:2")) : ""),
  number: ({ breakEven }) => breakEven[0],
  card: null,
};

/** @type {Column} */
const AGE = {
  key: "age",
  label: "Age",
  help: "How old the older leg's price was at the last row.",
  kind: "figure",
  width: 8,
  place: ({ row }) => row && oldestAge(row),
  text: ({ row }) => {
    const milliseconds = row && oldestAge(row);
    return milliseconds === null ? "" : age(milliseconds);
  },
  number: ({ row }) => row && oldestAge(row),
  card: null,
};

/** @type {Column} */
const TRAIL = {
  key: "trail",
  label: "z, last rows",
  help: "z of the last 60 rows as they closed, with the entry levels.",
  kind: "trail",
  width: 17,
  place: (watched) => size(watched.z),
  text: () => "",
  number: () => null,
  card: null,
};

/** @type {Column} */
const PAPER = {
  key: "paper",
  label: "Paper, USDT",
  help: "The open paper trade of the pair at this timeframe, and its result so far.",
  kind: "words",
  width: 14,
  place: ({ paper }) => paper && size(paper.result),
  text: ({ paper }) => paper?.words ?? "",
  number: ({ paper }) => paper && paper.result,
  card: null,
};

// Those that a page begins with.
export const DEFAULT = [
  "z",
  "state",
  "paper",
  "trail",
  "spread",
  "beta",
  "half_life_unbiased",
  "coint_p",
  "correlation",
  "break_even",
  "age",
];

/** @type {(value: number | null) => number | null} */
const size = (value) => (value === null ? null : Math.abs(value));

/** @type {(value: number | null, reason: string | null, write: (value: number) => string) => string} */
const figure = (value, reason, write) => (value === null ? (reason ?? "") : write(value));

// In characters, for the widest of what such a format writes, and for the reasons that may stand in its place.
/** @type {Record<string, number>} */
const WIDTHS = { yes: 11, p: 10, duration: 11, percent: 9, bp: 12 };

/** @type {(statistic: Statistic) => Column} */
function columnOf({ key, label, help, format, card }) {
  const write = written(format);
  return {
    key,
    label,
    help,
    kind: "figure",
    width: Math.max(WIDTHS[format.split(":")[0] ?? ""] ?? 11, Math.min(label.length + 2, 18)),
    place: ({ row }) => (row === null ? null : size(numberOf(row, key))),
    text: ({ row }) => (row === null ? "" : figure(...valueOf(row, key), write)),
    number: ({ row }) => row && numberOf(row, key),
    card,
  };
}

// Every column that may be chosen, in the order of the menu: what a page begins with, the other cards, the rest.
/** @type {(statistics: Statistic[]) => Column[]} */
export function columnsOf(statistics) {
  // The break-even z is a column of the list's own.
  const own = [PAIR, STATE, PAPER, TRAIL, BREAK_EVEN, AGE];
  const all = [...own, ...statistics.filter(({ key, shown }) => shown && key !== "break_even_z").map(columnOf)];
  /** @type {(column: Column) => number} */
  const rank = ({ key, card }) => {
    const first = key === "pair" ? 0 : DEFAULT.indexOf(key) + 1;
    if (key === "pair" || first > 0) return first;
    return card ? 100 + card.order : 1000;
  };
  return all.sort((one, other) => rank(one) - rank(other));
}

// The chosen ones that there are, the pair always first.
/** @type {(columns: Column[], keys: string[]) => Column[]} */
export function chosenOf(columns, keys) {
  const named = keys.filter((key) => key !== "pair").flatMap((key) => columns.find((each) => each.key === key) ?? []);
  return [...columns.filter(({ key }) => key === "pair"), ...named];
}

// What is written of a column, once for each change of it.
/** @type {(watched: Watched, column: Column) => string} */
export function textOf(watched, column) {
  let text = watched.texts.get(column.key);
  if (text === undefined) {
    text = column.text(watched);
    watched.texts.set(column.key, text);
  }
  return text;
}
