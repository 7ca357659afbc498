// The panes below the candles: the lines that a catalogue declares, with their bands and thresholds.

import { LineSeries, LineStyle } from "./vendor/lightweight-charts.standalone.production.mjs";
import { panesOf } from "./catalogue.js";
import { Drawn, linePoint } from "./drawn.js";
import { decimalsOf, figureOf, written } from "./format.js";
import { band, numberOf } from "./row_values.js";
import { colourOf } from "./theme.js";

/**
 * @import { Row, SignalSettings, Statistic } from "./contract.d.ts"
 * @import { DrawnStatistic } from "./chosen_lines.js"
 * @import { AutoscaleInfo, DeepPartial, IChartApi } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { IPriceLine, LineStyleOptions } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { SeriesOptionsCommon } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { Pane } from "./catalogue.js"
 * @import { Theme } from "./theme.js"
 */
/**
 * @typedef {Drawn<"Line">} DrawnLine
 * @typedef {[DrawnLine, (row: Row) => number | null]} Part
 * @typedef {Pick<SignalSettings, "entry" | "exit" | "stop">} Thresholds
 * @typedef {"entry" | "exit" | "stop"} Threshold
 * @typedef {DeepPartial<LineStyleOptions & SeriesOptionsCommon>} LineOptions
 */

// Of the two panes of candles, and of others by what is drawn in them.
export const CANDLES = 2;
export const VOLUME = 0.9;
const HEIGHTS = { thresholds: 2.6, bands: 1.9, plain: 1.1 };
/** @type {LineOptions} */
const QUIET = { priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false, lineWidth: 1 };

// One statistic's line: `drawn` is the series; `parts` are all that lie with it, as [Drawn, of(row)].
class StatisticLine {
  /**
   * @param {DrawnStatistic} statistic
   * @param {IChartApi} chart
   * @param {number} pane
   */
  constructor(statistic, chart, pane) {
    this.key = statistic.key;
    this.declared = statistic.line;
    /** @type {{ kind: Threshold, line: IPriceLine }[]} */
    this.levels = [];
    /** @type {number | null} */
    this.deviations = null;
    /** @type {number | null} */
    this.stop = null;
    /** @type {(options: LineOptions) => DrawnLine} */
    const add = (options) =>
      new Drawn(chart.addSeries(LineSeries, { priceFormat: axisFormat(statistic), ...options }, pane));
    const { bands } = this.declared;
    /** @type {Part[]} */
    this.parts = [];
    /** @type {DrawnLine[]} */
    this.edges = [];
    if (bands) {
      this.edges = [1, -1].map((sign) => {
        const drawn = add({ ...QUIET, lineStyle: LineStyle.Dashed });
        this.parts.push([drawn, (row) => (this.deviations === null ? null : band(row, bands, sign * this.deviations))]);
        return drawn;
      });
      this.mean = add(QUIET);
      this.parts.push([this.mean, (row) => numberOf(row, bands[0])]);
    }
    this.drawn = add({ lineWidth: 2, priceLineVisible: false });
    this.parts.push([this.drawn, (row) => numberOf(row, this.key)]);
    this.drawn.series.applyOptions({
      autoscaleInfoProvider: (/** @type {() => AutoscaleInfo | null} */ original) => this.#range(original()),
    });
  }

  /** @param {AutoscaleInfo | null} info */
  #range(info) {
    const { thresholds, low, high } = this.declared;
    if (thresholds) return thresholdRange(info, this.stop ?? 2.5);
    if (low === null && high === null) return info;
    const least = Math.min(...[low, info?.priceRange?.minValue].filter(isFiniteNumber));
    const most = Math.max(...[high, info?.priceRange?.maxValue].filter(isFiniteNumber));
    return Number.isFinite(least) && Number.isFinite(most) ? { priceRange: { minValue: least, maxValue: most } } : info;
  }

  /** @param {Thresholds} thresholds */
  setThresholds({ entry, exit, stop }) {
    this.deviations = entry;
    if (!this.declared.thresholds) return;
    this.stop = stop;
    const { series } = this.drawn;
    for (const { line } of this.levels) series.removePriceLine(line);
    /** @type {(kind: Threshold, price: number, lineStyle: LineStyle) => [Threshold, number, LineStyle][]} */
    const both = (kind, price, lineStyle) => [...new Set([price, -price])].map((each) => [kind, each, lineStyle]);
    const wanted = [
      ...both("entry", entry, LineStyle.Dashed),
      ...both("exit", exit, LineStyle.Dotted),
      ...both("stop", stop, LineStyle.Solid),
    ];
    this.levels = wanted.map(([kind, price, lineStyle]) => {
      const line = series.createPriceLine({ price, title: kind, lineWidth: 1, lineStyle, axisLabelVisible: false });
      return { kind, line };
    });
  }

  /** @param {Theme} theme */
  colour(theme) {
    this.drawn.series.applyOptions({ color: colourOf(theme, this.declared.colour) });
    this.mean?.series.applyOptions({ color: theme.muted });
    for (const edge of this.edges) edge.series.applyOptions({ color: theme.orange });
    const colours = { entry: theme.orange, exit: theme.green, stop: theme.red };
    for (const { kind, line } of this.levels) line.applyOptions({ color: colours[kind] });
  }
}

