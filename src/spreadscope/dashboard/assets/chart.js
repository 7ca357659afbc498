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
import { arranged, stretches } from "./layout/model.js";
import { SignalMarkers } from "./markers.js";
import { CANDLES, StatisticPanes, VOLUME } from "./panes.js";
import { PaperMarks } from "./paper_marks.js";
import { formingAfter } from "./store.js";
import { numberOf } from "./row_values.js";
import { VolumePane, column } from "./volume.js";

/**
 * @import { Alert, Bar, Row, Rule, SignalSettings, Statistic, Timeframe } from "./contract.d.ts"
 * @import { Shown } from "./alerts/alert_levels.js"
 * @import { Layout } from "./layout/model.js"
 * @import { Candle, Column } from "./drawn.js"
 * @import { PaperMark } from "./paper_marks.js"
 * @import { KeyedByTime, PairStore } from "./store.js"
 * @import { Theme } from "./theme.js"
 * @import { ChartOptions, DeepPartial, IPaneApi } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { ISeriesApi, ITextWatermarkPluginApi } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { SeriesType } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { PriceFormatCustom, Time, UTCTimestamp } from "./vendor/lightweight-charts.standalone.production.mjs"
 */

const FIRST_BARS = 180;
const AXIS = 28; // the height of the time axis

export class PairChart {
  /**
   * @param {HTMLElement} container
   * @param {Theme} theme
   */
  constructor(container, theme) {
    this.container = container;
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
    this.volume = new VolumePane(this.chart, 2);
    /** @type {Layout | null} */
    this.layout = null;
    this.arranging = 0;
    this.onArranged = () => {};
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
    this.layers.paperMarks.remove();
    this.layers.statistics.remove();
    // Panes are made by their number: first all are where they were declared.
    this.#inOrder(["y", "x", "volume"]);
    this.layers = this.#layersOf(catalogue);
    this.#colour();
    if (this.layout) this.arrange(this.layout);
    this.#showDemo(this.demo);
    return true;
  }

  // The names of all panes, as they are declared.
  get paneNames() {
    return ["y", "x", "volume", ...this.layers.statistics.panes.map(({ name }) => name)];
  }

  /** @param {string} name */
  paneOf(name) {
    const series = this.#seriesOf(name);
    return this.chart.panes().find((pane) => pane.getSeries().includes(series)) ?? null;
  }

