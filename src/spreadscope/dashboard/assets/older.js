// What lies before the first bar of the chart, asked for as somebody pans there.

import { MOST_HELD } from "./store.js";

/**
 * @import { PairHistory } from "./contract.d.ts"
 * @import { Shown } from "./shared_state.js"
 * @import { PairStore } from "./store.js"
 */
/** @typedef {"idle" | "loading" | "end" | "full" | "failed"} State */

const ROWS = 1000;
const AGAIN = 3000;

export class OlderBars {
  // `address` answers questions; onChange(): something came, or did not.
  /**
   * @param {string} address
   * @param {() => void} onChange
   */
  constructor(address, onChange) {
    this.address = address;
    this.onChange = onChange;
    /** @type {State} */
    this.state = "idle";
    this.why = "";
    this.asked = 0;
    this.failedAt = -Infinity;
  }

  // Another pair: what is under way for the last one is not waited for.
  begin() {
    this.asked += 1;
    this.state = "idle";
    this.why = "";
    this.failedAt = -Infinity;
  }

  // Asks for what lies before what the store covers. True where something came.
  /**
   * @param {Shown} shown
   * @param {PairStore} store
   * @returns {Promise<boolean>}
   */
  async load({ pair, timeframe }, store) {
    const before = store.coveredFrom;
    const waits = this.state === "failed" && performance.now() - this.failedAt < AGAIN;
    if (before === null || waits || this.state === "loading" || this.state === "end") return false;
    if (store.held >= MOST_HELD) {
      this.#is("full");
      return false;
    }
    const mine = (this.asked += 1);
    this.#is("loading");
    const query = new URLSearchParams({ pair, timeframe, before: String(before), limit: String(ROWS) });
    try {
      const answer = await fetch(`${this.address}/history?${query}`);
      /** @type {PairHistory & { error?: { message: string } }} */
      const data = await answer.json();
      if (mine !== this.asked) return false;
      if (!answer.ok) {
        this.#failed(data.error?.message ?? `the server said ${answer.status}`);
        return false;
      }
      const held = store.held;
      store.older(data);
      this.#is(data.more ? "idle" : "end");
      return store.held > held || data.more;
    } catch (error) {
      if (mine !== this.asked) return false;
      // No server, or half an answer.
      if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
      this.#failed("the dashboard does not answer");
      return false;
    }
  }

  /** @param {string} why */
  #failed(why) {
    this.why = why;
    this.failedAt = performance.now();
    this.#is("failed");
  }

  /** @param {State} state */
  #is(state) {
    this.state = state;
    this.onChange();
  }

  // What the left edge of the chart says; nothing where there is nothing to say.
  get words() {
    return {
      idle: "",
      loading: "Older bars are on their way …",
      end: "Older bars are not stored.",
      full: "More bars are not held at once: take a longer timeframe to look further back.",
      failed: `Older bars did not come: ${this.why}. Pan again to ask again.`,
    }[this.state];
  }
}
