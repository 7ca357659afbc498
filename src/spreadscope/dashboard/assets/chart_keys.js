// The chart by keyboard: the cross-hair bar by bar, zoom, and back to the newest. What it stands on is said to a screen
// reader.

import { element, setText } from "./dom.js";

/**
 * @import { UTCTimestamp } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { PairChart } from "./chart.js"
 * @import { MeasureTool } from "./measure_tool.js"
 *
 * @typedef {object} Hands
 * @property {() => string} words what the legends say now
 * @property {() => void} onLetGo the newest is looked at again
 * @property {(time: UTCTimestamp) => void} onStory the story of a bar is asked for
 * @property {MeasureTool} measure
 */

const HELP =
  "Chart. Arrow keys move the cross-hair by a bar, with Shift by ten; plus and minus zoom; " +
  "Home and End go to the first and the newest bar; M measures from there; " +
  "Enter tells the story of a signal or alert; " +
  "Escape lets go.";
const ZOOM = 1.25;

export class ChartKeys {
  /**
   * @param {HTMLElement} stage
   * @param {PairChart} chart
   * @param {Hands} hands
   */
  constructor(stage, chart, { words, onLetGo, onStory, measure }) {
    this.chart = chart;
    this.onLetGo = onLetGo;
    this.onStory = onStory;
    this.words = words;
    this.measure = measure;
    /** @type {UTCTimestamp | null} */
    this.time = null;
    stage.tabIndex = 0;
    stage.setAttribute("role", "group");
    stage.setAttribute("aria-label", HELP);
    this.said = element("div", "unseen");
    this.said.setAttribute("aria-live", "polite");
    stage.append(this.said);
    stage.addEventListener("keydown", (event) => event.target === stage && this.#key(event));
    stage.addEventListener("blur", () => this.#letGo());
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = event.shiftKey ? 10 : 1;
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowLeft: () => this.#move(-step),
      ArrowRight: () => this.#move(step),
      Home: () => this.#move(-Infinity),
      End: () => {
        this.#letGo();
        this.chart.showNewest();
      },
      "+": () => this.#zoom(1 / ZOOM),
      "=": () => this.#zoom(1 / ZOOM),
      "-": () => this.#zoom(ZOOM),
      Escape: () => this.#letGo(),
      m: () => this.#measures(),
      M: () => this.#measures(),
      Enter: () => this.time !== null && this.onStory(this.time),
    };
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  }

  /** @param {number} step */
  #move(step) {
    const times = this.chart.times();
    if (!times.length) return;
    const { time } = this;
    const place = time === null ? times.length : times.findIndex((each) => each >= time);
    const at = Math.max(0, Math.min(times.length - 1, (place < 0 ? times.length : place) + step));
    this.time = times[at];
    this.chart.pointAt(this.time, at, times.length);
    this.measure.moveTo(this.time);
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => setText(this.said, this.words()), 150);
  }

  // Set the cross-hair again: the library keeps it at its place on the screen, where the next bar soon stands.
  // Returns the time under it (ms), or null where it is not led by the keyboard.
  hold() {
    if (this.time === null) return null;
    this.chart.pointTo(this.time);
    return this.time * 1000;
  }

  // From the bar of the cross-hair, or from the newest.
  #measures() {
    if (this.time === null) this.#move(-1);
    this.measure.begin(this.time);
  }

  /** @param {number} factor */
  #zoom(factor) {
    const scale = this.chart.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (range) scale.setVisibleLogicalRange({ from: range.to - (range.to - range.from) * factor, to: range.to });
  }

  #letGo() {
    this.time = null;
    this.measure.clear();
    window.clearTimeout(this.timer);
    setText(this.said, "");
    this.chart.chart.clearCrosshairPosition();
    this.onLetGo();
  }

  destroy() {
    window.clearTimeout(this.timer);
  }
}