export class StatisticPanes {
  // `first`: the number of the first pane.
  /**
   * @param {IChartApi} chart
   * @param {Statistic[]} catalogue
   * @param {number} first
   */
  constructor(chart, catalogue, first) {
    this.chart = chart;
    this.panes = panesOf(catalogue);
    this.lines = this.panes.flatMap(({ lines }, index) =>
      lines.map((each) => new StatisticLine(each, chart, first + index)),
    );
  }

  // Their declared heights, by their names.
  get heights() {
    return this.panes.map((pane) => /** @type {[string, number]} */ ([pane.name, heightOf(pane)]));
  }

  // The first series of a pane.
  /** @param {string} name */
  firstOf(name) {
    const pane = this.panes.find((each) => each.name === name);
    const line = pane && this.of(pane.lines[0].key);
    if (!line) throw new RangeError(`there is no pane ${name}`);
    return line.drawn.series;
  }

  // The line of a statistic, or none.
  /** @param {string} key */
  of(key) {
    return this.lines.find((line) => line.key === key);
  }

  // Those on which signals act, the one with thresholds first.
  get acted() {
    return [
      ...this.lines.filter(({ declared }) => declared.thresholds),
      ...this.lines.filter(({ declared }) => declared.bands && !declared.thresholds),
    ];
  }

  /** @param {Thresholds} signals */
  setThresholds(signals) {
    for (const line of this.lines) line.setThresholds(signals);
  }

  // [Drawn, of(row)] of everything that is drawn of a row.
  get parts() {
    return this.lines.flatMap(({ parts }) => parts);
  }

  /**
   * @param {Row[]} rows
   * @param {Theme} theme
   */
  drawAll(rows, theme) {
    for (const [drawn, of] of this.parts) drawn.all(rows.map((row) => linePoint(row, of(row), theme)));
  }

  // False when only drawing everything anew can place the row.
  /**
   * @param {Row} row
   * @param {Theme} theme
   */
  draw(row, theme) {
    return this.parts.every(([drawn, of]) => drawn.put(linePoint(row, of(row), theme)));
  }

  /** @param {Theme} theme */
  colour(theme) {
    for (const line of this.lines) line.colour(theme);
  }

  remove() {
    for (const [drawn] of this.parts) this.chart.removeSeries(drawn.series);
  }
}

/** @type {(value: number | null | undefined) => value is number} */
const isFiniteNumber = (value) => Number.isFinite(value);

/** @param {Pane} pane */
function heightOf({ thresholds, lines }) {
  if (thresholds) return HEIGHTS.thresholds;
  return lines.some(({ line }) => line.bands) ? HEIGHTS.bands : HEIGHTS.plain;
}

// The thresholds stay in sight, and one outlier may not flatten them: beyond the limit the line leaves the pane.
/**
 * @param {AutoscaleInfo | null} info
 * @param {number} stop
 * @returns {AutoscaleInfo}
 */
function thresholdRange(info, stop) {
  const least = stop * 1.08;
  const most = least * 2;
  const low = Math.max(-most, Math.min(info?.priceRange?.minValue ?? 0, -least));
  const high = Math.min(most, Math.max(info?.priceRange?.maxValue ?? 0, least));
  return { priceRange: { minValue: low, maxValue: high } };
}

// Of a line whose range is known two digits of it are enough; and an axis says no plus.
/**
 * @param {DrawnStatistic} statistic
 * @returns {import("./vendor/lightweight-charts.standalone.production.mjs").PriceFormatCustom}
 */
function axisFormat({ format, line }) {
  const { low, high } = line;
  const known = low !== null && high !== null;
  const count = known ? Math.max(0, 2 - Math.round(Math.log10(high - low))) : decimalsOf(format);
  const plain = known || /^(fixed|signed)/.test(format);
  return {
    type: "custom",
    formatter: plain ? (value) => figureOf(value, count) : written(format),
    minMove: 10 ** -count,
  };
}
