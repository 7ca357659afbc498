// Signals that wait for an answer, with the seconds that are left.

import { element, setData, setText } from "../dom.js";
import { leftWords, sideWords, zScore } from "./paper_words.js";

/** @import { TradeDecision } from "../contract.d.ts" */
/** @typedef {{ root: HTMLElement, words: HTMLElement, left: HTMLElement, buttons: HTMLButtonElement[] }} Line */

export class PendingList {
  /** @param {(decision: number, accept: boolean) => void} answer */
  constructor(answer) {
    this.answer = answer;
    this.root = element("section", "pending");
    this.root.setAttribute("aria-label", "Signals that wait for your answer");
    this.list = element("ul");
    this.root.append(element("h3", "", "Signals that wait for your answer"), this.list);
    /** @type {Map<number, Line>} */
    this.lines = new Map();
  }

  /**
   * @param {TradeDecision[]} pending
   * @param {number | null} now
   * @param {(decision: number) => boolean} asked
   */
  draw(pending, now, asked) {
    this.root.hidden = pending.length === 0;
    const wanted = new Set(pending.map(({ id }) => id));
    for (const [id, { root }] of this.lines) {
      if (wanted.has(id)) continue;
      root.remove();
      this.lines.delete(id);
    }
    for (const decision of pending) {
      const line = this.lines.get(decision.id) ?? this.#line(decision);
      const [y = "", x = ""] = decision.pair.split("/");
      const z = decision.z === null ? "" : ` at z ${zScore(decision.z)}`;
      setText(line.words, `${sideWords(decision.side, y, x)}${z}`);
      setText(line.left, decision.expires === null ? "" : `${leftWords(decision.expires, now)} left`);
      setData(line.root, "asked", asked(decision.id));
      for (const button of line.buttons) button.disabled = asked(decision.id);
    }
  }

  /** @param {TradeDecision} decision */
  #line({ id, pair, timeframe }) {
    const root = element("li");
    root.dataset.decision = String(id);
    const buttons = [true, false].map((accept) => {
      const button = element("button", accept ? "primary" : "", accept ? "Accept" : "Decline");
      button.type = "button";
      button.addEventListener("click", () => this.answer(id, accept));
      return button;
    });
    const line = { root, words: element("span", "side"), left: element("span", "left"), buttons };
    root.append(element("b", "", `${pair} ${timeframe}`), line.words, line.left, ...buttons);
    this.list.append(root);
    this.lines.set(id, line);
    return line;
  }
}
