// What waits: signals for an answer, orders for a level of z, with the time that is left.

import { element, setData, setText } from "../dom.js";
import { leftWords, sideWords, slicedWords, zScore } from "./paper_words.js";

/** @import { TradeDecision } from "../contract.d.ts" */
/** @typedef {{ root: HTMLElement, words: HTMLElement, left: HTMLElement, buttons: HTMLButtonElement[] }} Line */

export class PendingList {
  /** @param {(decision: number, accept: boolean) => void} answer */
  constructor(answer) {
    this.answer = answer;
    this.root = element("section", "pending");
    this.root.setAttribute("aria-label", "Signals that wait for your answer, orders that wait for z");
    this.list = element("ul");
    this.root.append(element("h3", "", "Signals that wait for your answer, orders that wait for z"), this.list);
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
      const limit = decision.limit_z ?? null;
      const z = decision.z === null ? "" : ` at z ${zScore(decision.z)}`;
      const when = limit === null ? z : ` when z ${zScore(limit)} can be had`;
      const how = decision.sliced ? ` \u00b7 ${slicedWords(decision.sliced)}` : when;
      setText(line.words, `${sideWords(decision.side, y, x)}${how}`);
      setText(line.left, decision.expires === null ? "" : `${leftWords(decision.expires, now)} left`);
      setData(line.root, "asked", asked(decision.id));
      for (const button of line.buttons) button.disabled = asked(decision.id);
    }
  }

  /** @param {TradeDecision} decision */
  #line({ id, pair, timeframe, limit_z, sliced }) {
    const [yes, no] = sliced
      ? ["Send the rest now", "Take back the rest"]
      : (limit_z ?? null) === null
        ? ["Accept", "Decline"]
        : ["Send now", "Take back"];
    const root = element("li");
    root.dataset.decision = String(id);
    const buttons = [true, false].map((accept) => {
      const button = element("button", accept ? "primary" : "", accept ? yes : no);
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
