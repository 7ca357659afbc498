// What the palette offers for what is typed: pairs, pages, commands, symbols, and pairs that are not followed yet.

import { ranked } from "./fuzzy.js";

/** @import { Timeframe } from "../contract.d.ts" */
/**
 * @typedef {object} Known
 * @property {string[]} pairs
 * @property {string[]} symbols those that are recorded
 * @property {string[]} listed what the exchange lists
 * @property {{ title: string, path: string }[]} pages
 * @property {{ id: string, title: string, keys?: string }[]} commands
 * @property {readonly Timeframe[]} timeframes
 * @property {string | null} shown the pair in view
 *
 * @typedef {object} Item
 * @property {"pair" | "page" | "command" | "timeframe" | "symbol" | "follow"} kind
 * @property {string} value
 * @property {string} title
 * @property {string} note
 */

const MOST_ITEMS = 40;
export const LONGEST_TYPED = 120;
const MOST_SYMBOLS = 12;
const ABOVE_SYMBOLS = 12; // letters' worth: a pair with a symbol is meant more often than the symbol alone

/**
 * @param {Known} known
 * @param {string} typed
 * @returns {Item[]}
 */
export function itemsFor(known, typed) {
  const text = typed.trim();
  const found = ranked(
    text,
    everything(known),
    ({ title, kind }) => (kind === "page" ? `${title} page` : title),
    ({ kind }) => (kind === "symbol" ? 0 : ABOVE_SYMBOLS),
  );
  if (!text) return found.filter(({ kind }) => kind !== "symbol").slice(0, MOST_ITEMS);
  const pair = asPair(text);
  if (pair !== null) {
    return [...found.filter(({ kind }) => kind === "pair"), ...follows(known, pair)].slice(0, MOST_ITEMS);
  }
  let symbols = 0;
  const few = found.filter(({ kind }) => kind !== "symbol" || (symbols += 1) <= MOST_SYMBOLS);
  return few.slice(0, MOST_ITEMS);
}

/**
 * @param {Known} known
 * @returns {Item[]}
 */
function everything({ pairs, symbols, listed, pages, commands, timeframes, shown }) {
  const recorded = new Set(symbols);
  return [
    ...pairs.map((pair) => item("pair", pair, pair, pair === shown ? "in view" : "pair")),
    ...timeframes.map((each) => item("timeframe", each, `Bars of ${each}`, "timeframe")),
    ...pages.map(({ title, path }) => item("page", path, title, "page")),
    ...commands.map(({ id, title, keys }) => item("command", id, title, keys ?? "")),
    ...[...new Set([...symbols, ...listed])].map((symbol) =>
      item("symbol", symbol, symbol, recorded.has(symbol) ? "recorded: a pair with it …" : "a pair with it …"),
    ),
  ];
}

/** @type {(kind: Item["kind"], value: string, title: string, note: string) => Item} */
const item = (kind, value, title, note) => ({ kind, value, title, note });

// "btc/e" → ["BTC", "e"]; null where no second leg is begun.
/**
 * @param {string} text
 * @returns {[string, string] | null}
 */
function asPair(text) {
  const parts = text.split(/\s*[/,]\s*/);
  return parts.length === 2 && parts[0] ? [parts[0], parts[1]] : null;
}

// Pairs that could be followed: each leg is the symbol that fits best, of the second several.
/**
 * @param {Known} known
 * @param {[string, string]} legs
 * @returns {Item[]}
 */
function follows({ pairs, symbols, listed }, [first, second]) {
  const all = [...new Set([...symbols, ...listed])];
  const y = all.find((each) => each.toLowerCase() === first.toLowerCase()) ?? ranked(first, all, (each) => each)[0];
  if (y === undefined) return [];
  return ranked(second, all, (each) => each)
    .filter((x) => x !== y && !pairs.includes(`${y}/${x}`))
    .slice(0, MOST_SYMBOLS)
    .map((x) => item("follow", `${y}/${x}`, `${y}/${x}`, "follow this pair"));
}