  /**
   * @param {string} name
   * @returns {ISeriesApi<SeriesType>}
   */
  #seriesOf(name) {
    if (name === "y") return this.y.series;
    if (name === "x") return this.x.series;
    if (name === "volume") return this.volume.y.series;
    return this.layers.statistics.firstOf(name);
  }

  /** @param {string[]} names */
  #inOrder(names) {
    names.forEach((name, index) => {
      const pane = this.paneOf(name);
      if (pane && pane.paneIndex() !== index) pane.moveTo(index);
    });
  }

  // Panes in the order of a layout, with its heights; of a folded one the line of words is left.
  /** @param {Layout} layout */
  arrange(layout) {
    this.layout = layout;
    window.cancelAnimationFrame(this.arranging);
    // A pane can be moved once the library has laid it, which it does in the next frame.
    if (this.chart.panes().some((pane) => pane.getHTMLElement() === null)) {
      this.arranging = window.requestAnimationFrame(() => this.#again());
      return;
    }
    const panes = arranged(layout, this.paneNames);
    this.#inOrder(panes.map(({ name }) => name));
    this.#share();
    for (const { name, folded } of panes) {
      for (const series of this.paneOf(name)?.getSeries() ?? []) series.applyOptions({ visible: !folded });
    }
    this.#showDemo(this.demo);
  }

  #again() {
    if (this.layout) this.arrange(this.layout);
    this.onArranged();
  }

  #share() {
    if (!this.layout) return;
    const panes = arranged(this.layout, this.paneNames);
    const declared = this.#weights();
    const height = this.container.clientHeight - AXIS;
    const factors = stretches(
      panes.map(({ name, weight, folded }) => ({ weight: weight ?? declared.get(name) ?? 1, folded })),
      height,
    );
    panes.forEach(({ name }, index) => this.paneOf(name)?.setStretchFactor(factors[index]));
  }

  // The height of the chart has changed: folded panes keep theirs.
  resized() {
    this.#share();
  }

  #weights() {
    return new Map([["y", CANDLES], ["x", CANDLES], ["volume", VOLUME], ...this.layers.statistics.heights]);
  }

  // What the panes measure now, by their names.
  get heights() {
    return new Map(this.paneNames.map((name) => [name, this.paneOf(name)?.getHeight() ?? 0]));
  }

  // Another pair is drawn into the same chart.
  begin() {
    this.fitted = false;
  }

  // What is drawn of a catalogue, and on it; `main` is the line that the cross-hair and the alerts go by.
  /** @param {Statistic[]} catalogue */
  #layersOf(catalogue) {
    const statistics = new StatisticPanes(this.chart, catalogue, 3);
    if (this.thresholds) statistics.setThresholds(this.thresholds);
    const acted = statistics.acted.map(({ drawn }) => drawn);
    const markers = new SignalMarkers(acted.map(({ series }) => series));
    const main = acted[0] ?? this.y;
    const alertLines = new AlertLines({ y: this.y, x: this.x }, (name) => statistics.of(name)?.drawn, main);
    return { statistics, markers, main, alertLines, paperMarks: new PaperMarks(main) };
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
    /** @type {(pane: IPaneApi<Time>) => ITextWatermarkPluginApi<Time>} */
    const mark = (pane) => {
      const fontSize = Math.max(16, Math.min(44, Math.round(pane.getHeight() * 0.4)));
      const lines = [{ text: "DEMO", color: this.theme.watermark, fontSize, fontStyle: "bold" }];
      return createTextWatermark(pane, { horzAlign: "center", vertAlign: "center", lines });
    };
    this.watermarks = demo ? this.chart.panes().map(mark) : [];
  }

  // Draws what changed in the store since the last call.
  /** @param {PairStore} store */
  draw(store) {
    const kept = this.#rangeToKeep(store);
    let whole = this.#drawBars("y", store.barsY, formingAfter(store.formingY, store.barsY));
    whole = this.#drawBars("x", store.barsX, formingAfter(store.formingX, store.barsX)) || whole;
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

  /**
   * @param {PaperMark[]} marks
   * @param {Timeframe} timeframe
   */
  drawPaper(marks, timeframe) {
    this.layers.paperMarks.draw(marks, timeframe, this.theme);
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

  // The time of the bar nearest to `x` (pixels); null where the chart is empty.
  /** @param {number} x */
  timeAt(x) {
    const times = this.times();
    const logical = this.chart.timeScale().coordinateToLogical(x);
    if (logical === null || !times.length) return null;
    return times[Math.max(0, Math.min(times.length - 1, Math.round(logical)))];
  }

  // The value at `y` (pixels from the top of a pane).
  /**
   * @param {string} pane
   * @param {number} y
   */
  valueAt(pane, y) {
    return this.#seriesOf(pane).coordinateToPrice(y);
  }

  /**
   * @param {string} pane
   * @param {{ time: number, value: number }} point
   */
  placeOf(pane, { time, value }) {
    const x = this.chart.timeScale().timeToCoordinate(/** @type {UTCTimestamp} */ (time / 1000));
    const y = this.#seriesOf(pane).priceToCoordinate(value);
    return x === null || y === null ? null : { x, y };
  }

  // Of the places on the axis, from one time (ms) to another.
  /**
   * @param {number} from
   * @param {number} to
   */
  barsBetween(from, to) {
    const times = this.times();
    const index = (/** @type {number} */ time) => times.findIndex((each) => each * 1000 >= time);
    return index(to) - index(from);
  }

  /**
   * @param {string} pane
   * @param {number} value
   */
  writtenIn(pane, value) {
    return this.#seriesOf(pane).priceFormatter().format(value);
  }

  // What the line that the cross-hair goes by has in a row.
  /** @param {Row | null} row */
  mainValue(row) {
    const [acted] = this.layers.statistics.acted;
    return row && acted ? numberOf(row, acted.key) : null;
  }

  // Shows the newest so many milliseconds of what is held.
  /** @param {number} length */
  showLast(length) {
    const times = this.times();
    const last = times.at(-1);
    if (last === undefined) return;
    this.fitted = true;
    const first = times.findIndex((each) => each * 1000 > last * 1000 - length);
    this.chart.timeScale().setVisibleLogicalRange({ from: first, to: times.length + 4 });
  }

  // Brings a time (ms) into the middle of what is seen.
  /** @param {number} time */
  showTime(time) {
    const times = this.times();
    const at = times.findIndex((each) => each * 1000 >= time);
    if (at < 0) return;
    this.fitted = true;
    const half = FIRST_BARS / 2;
    this.chart.timeScale().setVisibleLogicalRange({ from: at - half, to: at + half });
  }

  // Where somebody looks at the past, a redraw must not move it; at the right edge it follows the market.
  /** @param {PairStore} store */
  #rangeToKeep(store) {
    const redraw = store.barsY.redraw || store.barsX.redraw || store.rows.redraw;
    if (!redraw || !this.fitted || this.chart.timeScale().scrollPosition() >= 0) return null;
    return this.chart.timeScale().getVisibleRange();
  }

  /**
   * @param {"y" | "x"} leg
   * @param {KeyedByTime<Bar>} bars
   * @param {Bar | null} forming
   */
  #drawBars(leg, bars, forming) {
    const [drawn, volume, side] = [this[leg], this.volume[leg], /** @type {1 | -1} */ (leg === "y" ? 1 : -1)];
    /** @type {(bar: Bar) => [Candle, Column]} */
    const points = (bar) => [candle(bar, this.theme, bar === forming), column(bar, side, this.theme, bar === forming)];
    const { all, changed } = bars.take();
    const news = forming ? [...changed, forming] : changed;
    if (
      !all &&
      news.every((bar) => {
        const [price, traded] = points(bar);
        return drawn.put(price) && volume.put(traded);
      })
    ) {
      return false;
    }
    const every = bars.ascending();
    drawn.series.applyOptions({ priceFormat: decimals(decimalsSeen(every.slice(-400).map((bar) => bar.close))) });
    if (forming) every.push(forming);
    const whole = every.map(points);
    drawn.all(whole.map(([price]) => price));
    volume.all(whole.map(([, traded]) => traded));
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

  // onMark(id): an arrow or a square was clicked.
  /** @param {(mark: string) => void} listener */
  onMark(listener) {
    this.chart.subscribeClick(({ hoveredObjectId }) => {
      if (typeof hoveredObjectId === "string") listener(hoveredObjectId);
    });
  }

  showAll() {
    this.fitted = true;
    this.chart.timeScale().fitContent();
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
    this.volume.colour(theme);
    this.layers.statistics.colour(theme);
  }

  destroy() {
    window.cancelAnimationFrame(this.arranging);
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
      minBarSpacing: 0.03,
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
