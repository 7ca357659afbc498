// Measuring on the chart: Shift and drag, or the button and a drag; by keyboard from where the cross-hair stands.
// Both ends stay on their bars while the market moves.

import { element } from "./dom.js";
import { measured } from "./measure.js";

/**
 * @import { UTCTimestamp } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { PairChart } from "./chart.js"
 * @import { Point } from "./measure.js"
 * @import { PairStore } from "./store.js"
 */

export class MeasureTool {
  // `store()` and `isLog()` are asked when something is measured.
  /**
   * @param {HTMLElement} stage
   * @param {PairChart} chart
   * @param {() => PairStore} store
   * @param {() => boolean} isLog
   */
  constructor(stage, chart, store, isLog) {
    this.stage = stage;
    this.chart = chart;
    this.store = store;
    this.isLog = isLog;
    this.armed = false;
    /** @type {{ pane: string, start: Point, end: Point } | null} */
    this.span = null;
    this.box = element("div", "measure");
    this.words = element("div", "measure-words");
    this.words.setAttribute("role", "status");
    this.box.hidden = this.words.hidden = true;
    stage.append(this.box, this.words);
    // Before the library sees it: else it would pan.
    stage.addEventListener("mousedown", (event) => this.#down(event), { capture: true });
    stage.addEventListener("touchstart", (event) => this.#touch(event), { capture: true, passive: false });
    this.move = (/** @type {PointerEvent} */ event) => this.#to(event.clientX, event.clientY);
    this.up = () => this.#end();
  }

  // The next drag measures.
  arm(armed = !this.armed) {
    this.armed = armed;
    this.stage.classList.toggle("measuring", armed);
    if (!armed) this.clear();
  }

  /** @param {MouseEvent} event */
  #down(event) {
    if (event.button !== 0 || !(event.shiftKey || this.armed)) {
      if (this.span && event.target instanceof HTMLCanvasElement) this.clear();
      return;
    }
    if (this.#begin(event.clientX, event.clientY)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /** @param {TouchEvent} event */
  #touch(event) {
    const [touch] = event.touches;
    if (!this.armed || event.touches.length !== 1) return;
    if (this.#begin(touch.clientX, touch.clientY)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  #begin(x, y) {
    const pane = this.chart.paneNames.find((name) => {
      const box = this.chart.paneOf(name)?.getHTMLElement()?.getBoundingClientRect();
      return box && y >= box.top && y < box.bottom && x < box.right;
    });
    const point = pane && this.#pointAt(pane, x, y);
    if (!pane || !point) return false;
    this.span = { pane, start: point, end: point };
    window.addEventListener("pointermove", this.move);
    window.addEventListener("pointerup", this.up, { once: true });
    window.addEventListener("pointercancel", this.up, { once: true });
    this.place();
    return true;
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  #to(x, y) {
    const end = this.span && this.#pointAt(this.span.pane, x, y);
    if (!this.span || !end) return;
    this.span = { ...this.span, end };
    this.place();
  }

  #end() {
    window.removeEventListener("pointermove", this.move);
    if (this.armed) {
      this.armed = false;
      this.stage.classList.remove("measuring");
    }
  }

  /**
   * @param {string} pane
   * @param {number} x
   * @param {number} y
   * @returns {Point | null}
   */
  #pointAt(pane, x, y) {
    const part = this.chart.paneOf(pane)?.getHTMLElement();
    if (!part) return null;
    const box = part.getBoundingClientRect();
    const time = this.chart.timeAt(x - box.left);
    const value = this.chart.valueAt(pane, y - box.top);
    return time === null || value === null ? null : { time: time * 1000, value };
  }

  // From the bar of the cross-hair on, on z; `time` null ends it.
  /** @param {UTCTimestamp | null} time */
  begin(time) {
    const point = time === null ? null : this.#ofRow(time);
    if (point === null) {
      this.clear();
      return false;
    }
    this.span = { pane: "z", start: point, end: point };
    this.place();
    return true;
  }

  /** @param {UTCTimestamp} time */
  moveTo(time) {
    const end = this.span && this.#ofRow(time);
    if (!this.span || !end) return;
    this.span = { ...this.span, end };
    this.place();
  }

  /** @param {UTCTimestamp} time */
  #ofRow(time) {
    const value = this.chart.mainValue(this.store().rows.get(time * 1000) ?? null);
    return value === null ? null : { time: time * 1000, value };
  }

  clear() {
    this.span = null;
    this.box.hidden = this.words.hidden = true;
  }

  // Where both ends are on the screen now.
  place() {
    if (!this.span) return;
    const { pane, start, end } = this.span;
    const part = this.chart.paneOf(pane)?.getHTMLElement();
    const [from, to] = [this.chart.placeOf(pane, start), this.chart.placeOf(pane, end)];
    if (!part || !from || !to) {
      this.box.hidden = this.words.hidden = true;
      return;
    }
    const home = this.stage.getBoundingClientRect();
    const box = part.getBoundingClientRect();
    const [left, top] = [box.left - home.left, box.top - home.top];
    this.box.hidden = this.words.hidden = false;
    this.box.dataset.rising = String(end.value >= start.value);
    Object.assign(this.box.style, {
      left: `${left + Math.min(from.x, to.x)}px`,
      top: `${top + Math.min(from.y, to.y)}px`,
      width: `${Math.abs(to.x - from.x)}px`,
      height: `${Math.abs(to.y - from.y)}px`,
    });
    const store = this.store();
    const row = store.rows.get(end.time) ?? store.current().row;
    const words = measured({
      ...this.span,
      bars: this.chart.barsBetween(start.time, end.time),
      row,
      isLog: this.isLog(),
      write: (value) => this.chart.writtenIn(pane, value),
    });
    this.words.textContent = words.join(" \u00b7 ");
    const width = this.words.offsetWidth;
    this.words.style.left = `${Math.max(4, Math.min(left + to.x + 10, home.width - width - 70))}px`;
    this.words.style.top = `${Math.max(2, top + Math.min(from.y, to.y) - 26)}px`;
  }

  destroy() {
    this.#end();
  }
}
