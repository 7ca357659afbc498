// Open paper trades by pair, for a column of the watch list.

import { fixed } from "../format.js";

/**
 * @import { PaperTrade } from "../contract.d.ts"
 * @import { PaperPosition } from "./rows.js"
 */

// What is held in each pair at a timeframe: its side, and the result so far in USDT.
/**
 * @param {PaperTrade[]} trades
 * @param {string} timeframe
 * @returns {Map<string, PaperPosition>}
 */
export function positionsOf(trades, timeframe) {
  /** @type {Map<string, PaperTrade[]>} */
  const byPair = new Map();
  for (const trade of trades.filter((each) => each.timeframe === timeframe)) {
    byPair.set(trade.pair, [...(byPair.get(trade.pair) ?? []), trade]);
  }
  return new Map([...byPair].map(([pair, held]) => [pair, positionOf(held)]));
}

/**
 * @param {PaperTrade[]} held
 * @returns {PaperPosition}
 */
function positionOf(held) {
  const result = held.reduce((sum, trade) => sum + trade.result, 0);
  const side = held.length > 1 ? `${held.length} trades` : held.every(({ side }) => side > 0) ? "long" : "short";
  return { words: `${side} ${fixed(result, 2, { sign: true })}`, result };
}
