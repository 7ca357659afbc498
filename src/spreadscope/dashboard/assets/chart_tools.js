// The line of buttons above the chart: ranges, measuring, a picture, paper, the layout.

import { element, setText } from "./dom.js";
import { rangesOf } from "./ranges.js";

/** @import { Timeframe } from "./contract.d.ts" */
/**
 * @typedef {object} Acts
 * @property {(length: number) => void} range
 * @property {() => void} measure
 * @property {() => void} picture
 * @property {() => void} print
 */

export class ChartTools {
  /**
   * @param {Acts} acts
   * @param {HTMLElement} layoutMenu
   */
  constructor(acts, layoutMenu) {
    this.acts = acts;
    this.root = element("div", "chart-tools");
    this.root.setAttribute("role", "toolbar");
    this.root.setAttribute("aria-label", "Chart");
    this.ranges = element("span", "ranges");
    this.older = element("span", "older");
    this.older.setAttribute("role", "status");
    this.measure = this.#button("Measure", "Measure: bars, time, change, in z (or Shift and drag)", acts.measure);
    this.root.append(
      this.ranges,
      this.measure,
      this.#button("Picture", "Copy the chart as a picture (PNG)", acts.picture),
      this.#button("Print", "Print this page, or keep it as a PDF", acts.print),
      layoutMenu,
      this.older,
    );
  }

  /** @param {Timeframe} timeframe */
  take(timeframe) {
    this.ranges.replaceChildren(
      ...rangesOf(timeframe).map(([name, length]) => {
        const words = name === "all" ? "All bars that are held" : `The last ${name}`;
        const button = this.#button(name, words, () => this.acts.range(length));
        button.dataset.range = name;
        return button;
      }),
    );
  }

  /**
   * @param {string} older what the left edge says
   * @param {boolean} measuring
   */
  draw(older, measuring) {
    setText(this.older, older);
    this.measure.setAttribute("aria-pressed", String(measuring));
  }

  /**
   * @param {string} text
   * @param {string} words
   * @param {() => void} onClick
   */
  #button(text, words, onClick) {
    const button = element("button", "", text);
    button.type = "button";
    button.title = words;
    button.addEventListener("click", onClick);
    return button;
  }
}
