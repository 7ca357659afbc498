// Money, quantities, times and sides of paper trades as a trader reads them. Money is in USDT.

import { age, decimalsSeen, duration, figureOf, fixed } from "../format.js";

/** @import { PaperLeg, PaperOrder, PaperTrade, SlicedEntry, TradeParts } from "../contract.d.ts" */
/** @typedef {"gain" | "loss" | ""} Tone */

export const NOTHING = "\u2013";

/** @type {(value: number | null) => string} */
export const money = (value) => (value === null ? NOTHING : fixed(value, 2));

/** @type {(value: number | null) => string} */
export const result = (value) => (value === null ? NOTHING : fixed(value, 2, { sign: true }));

// What is written as zero has no colour either.
/** @type {(value: number | null) => Tone} */
export const toneOf = (value) => (value === null || Math.abs(value) < 0.005 ? "" : value > 0 ? "gain" : "loss");

/** @type {(value: number | null) => string} */
export const price = (value) => (value === null ? NOTHING : figureOf(value, 6));

/** @type {(value: number) => string} */
export const quantity = (value) => fixed(value, decimalsSeen([value]), { sign: true });

/** @type {(value: number | null, decimals?: number) => string} */
export const percent = (value, decimals = 1) => (value === null ? NOTHING : `${fixed(value, decimals)}%`);

/** @type {(value: number) => string} */
export const limit = (value) => fixed(value, decimalsSeen([value]));

/** @type {(value: number | null) => string} */
export const zScore = (value) => (value === null ? NOTHING : fixed(value, 2, { sign: true }));

/** @type {(side: number, y: string, x: string) => string} */
export const sideWords = (side, y, x) =>
  side > 0 ? `long spread: buy ${y}, sell ${x}` : `short spread: sell ${y}, buy ${x}`;

// How far an order in slices is, and what its next slice waits for: "ladder: 1 of 3 rungs filled, next at z −3.00".
/** @param {SlicedEntry} order */
export function slicedWords({ kind, measure, slices, words }) {
  const next = slices.find(({ state }) => state === "waiting");
  const level = next?.level ?? null;
  const at = level === null ? "" : `, next at ${measure === "z" ? `z ${zScore(level)}` : `ratio ${limit(level)}`}`;
  return `${kind}: ${words}${at}`;
}

// What is left until a time of the market: "2 h 13 min", "42 s"; "now" where it has come.
/**
 * @param {number} until
 * @param {number | null} now
 */
export function leftWords(until, now) {
  if (now === null) return NOTHING;
  const seconds = Math.ceil((until - now) / 1000);
  if (seconds <= 0) return "now";
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

// How long a trade is held, in half-lives where it has one.
/** @param {PaperTrade} trade */
export function heldWords({ opened, half_lives_held: halfLives }) {
  if (opened === null) return "not open yet";
  return halfLives === null ? "no half-life" : `${fixed(halfLives, 1)} half-lives`;
}

// Since when it is open, and what opened it.
/**
 * @param {PaperTrade} trade
 * @param {number | null} now
 */
export function originWords({ opened, origin }, now) {
  const time = opened === null || now === null ? "" : `${duration(Math.max(0, now - opened) / 1000)}, `;
  return `${time}by ${origin}`;
}

/** @type {[keyof TradeParts, number][]} what is a cost counts against the result */
const PARTS = [
  ["spread", 1],
  ["imbalance", 1],
  ["drift", 1],
  ["slippage", -1],
  ["fees", -1],
  ["funding", 1],
  ["liquidation", -1],
];

// "spread +4.20 · slippage −0.31 · fees −1.20": the parts that are not zero, whose sum is the result.
/** @param {TradeParts} parts */
export function partsWords(parts) {
  const amounts = PARTS.map(([name, sign]) => [name, result(sign * parts[name])]).filter(([, text]) => text !== "0.00");
  return amounts.map(([name, text]) => `${name} ${text}`).join(" \u00b7 ");
}

// At which z the fills of the entry are, in the mean.
/** @param {PaperTrade} trade */
export const filledWords = ({ z_filled: filled }) =>
  (filled ?? null) === null ? "" : `filled at ${zScore(/** @type {number} */ (filled))}; `;

// When the trade is closed by itself.
/** @param {PaperTrade} trade */
export function exitWords({ take_profit: takeProfit, stop, stop_loss: stopLoss }) {
  const ways = [];
  if (takeProfit === null && stop === null) ways.push("ends with the signal");
  if (takeProfit !== null) ways.push(`profit at |z| ${limit(takeProfit)}`);
  if (stop !== null) ways.push(`stop at ${limit(stop)}`);
  if (stopLoss) ways.push(`or at ${result(-stopLoss)} USDT`);
  return ways.join(", ");
}

/** @param {PaperLeg} leg */
export function liquidationWords({ liquidation_price: at, liquidation_distance_percent: away }) {
  if (at === null) return "none";
  if (away === null) return price(at);
  const size = Math.abs(away);
  return `${price(at)}, ${percent(size, size < 100 ? 1 : 0)} away`;
}

/**
 * @param {PaperLeg} leg
 * @param {number | null} now
 */
export function fundingWords({ next_funding: next, next_funding_amount: amount }, now) {
  if (next === null) return NOTHING;
  return `${result(amount)} in ${leftWords(next, now)}`;
}

// Why it is in its state; of a leg that is alone, how much, and until when it is mended or closed.
/**
 * @param {PaperTrade} trade
 * @param {number | null} now
 */
export function noteWords({ note, residual, deadline, attempts }, now) {
  const parts = note ? [note] : [];
  if (residual > 0) {
    const until = deadline === null ? "" : `; ${leftWords(deadline, now)} to mend it`;
    const tried = attempts > 1 ? `, attempt ${attempts}` : "";
    parts.push(`${money(residual)} USDT of one leg are not hedged${until}${tried}`);
  }
  return parts.join(" \u00b7 ");
}

// An order in the columns of the table of working orders.
/**
 * @param {PaperOrder} order
 * @param {number | null} now
 */
export function orderCells(order, now) {
  const share = order.quantity ? ` (${fixed((100 * order.filled) / order.quantity, 0)}%)` : "";
  return [
    String(order.id),
    String(order.trade),
    order.symbol,
    order.reduce_only ? `${order.kind}, reduces only` : order.kind,
    quantity(order.quantity),
    order.filled ? `${quantity(order.filled)}${share}` : "0",
    order.limit === null ? "market" : price(order.limit),
    order.limit === null ? NOTHING : order.ahead === null ? "not known" : fixed(order.ahead, 3),
    order.state,
    now === null ? NOTHING : `${age(now - order.sent)} ago`,
  ];
}
