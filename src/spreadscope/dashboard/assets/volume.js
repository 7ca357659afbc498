// The pane of volume: what was traded of each leg, by value, so that both have one scale. Y goes up, X down.

import { HistogramSeries } from "./vendor/lightweight-charts.standalone.production.mjs";
import { Drawn, seconds } from "./drawn.js";
import { amount } from "./format.js";

/**
 * @import { Bar } from "./contract.d.ts"
 * @import { Theme } from "./theme.js"
 * @import { IChartApi } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { Column } from "./drawn.js"
 */

export class VolumePane {
  /**
   * @param {IChartApi} chart
   * @param {number} pane
   */
  constructor(chart, pane) {
    const add = () =>
      new Drawn(
        chart.addSeries(
          HistogramSeries,
          {
            priceLineVisible: false,
            lastValueVisible: false,
            priceFormat: { type: "custom", formatter: (/** @type {number} */ value) => amount(Math.abs(value)) },
          },
          pane,
        ),
      );
    this.y = add();
    this.x = add();
    this.y.series.priceScale().applyOptions({ scaleMargins: { top: 0.34, bottom: 0.04 } }); // below its line of words
  }

  /** @param {Theme} theme */
  colour(theme) {
    this.y.series.applyOptions({ color: theme.blue });
    this.x.series.applyOptions({ color: theme.violet });
  }
}

// What was traded in a bar, by its close: an approximation, for the mean price of a bar is not known.
/** @type {(bar: Bar) => number} */
export const valueTraded = (bar) => bar.volume * bar.close;

/**
 * @param {Bar} bar
 * @param {1 | -1} side up or down
 * @param {Theme} theme
 * @param {boolean} [forming]
 * @returns {Column}
 */
export function column(bar, side, theme, forming = false) {
  const point = { time: seconds(bar.open_time), value: side * valueTraded(bar) };
  return bar.complete || forming ? point : { ...point, color: theme.gray };
}
