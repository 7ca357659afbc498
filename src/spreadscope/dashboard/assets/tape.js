// What is traded, as it comes: from one look at an open bar to the next, so many trades and so much volume. No screen.

/**
 * @import { Bar } from "./contract.d.ts"
 * @import { Leg } from "./store.js"
 *
 * @typedef {object} Print what was traded between two looks
 * @property {number} number of the print, ascending
 * @property {Leg} leg
 * @property {number} time when it was seen (ms)
 * @property {number} price the last of them
 * @property {number} trades
 * @property {number} volume
 * @property {-1 | 0 | 1} move of the price since the leg's print before
 */

const LONGEST = 100;

export class Tape {
  constructor() {
    /** @type {Print[]} newest first */
    this.prints = [];
    /** @type {Partial<Record<Leg, { open_time: number, trades: number, volume: number, price: number }>>} */
    this.seen = {};
    this.count = 0;
  }

  // A bar as it is now, open or just closed. The first of a leg only says where its counting begins.
  /**
   * @param {Leg} leg
   * @param {Bar | null} bar
   * @param {number} time
   */
  take(leg, bar, time) {
    if (bar === null) return;
    const before = this.seen[leg];
    if (before && bar.open_time < before.open_time) return; // a correction of the past is no new trade
    const same = before?.open_time === bar.open_time;
    const trades = bar.trades - (same ? before.trades : 0);
    const volume = bar.volume - (same ? before.volume : 0);
    if (same && trades <= 0) return;
    this.seen[leg] = { open_time: bar.open_time, trades: bar.trades, volume: bar.volume, price: bar.close };
    if (!before || trades <= 0) return;
    const move = /** @type {-1 | 0 | 1} */ (Math.sign(bar.close - before.price));
    this.count += 1;
    this.prints.unshift({ number: this.count, leg, time, price: bar.close, trades, volume: Math.max(0, volume), move });
    this.prints.length = Math.min(this.prints.length, LONGEST);
  }
}
