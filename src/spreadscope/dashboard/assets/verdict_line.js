// The verdict above the figures: the headline, its reasons, and what follows from it.

import { asButton, element, setData, setText } from "./dom.js";
import { verdictOf } from "./verdict.js";

/** @import { AnalyticsSettings, Row } from "./contract.d.ts" */

export class VerdictLine {
  constructor() {
    this.root = element("div", "verdict-line");
    this.headline = element("b");
    this.reasons = element("span", "reasons");
    this.advice = element("span", "advice");
    this.root.append(this.headline, this.reasons, this.advice);
    // Two lines of it are shown until it is pressed.
    asButton(this.root, "Show all of it, or two lines", () => this.root.classList.toggle("whole"));
  }

  // `old`: why the figures are not those of now, empty where they are.
  /**
   * @param {Row | null} row
   * @param {AnalyticsSettings | undefined} analytics
   * @param {string} old
   */
  draw(row, analytics, old) {
    const verdict = verdictOf(row, analytics);
    setData(this.root, "tone", old ? "old" : verdict.tone);
    setText(this.headline, old ? `Old: ${old}` : verdict.headline);
    setText(this.reasons, (old ? [verdict.headline, ...verdict.reasons] : verdict.reasons).join("; "));
    setText(this.advice, old ? "Do not act on it." : verdict.advice);
  }
}
