// Rules of the shown pair as levels on the chart, and what has fired as marks on z.

import { LineStyle, createSeriesMarkers } from "../vendor/lightweight-charts.standalone.production.mjs";
import { alertLevels, firedBars } from "./alert_levels.js";

/**
 * @import { Alert, Rule } from "../contract.d.ts"
 * @import { Drawn } from "../drawn.js"
 * @import { Theme } from "../theme.js"
 * @import { Shown } from "./alert_levels.js"
 * @import { IPriceLine, UTCTimestamp } from "../vendor/lightweight-charts.standalone.production.mjs"
 *
 * @typedef {Drawn<"Candlestick"> | Drawn<"Line">} Anything a series of the chart, of either kind
 */

// By which a click tells the bar whose alerts were clicked.
/** @type {(time: UTCTimestamp) => string} */
const alertMark = (time) => `alert ${time}`;

export class AlertLines {
  /**
   * @param {{ y: Anything, x: Anything }} legs
   * @param {(statistic: string) => Anything | undefined} drawnOf
   * @param {Anything} main the series with the marks
   */
  constructor(legs, drawnOf, main) {
    /** @type {(of: string) => Anything | undefined} */
    this.drawnOf = (of) => (of === "y" || of === "x" ? legs[of] : drawnOf(of));
    this.main = main;
    this.markers = createSeriesMarkers(main.series, []);
    /** @type {{ series: Anything["series"], line: IPriceLine }[]} */
    this.lines = [];
    /** @type {UTCTimestamp[]} */
    this.marks = [];
    this.drawn = "";
  }

  /**
   * @param {Rule[]} rules
   * @param {Alert[]} history
   * @param {Shown} shown
   * @param {Theme} theme
   */
  draw(rules, history, shown, theme) {
    const levels = alertLevels(rules, shown, (statistic) => this.drawnOf(statistic) !== undefined);
    const first = this.main.times.values().next().value ?? Infinity;
    const marks = firedBars(history, shown, first);
    const key = JSON.stringify([levels, marks, theme.signature]);
    if (key === this.drawn) return;
    this.#clear();
    this.drawn = key;
    this.marks = marks;
    this.lines = levels.flatMap(({ of, level, title, firing }) => {
      const series = this.drawnOf(of)?.series;
      if (series === undefined) return [];
      const look = { color: firing ? theme.red : theme.blue, lineStyle: LineStyle.LargeDashed };
      const line = series.createPriceLine({ price: level, title, lineWidth: 1, axisLabelVisible: true, ...look });
      return [{ series, line }];
    });
    this.markers.setMarkers(
      marks.map((time) => ({
        id: alertMark(time),
        time,
        position: "aboveBar",
        shape: "square",
        color: theme.red,
        size: 0.8,
      })),
    );
  }

  #clear() {
    for (const { series, line } of this.lines) series.removePriceLine(line);
    this.lines = [];
  }

  // The series may live on: a leg's does.
  remove() {
    this.#clear();
    this.markers.detach();
  }
}
