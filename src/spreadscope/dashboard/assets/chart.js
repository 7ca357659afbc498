// The one chart with its five panes, all on one time scale.

import {
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  LineSeries,
  LineStyle,
  createChart,
  createTextWatermark,
} from "./vendor/lightweight-charts.standalone.production.mjs";
import { AlertLines } from "./alerts/alert_lines.js";
import { Drawn, band, candle, linePoint, number } from "./drawn.js";
import { decimalsSeen, fixed } from "./format.js";
import { SignalMarkers } from "./markers.js";
import { formingAfter } from "./store.js";
import { traded } from "./traded.js";

const HEIGHTS = [2.3, 2.3, 1.9, 2.6, 1.1];
const FIRST_BARS = 180;

export class PairChart {
  constructor(container, theme) {
    this.theme = theme;
    this.k = null;
    this.fitted = false;
    this.watermarks = [];
    this.lines = [];
    this.chart = createChart(container, { autoSize: true, ...chartOptions(theme) });
    this.#addSeries();
    this.markers = new SignalMarkers([this.z.series, this.spread.series]);
    const { y, x, spread, z, correlation } = this;
    this.alertLines = new AlertLines({ y, x, spread, z, correlation });
    this.chart.panes().forEach((pane, index) => pane.setStretchFactor(HEIGHTS[index]));
  }

  #addSeries() {
    const quiet = { priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false, lineWidth: 1 };
    const add = (kind, pane, options) => new Drawn(this.chart.addSeries(kind, options, pane));
    this.y = add(CandlestickSeries, 0, {});
    this.x = add(CandlestickSeries, 1, {});
    this.upper = add(LineSeries, 2, { ...quiet, lineStyle: LineStyle.Dashed });
    this.lower = add(LineSeries, 2, { ...quiet, lineStyle: LineStyle.Dashed });
    this.mean = add(LineSeries, 2, quiet);
    this.spread = add(LineSeries, 2, { lineWidth: 2, priceLineVisible: false, priceFormat: decimals(6) });
    this.z = add(LineSeries, 3, { lineWidth: 2, priceLineVisible: false, priceFormat: decimals(2) });
    this.correlation = add(LineSeries, 4, { lineWidth: 2, priceLineVisible: false, priceFormat: decimals(2) });
    this.z.series.applyOptions({ autoscaleInfoProvider: (original) => this.#zRange(original()) });
    this.correlation.series.applyOptions({ autoscaleInfoProvider: (original) => correlationRange(original()) });
    for (const drawn of [this.upper, this.lower, this.mean]) drawn.series.applyOptions({ priceFormat: decimals(6) });
    this.#colour();
  }

  // Entry, exit and stop as lines on the z pane; the bands of the spread use the entry.
  setThresholds(signals, hedge) {
    const wanted = JSON.stringify([signals, hedge]);
    if (this.thresholds === wanted) return false;
    this.hedge = hedge;
    this.thresholds = wanted;
    this.k = signals.entry;
    this.stop = signals.stop;
    for (const line of this.lines) this.z.series.removePriceLine(line);
    const line = (price, title, kind, style) => ({ price, title, kind, style });
    const levels = [
      line(signals.entry, "entry", "entry", LineStyle.Dashed),
      line(-signals.entry, "entry", "entry", LineStyle.Dashed),
      line(signals.exit, "exit", "exit", LineStyle.Dotted),
      line(signals.stop, "stop", "stop", LineStyle.Solid),
      line(-signals.stop, "stop", "stop", LineStyle.Solid),
    ];
    if (signals.exit !== 0) levels.push(line(-signals.exit, "exit", "exit", LineStyle.Dotted));
    this.lines = levels.map(({ price, title, kind, style }) => {
      const made = this.z.series.createPriceLine({ price, title, lineWidth: 1, lineStyle: style, axisLabelVisible: false });
      made.kind = kind;
      return made;
    });
    this.#colour();
    return true;
  }

  setDemo(demo) {
    if (this.demo === demo) return;
    this.demo = demo;
    for (const watermark of this.watermarks) watermark.detach();
    if (!demo) {
      this.watermarks = [];
      return;
    }
    const lines = () => [{ text: "DEMO", color: this.theme.watermark, fontSize: 44, fontStyle: "bold" }];
    this.watermarks = this.chart
      .panes()
      .map((pane) => createTextWatermark(pane, { horzAlign: "center", vertAlign: "center", lines: lines() }));
  }

  // Draws what changed in the store since the last call.
  draw(store) {
    const kept = this.#rangeToKeep(store);
    let whole = this.#drawBars(this.y, store.barsY, formingAfter(store.formingY, store.barsY));
    whole = this.#drawBars(this.x, store.barsX, formingAfter(store.formingX, store.barsX)) || whole;
    whole = this.#drawRows(store) || whole;
    if (store.signalsChanged) {
      store.signalsChanged = false;
      this.markers.draw(store.signals, this.theme);
    }
    if (!whole) return;
    if (!this.fitted && store.barsY.last !== null) this.showNewest();
    else if (kept) this.chart.timeScale().setVisibleRange(kept);
  }

  // After the lines themselves: a mark wants a point to stand on.
  drawAlerts(rules, history, shown) {
    this.alertLines.draw(rules, history, shown, this.theme);
  }

  showNewest() {
    this.fitted = true;
    // The axis has a place for each time of any series. Where both legs have seconds without a trade, each of them has fewer
    // bars, and by the count of one the newest would lie beyond the right edge, where the chart does not follow the market.
    const count = this.times().length;
    const width = this.chart.timeScale().width();
    // Candles thinner than four pixels cannot be told apart.
    const bars = Math.max(40, Math.min(FIRST_BARS, Math.floor(width / 5)));
    this.chart.timeScale().setVisibleLogicalRange({ from: count - bars, to: count + 4 });
  }

  // Every time that has a place on the axis, ascending.
  times() {
    return [...new Set([...this.y.times, ...this.x.times, ...this.z.times])].sort((a, b) => a - b);
  }

  // Put the cross-hair on a time, the `place`-th of `count`, and bring it into sight.
  pointAt(time, place, count) {
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (range && (place < range.from || place > range.to)) {
      const width = range.to - range.from;
      const to = place < range.from ? place + width * 0.9 : Math.min(count + 4, place + width * 0.1);
      scale.setVisibleLogicalRange({ from: to - width, to });
    }
    this.chart.setCrosshairPosition(0, time, this.z.series);
  }

  // Where somebody looks at the past, a redraw must not move it; at the right edge it follows the market.
  #rangeToKeep(store) {
    const redraw = store.barsY.redraw || store.barsX.redraw || store.rows.redraw;
    if (!redraw || !this.fitted || this.chart.timeScale().scrollPosition() >= 0) return null;
    return this.chart.timeScale().getVisibleRange();
  }

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

