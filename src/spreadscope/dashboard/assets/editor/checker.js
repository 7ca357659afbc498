// Checks a rule while it is typed: soon after a key, never two at once, and only the newest answer counts.

import { AskError, ask } from "./asking.js";

const PAUSE = 60;

export class Checker {
  // onResult(rule, {ok, …} | {down: "<sentence>"})
  constructor(url, onResult) {
    this.url = `${url}/check`;
    this.onResult = onResult;
  }

  // `rule`: {text, subject, timeframe, recover?}
  check(rule) {
    this.stop();
    this.timer = window.setTimeout(() => this.#ask(rule), PAUSE);
  }

  stop() {
    window.clearTimeout(this.timer);
    this.running?.abort();
  }

  async #ask(rule) {
    const running = new AbortController();
    this.running = running;
    try {
      const { recover, ...bare } = rule;
      let result = await ask(this.url, bare, running.signal);
      // By itself, so that one knows which of the two texts is wrong.
      if (result.ok && recover !== undefined) {
        const second = await ask(this.url, rule, running.signal);
        result = second.ok ? second : { ...second, of: "recover" };
      }
      if (!running.signal.aborted) this.onResult(rule, result);
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!(error instanceof AskError)) throw error;
      this.onResult(rule, { down: error.message });
    }
  }
}
