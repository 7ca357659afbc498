// How complete a day is, over one symbol or all of them, and how that is called.

/** @import { CompleteDay } from "../contract.d.ts" */

/**
 * @typedef {object} DayShare
 * @property {string} day
 * @property {number} trades
 * @property {number} lacking ids that are asked for or given up
 * @property {number} refetched
 * @property {number} unproved trades without the exchange's ids
 * @property {number} symbols
 * @property {boolean} open the day is not over
 * @property {number | null} share of the known ids that are there; null where none prove anything
 */

// The days of a symbol (of all, where it is empty), by their name.
/**
 * @param {CompleteDay[]} days
 * @param {string} symbol
 * @returns {Map<string, DayShare>}
 */
export function sharesByDay(days, symbol) {
  /** @type {Map<string, DayShare>} */
  const found = new Map();
  for (const each of days) {
    if (symbol !== "" && each.symbol !== symbol) continue;
    const sum = found.get(each.day) ?? {
      day: each.day, trades: 0, lacking: 0, refetched: 0, unproved: 0, symbols: 0, open: false, share: null,
    }; // prettier-ignore
    const known = each.trades + each.retired;
    sum.trades += known;
    sum.symbols += 1;
    sum.open ||= !each.closed;
    sum.refetched += each.missing.refetched;
    if (each.share === null) sum.unproved += known;
    else sum.lacking += each.missing.open + each.missing.permanent;
    const provable = sum.trades - sum.unproved;
    sum.share = provable > 0 ? provable / (provable + sum.lacking) : null;
    found.set(each.day, sum);
  }
  return found;
}

/** @typedef {"whole" | "nearly" | "holes" | "broken" | "unproved" | "none"} ShareLevel */

/**
 * @param {DayShare | undefined} day
 * @returns {ShareLevel}
 */
export function levelOf(day) {
  if (day === undefined) return "none";
  if (day.share === null) return "unproved";
  if (day.lacking === 0) return "whole";
  if (day.share >= 0.999) return "nearly";
  return day.share >= 0.99 ? "holes" : "broken";
}

/** @type {Record<ShareLevel, string>} */
export const LEVEL_WORDS = {
  whole: "no id is missing",
  nearly: "at least 99.9%",
  holes: "at least 99%",
  broken: "less",
  unproved: "nothing is proved",
  none: "no trades",
};

// The share in percent, never rounded up to a whole that it is not.
/** @param {number} share */
export function percent(share) {
  if (share === 1) return "100%";
  const cut = Math.floor(share * 1e6) / 1e4;
  return `${cut.toFixed(cut >= 99.9 ? 4 : 2)}%`;
}

// The months from the first day to the last, as "2026-11", at most so many, the newest last.
/**
 * @param {Iterable<string>} days
 * @param {number} most
 */
export function months(days, most) {
  const sorted = [...days].map((day) => day.slice(0, 7)).sort();
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return [];
  /** @type {string[]} */
  const found = [];
  let [year, month] = last.split("-").map(Number);
  while (found.length < most) {
    const name = `${year}-${String(month).padStart(2, "0")}`;
    found.push(name);
    if (name <= first) break;
    [year, month] = month === 1 ? [(year ?? 0) - 1, 12] : [year, (month ?? 0) - 1];
  }
  return found.reverse();
}

// The number of days of a month.
/** @param {string} month */
export function daysOf(month) {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year ?? 0, number ?? 1, 0)).getUTCDate();
}
