// The one chart: the candles of both legs, and below them the panes of the statistics, all on one time scale.

import {
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  createChart,
  createTextWatermark,
} from "./vendor/lightweight-charts.standalone.production.mjs";
import { AlertLines } from "./alerts/alert_lines.js";
import { lastCatalogue, panesOf } from "./catalogue.js";
import { Drawn, candle } from "./drawn.js";
import { dateAndClock, decimalsSeen, fixed } from "./format.js";
import { SignalMarkers } from "./markers.js";
import { CANDLES, StatisticPanes } from "./panes.js";
import { formingAfter } from "./store.js";

/**
 * @import { Alert, Bar, Rule, SignalSettings, Statistic } from "./contract.d.ts"
 * @import { Shown } from "./alerts/alert_levels.js"
 * @import { KeyedByTime, PairStore } from "./store.js"
 * @import { Theme } from "./theme.js"
 * @import { ChartOptions, DeepPartial, IPaneApi } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { ITextWatermarkPluginApi } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { PriceFormatCustom, Time, UTCTimestamp } from "./vendor/lightweight-charts.standalone.production.mjs"
 */

const FIRST_BARS = 180;

export class PairChart {
  /**
   * @param {HTMLElement} container
   * @param {Theme} theme
   */
  constructor(container, theme) {
    this.theme = theme;
    this.fitted = false;
    this.demo = false;
    /** @type {SignalSettings | null} */
    this.thresholds = null;
    /** @type {ITextWatermarkPluginApi<Time>[]} */
    this.watermarks = [];
    this.chart = createChart(container, { autoSize: true, ...chartOptions(theme) });
    this.y = new Drawn(this.chart.addSeries(CandlestickSeries, {}, 0));
    this.x = new Drawn(this.chart.addSeries(CandlestickSeries, {}, 1));
    for (const pane of this.chart.panes()) pane.setStretchFactor(CANDLES);
    this.made = keyOf(lastCatalogue());
    this.layers = this.#layersOf(lastCatalogue());
    this.#colour();
  }

  // Makes the panes of what is drawn of a catalogue; false where they are there.
  /** @param {Statistic[]} catalogue */
  take(catalogue) {
    const key = keyOf(catalogue);
    if (this.made === key) return false;
    this.made = key;
    this.#showDemo(false);
    this.layers.alertLines.remove();
    this.layers.statistics.remove();
    this.layers = this.#layersOf(catalogue);
    this.#colour();
    this.#showDemo(this.demo);
    return true;
  }

