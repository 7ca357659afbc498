// Checks a rule while it is typed: soon after a key, never two at once, and only the newest answer counts.

import { AskError, ask, isAbort } from "./asking.js";

/**
 * @import { CheckBody } from "../contract.d.ts"
 * @import { Checked, Verdict } from "./verdict.js"
 */

const PAUSE = 60;

export class Checker {
  /**
   * @param {string} url
   * @param {(verdict: Verdict) => void} onResult
   */
  constructor(url, onResult) {
    this.url = `${url}/check`;
    this.onResult = onResult;
  }

  /** @param {CheckBody} rule */
  check(rule) {
    this.stop();
    this.timer = window.setTimeout(() => void this.#ask(rule), PAUSE);
  }

  stop() {
    window.clearTimeout(this.timer);
    this.running?.abort();
  }

  /** @param {CheckBody} rule */
  async #ask(rule) {
    const running = new AbortController();
    this.running = running;
    try {
      const { recover, ...bare } = rule;
      /** @type {Checked} */
      let result = await ask(this.url, bare, running.signal);
      // By itself, so that one knows which of the two texts is wrong.
      if (result.ok && recover !== undefined) {
        /** @type {Checked} */
        const second = await ask(this.url, rule, running.signal);
        result = second.ok ? second : { ...second, of: "recover" };
      }
      if (!running.signal.aborted) this.onResult(result);
    } catch (error) {
      if (isAbort(error)) return;
      if (!(error instanceof AskError)) throw error;
      this.onResult({ ok: false, down: error.message });
    }
  }
}