  #drawRows(store) {
    const { all, changed } = store.rows.take();
    const { row, live } = store.current();
    const rows = live ? [...changed, row] : changed;
    if (!all && rows.every((each) => this.#drawRow(each))) return false;
    const every = store.rows.ascending();
    if (live) every.push(row);
    for (const [drawn, value] of this.#lineValues()) drawn.all(every.map((each) => linePoint(each, value(each), this.theme)));
    return true;
  }

  #drawRow(row) {
    return this.#lineValues().every(([drawn, value]) => drawn.put(linePoint(row, value(row), this.theme)));
  }

  #lineValues() {
    const of = (row) => traded(row, this.hedge);
    const edge = (sign) => (row) => (this.k === null ? null : band(of(row), sign * this.k));
    return [
      [this.spread, (row) => number(of(row).spread)],
      [this.mean, (row) => number(of(row).mean)],
      [this.upper, edge(1)],
      [this.lower, edge(-1)],
      [this.z, (row) => number(of(row).z)],
      [this.correlation, (row) => number(row.correlation)],
    ];
  }

  #zRange(info) {
    // The thresholds stay in sight, and one outlier may not flatten them: beyond the limit the line leaves the pane.
    const least = (this.stop ?? 2.5) * 1.08;
    const most = least * 2;
    const low = Math.max(-most, Math.min(info?.priceRange?.minValue ?? 0, -least));
    const high = Math.min(most, Math.max(info?.priceRange?.maxValue ?? 0, least));
    return { priceRange: { minValue: low, maxValue: high } };
  }

  onHover(listener) {
    this.chart.subscribeCrosshairMove((event) => listener(event.time === undefined ? null : event.time * 1000));
  }

  applyTheme(theme) {
    this.theme = theme;
    this.chart.applyOptions(chartOptions(theme));
    this.#colour();
    const demo = this.demo;
    this.demo = undefined;
    this.setDemo(demo);
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
    this.spread.series.applyOptions({ color: theme.blue });
    this.mean.series.applyOptions({ color: theme.muted });
    this.upper.series.applyOptions({ color: theme.orange });
    this.lower.series.applyOptions({ color: theme.orange });
    this.z.series.applyOptions({ color: theme.violet });
    this.correlation.series.applyOptions({ color: theme.yellow });
    const colours = { entry: theme.orange, exit: theme.green, stop: theme.red };
    for (const line of this.lines) line.applyOptions({ color: colours[line.kind] });
  }

  destroy() {
    this.chart.remove();
  }
}

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
    rightPriceScale: { borderColor: theme.separator, minimumWidth: 60, entireTextOnly: true, scaleMargins: { top: 0.16, bottom: 0.08 } },
    timeScale: { borderColor: theme.separator, timeVisible: true, secondsVisible: true, rightOffset: 4, minBarSpacing: 0.5 },
    localization: { timeFormatter: (time) => `${new Date(time * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC` },
    // A finger that moves up or down scrolls the page, not the prices.
    handleScroll: { vertTouchDrag: false },
  };
}

function correlationRange(info) {
  return { priceRange: { minValue: Math.min(info?.priceRange?.minValue ?? 0, 0), maxValue: 1 } };
}

function decimals(count) {
  return { type: "custom", formatter: (value) => fixed(value, count), minMove: 10 ** -count };
}