  // What is drawn of a catalogue, and on it; `main` is the line that the cross-hair and the alerts go by.
  /** @param {Statistic[]} catalogue */
  #layersOf(catalogue) {
    const statistics = new StatisticPanes(this.chart, catalogue, 2);
    if (this.thresholds) statistics.setThresholds(this.thresholds);
    const acted = statistics.acted.map(({ drawn }) => drawn);
    const markers = new SignalMarkers(acted.map(({ series }) => series));
    const main = acted[0] ?? this.y;
    const alertLines = new AlertLines({ y: this.y, x: this.x }, (name) => statistics.of(name)?.drawn, main);
    return { statistics, markers, main, alertLines };
  }

  // [{name, lines: [statistic]}] of the panes below the candles.
  get panes() {
    return this.layers.statistics.panes;
  }

  // What is drawn of signals and alerts: the words at the arrows, the number of levels, and the bars with a mark.
  get signalMarks() {
    return this.layers.markers.drawn.map(({ text = "" }) => text);
  }

  get alertLevels() {
    return this.layers.alertLines.lines.length;
  }

  get alertMarks() {
    return this.layers.alertLines.marks;
  }

  // Entry, exit and stop; the entry makes the bands too. False where they are drawn.
  /** @param {SignalSettings} signals */
  setThresholds(signals) {
    if (JSON.stringify(this.thresholds) === JSON.stringify(signals)) return false;
    this.thresholds = signals;
    this.layers.statistics.setThresholds(signals);
    this.#colour();
    return true;
  }

  /** @param {boolean} demo */
  setDemo(demo) {
    if (this.demo === demo) return;
    this.demo = demo;
    this.#showDemo(demo);
  }

  /** @param {boolean} demo */
  #showDemo(demo) {
    for (const watermark of this.watermarks) watermark.detach();
    const lines = () => [{ text: "DEMO", color: this.theme.watermark, fontSize: 44, fontStyle: "bold" }];
    /** @type {(pane: IPaneApi<Time>) => ITextWatermarkPluginApi<Time>} */
    const mark = (pane) => createTextWatermark(pane, { horzAlign: "center", vertAlign: "center", lines: lines() });
    this.watermarks = demo ? this.chart.panes().map(mark) : [];
  }

  // Draws what changed in the store since the last call.
  /** @param {PairStore} store */
  draw(store) {
    const kept = this.#rangeToKeep(store);
    let whole = this.#drawBars(this.y, store.barsY, formingAfter(store.formingY, store.barsY));
    whole = this.#drawBars(this.x, store.barsX, formingAfter(store.formingX, store.barsX)) || whole;
    whole = this.#drawRows(store) || whole;
    if (store.signalsChanged) {
      store.signalsChanged = false;
      this.layers.markers.draw(store.signals, this.theme);
    }
    if (!whole) return;
    if (!this.fitted && store.barsY.last !== null) this.showNewest();
    else if (kept) this.chart.timeScale().setVisibleRange(kept);
  }

  // After the lines themselves: a mark wants a point to stand on.
  /**
   * @param {Rule[]} rules
   * @param {Alert[]} history
   * @param {Shown} shown
   */
  drawAlerts(rules, history, shown) {
    this.layers.alertLines.draw(rules, history, shown, this.theme);
  }

  showNewest() {
    this.fitted = true;
    // The axis has a place for each time of any series. Where both legs have seconds without a trade, each of them has
    // fewer bars, and by the count of one the newest would lie beyond the right edge, where the chart does not follow
    // the market.
    const count = this.times().length;
    const width = this.chart.timeScale().width();
    // Candles thinner than four pixels cannot be told apart.
    const bars = Math.max(40, Math.min(FIRST_BARS, Math.floor(width / 5)));
    this.chart.timeScale().setVisibleLogicalRange({ from: count - bars, to: count + 4 });
  }

  // Every time that has a place on the axis, ascending.
  times() {
    return [...new Set([...this.y.times, ...this.x.times, ...this.layers.main.times])].sort((a, b) => a - b);
  }

  // Put the cross-hair on a time, the `place`-th of `count`, and bring it into sight.
  /**
   * @param {UTCTimestamp} time
   * @param {number} place
   * @param {number} count
   */
  pointAt(time, place, count) {
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (range && (place < range.from || place > range.to)) {
      const width = range.to - range.from;
      const to = place < range.from ? place + width * 0.9 : Math.min(count + 4, place + width * 0.1);
      scale.setVisibleLogicalRange({ from: to - width, to });
    }
    this.pointTo(time);
  }

  /** @param {UTCTimestamp} time */
  pointTo(time) {
    this.chart.setCrosshairPosition(0, time, this.layers.main.series);
  }

  // Where somebody looks at the past, a redraw must not move it; at the right edge it follows the market.
  /** @param {PairStore} store */
  #rangeToKeep(store) {
    const redraw = store.barsY.redraw || store.barsX.redraw || store.rows.redraw;
    if (!redraw || !this.fitted || this.chart.timeScale().scrollPosition() >= 0) return null;
    return this.chart.timeScale().getVisibleRange();
  }

  /**
   * @param {Drawn<"Candlestick">} drawn
   * @param {KeyedByTime<Bar>} bars
   * @param {Bar | null} forming
   */
  #drawBars(drawn, bars, forming) {
    const { all, changed } = bars.take();
    const points = changed.map((bar) => candle(bar, this.theme));
    if (forming) points.push(candle(forming, this.theme, true));
    if (!all && points.every((point) => drawn.put(point))) return false;
    const every = bars.ascending();
    drawn.series.applyOptions({ priceFormat: decimals(decimalsSeen(every.slice(-400).map((bar) => bar.close))) });
    const whole = every.map((bar) => candle(bar, this.theme));
    if (forming) whole.push(candle(forming, this.theme, true));
    drawn.all(whole);
    return true;
  }

  /** @param {PairStore} store */
  #drawRows(store) {
    const { all, changed } = store.rows.take();
    const { row, live } = store.current();
    const rows = live ? [...changed, row] : changed;
    if (!all && rows.every((each) => this.layers.statistics.draw(each, this.theme))) return false;
    const every = store.rows.ascending();
    if (live) every.push(row);
    this.layers.statistics.drawAll(every, this.theme);
    return true;
  }

  /** @param {(time: number | null) => void} listener */
  onHover(listener) {
    this.chart.subscribeCrosshairMove((event) =>
      listener(event.time === undefined ? null : /** @type {UTCTimestamp} */ (event.time) * 1000),
    );
  }

  /** @param {Theme} theme */
  applyTheme(theme) {
    this.theme = theme;
    this.chart.applyOptions(chartOptions(theme));
    this.#colour();
    this.#showDemo(this.demo);
  }

  #colour() {
    const theme = this.theme;
    // Up is hollow and down is filled: colour alone tells them apart for eleven men in twelve only.
    const candles = {
      upColor: theme.background,
      downColor: theme.red,
      borderUpColor: theme.green,
      borderDownColor: theme.red,
      wickUpColor: theme.green,
      wickDownColor: theme.red,
    };
    this.y.series.applyOptions(candles);
    this.x.series.applyOptions(candles);
    this.layers.statistics.colour(theme);
  }

  destroy() {
    this.chart.remove();
  }
}

// Names what is drawn of a catalogue: with another choice of lines it is another.
/** @type {(catalogue: Statistic[]) => string} */
const keyOf = (catalogue) => JSON.stringify([catalogue, panesOf(catalogue)]);

/**
 * @param {Theme} theme
 * @returns {DeepPartial<ChartOptions>}
 */
function chartOptions(theme) {
  return {
    layout: {
      attributionLogo: true,
      background: { type: ColorType.Solid, color: theme.background },
      textColor: theme.text,
      fontFamily: theme.font,
      fontSize: 11,
      panes: { separatorColor: theme.separator, separatorHoverColor: theme.faint, enableResize: true },
    },
    grid: { vertLines: { color: theme.grid }, horzLines: { color: theme.grid } },
    crosshair: { mode: CrosshairMode.Normal },
    rightPriceScale: {
      borderColor: theme.separator,
      minimumWidth: 60,
      entireTextOnly: true,
      scaleMargins: { top: 0.16, bottom: 0.08 },
    },
    timeScale: {
      borderColor: theme.separator,
      timeVisible: true,
      secondsVisible: true,
      rightOffset: 4,
      minBarSpacing: 0.5,
    },
    localization: { timeFormatter: (/** @type {UTCTimestamp} */ time) => `${dateAndClock(time * 1000)} UTC` },
    // A finger that moves up or down scrolls the page, not the prices.
    handleScroll: { vertTouchDrag: false },
  };
}

/**
 * @param {number} count
 * @returns {PriceFormatCustom}
 */
function decimals(count) {
  return { type: "custom", formatter: (value) => fixed(value, count), minMove: 10 ** -count };
}
