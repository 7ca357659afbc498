// Says in words, over the chart, why nothing moves: loading, lost, silent or refused.

import { element, setData, setText } from "./dom.js";
import { clock } from "./format.js";
import { Liveness } from "./liveness.js";

export class Overlay extends Liveness {
  constructor() {
    super("The first bars are on their way.");
    this.root = element("div", "overlay");
    this.root.setAttribute("role", "status");
    this.title = element("strong");
    this.text = element("span");
    this.root.append(this.title, this.text);
  }

  /**
   * @param {boolean} hasData
   * @param {number | null} lastTime
   * @param {string} [starting]
   */
  draw(hasData, lastTime, starting) {
    const shown = this.words(hasData, starting);
    this.root.hidden = shown === null;
    setData(this.root, "state", shown?.state);
    if (shown === null) return;
    const since =
      hasData && lastTime !== null && shown.state !== "refused" ? ` The chart ends at ${clock(lastTime)} UTC.` : "";
    setText(this.title, shown.title);
    setText(this.text, shown.words + since);
    this.root.classList.toggle("solid", !hasData);
  }
}
