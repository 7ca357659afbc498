// A paper account as the engine tells it: all of it, then what changes.

/** @import { PaperAccount, PaperChanges, PaperOrder, PaperTrade, PaperView } from "../contract.d.ts" */

export class PaperBook {
  constructor() {
    /** @type {PaperAccount | null} */
    this.account = null;
    /** @type {PaperTrade[]} */
    this.trades = [];
    /** @type {PaperOrder[]} */
    this.orders = [];
    // The newest fill, decision and closed trade that came as news: the tables of the script are older than these.
    this.newest = { fills: 0, decisions: 0, closed: 0 };
  }

  /** @param {PaperView} view */
  snapshot({ account, trades, orders }) {
    Object.assign(this, { account, trades, orders });
  }

  /** @param {PaperChanges} changes */
  update({ account, trades, orders, fills = [], decisions = [], closed = [] }) {
    if (account) this.account = account;
    if (trades) this.trades = trades;
    if (orders) this.orders = orders;
    for (const { id } of fills) this.newest.fills = Math.max(this.newest.fills, id);
    // A decision that was pending comes again under its number.
    for (const { id, outcome } of decisions) {
      this.newest.decisions = Math.max(this.newest.decisions, 2 * id + (outcome === "pending" ? 0 : 1));
    }
    for (const { id } of closed) this.newest.closed = Math.max(this.newest.closed, id);
  }

  get news() {
    const { fills, decisions, closed } = this.newest;
    return `${fills} ${decisions} ${closed}`;
  }

  /** @type {(id: number) => PaperTrade | undefined} */
  trade(id) {
    return this.trades.find((trade) => trade.id === id);
  }
}
