// A series on the chart that knows which times it holds, since the library tells apart the newest point, a point that
// is there, and one that would have to go in between.

/**
 * @import { Bar, Row, Timeframe } from "./contract.d.ts"
 * @import { CandlestickData, ISeriesApi, LineData } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { HistogramData } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { UTCTimestamp, WhitespaceData } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { Theme } from "./theme.js"
 */
/**
 * @typedef {CandlestickData<UTCTimestamp>} Candle
 * @typedef {LineData<UTCTimestamp> | WhitespaceData<UTCTimestamp>} LinePoint
 * @typedef {HistogramData<UTCTimestamp>} Column
 * @typedef {"Candlestick" | "Histogram" | "Line"} Kinds
 */
/**
 * @template {Kinds} Kind
 * @typedef {Kind extends "Candlestick" ? Candle : Kind extends "Histogram" ? Column : LinePoint} PointOf
 */

/** @template {Kinds} Kind */
export class Drawn {
  /** @param {ISeriesApi<Kind>} series */
  constructor(series) {
    this.series = series;
    /** @type {Set<UTCTimestamp>} */
    this.times = new Set();
    this.last = -Infinity;
  }

  /** @param {PointOf<Kind>[]} points */
  all(points) {
    this.series.setData(points);
    this.times = new Set(points.map((point) => point.time));
    this.last = points.length ? points[points.length - 1].time : -Infinity;
  }

  // Draws one point; false when only drawing everything anew can place it.
  /** @param {PointOf<Kind>} point */
  put(point) {
    if (point.time >= this.last) {
      this.series.update(point);
      this.times.add(point.time);
      this.last = point.time;
      return true;
    }
    if (!this.times.has(point.time)) return false;
    this.series.update(point, true);
    return true;
  }
}

/** @type {(milliseconds: number) => UTCTimestamp} */
export const seconds = (milliseconds) => /** @type {UTCTimestamp} */ (Math.floor(milliseconds / 1000));

/** @type {Record<Timeframe, number>} */
export const LENGTHS = { "1s": 1000, "1m": 60000, "5m": 300000 };

// The time, on the chart, of the bar that ended at `end` (ms), or of the one that was under way then: bars are [start,
// end).
/**
 * @param {number} end
 * @param {Timeframe} timeframe
 */
export function barEndedBy(end, timeframe) {
  const last = end - 1;
  return seconds(last - (last % LENGTHS[timeframe]));
}

// A candle; a closed one that may still lack trades is grey, so that nobody trades on it unawares.
/**
 * @param {Bar} bar
 * @param {Theme} theme
 * @param {boolean} [forming]
 * @returns {Candle}
 */
export function candle(bar, theme, forming = false) {
  const point = { time: seconds(bar.open_time), open: bar.open, high: bar.high, low: bar.low, close: bar.close };
  if (bar.complete || forming) return point;
  return {
    ...point,
    color: bar.close >= bar.open ? theme.background : theme.gray,
    borderColor: theme.gray,
    wickColor: theme.gray,
  };
}

// A point of a line from a value with validity. Without a number there is a hole in the line, never a zero.
/**
 * @param {Row} row
 * @param {number | null} value
 * @param {Theme} theme
 * @returns {LinePoint}
 */
export function linePoint(row, value, theme) {
  const time = seconds(row.time);
  if (value === null || !Number.isFinite(value)) return { time };
  return row.stale || row.incomplete ? { time, value, color: theme.gray } : { time, value };
}
