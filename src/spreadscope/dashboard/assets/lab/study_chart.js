// The lines of a study over time: panes on one time scale, whose cross-hair is one, and whose zoom is kept when other
// lines are chosen.

import {
  ColorType,
  CrosshairMode,
  LineSeries,
  LineStyle,
  createChart,
  createSeriesMarkers,
} from "../vendor/lightweight-charts.standalone.production.mjs";
import { element, setText } from "../dom.js";
import { seconds } from "../drawn.js";
import { dateAndClock, figureOf, written } from "../format.js";
import { colourOf } from "../theme.js";
import { MODEL_COLOURS, panesOf, placeOf, pointsOf, reasonAt } from "./study_lines.js";

/**
 * @import { HedgeName, Study, StudySet } from "../contract.d.ts"
 * @import { IChartApi, ISeriesApi, SeriesMarker } from "../vendor/lightweight-charts.standalone.production.mjs"
 * @import { UTCTimestamp } from "../vendor/lightweight-charts.standalone.production.mjs"
 * @import { Theme } from "../theme.js"
 * @import { Line, Pane } from "./study_lines.js"
 */

const KEYS =
  "Lines of the study. Arrow keys move the cross-hair by a row, with Shift by twenty; plus and minus zoom; Escape" +
  " lets go.";
const ZOOM = 1.4;

export class StudyChart {
  /**
   * @param {HTMLElement} root
   * @param {Study} study
   * @param {Theme} theme
   */
  constructor(root, study, theme) {
    this.study = study;
    this.theme = theme;
    this.set = 0;
    /** @type {Set<HedgeName>} */
    this.models = new Set(this.#current.paths.filter(({ traded }) => traded).map(({ model }) => model));
    /** @type {{ line: Line, series: ISeriesApi<"Line"> }[]} */
    this.drawn = [];
    /** @type {Pane[]} */
    this.panes = [];
    /** @type {number | null} */
    this.place = null;
    this.controls = element("div", "choices");
    this.stage = element("div", "stage");
    this.legends = element("div", "legends");
    this.said = element("div", "unseen");
    this.said.setAttribute("aria-live", "polite");
    const holder = element("div", "chart");
    this.stage.append(holder, this.legends, this.said);
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "group");
    this.stage.setAttribute("aria-label", KEYS);
    root.append(this.controls, this.stage);
    this.chart = createChart(holder, { autoSize: true, ...optionsOf(theme, study.timeframe === "1s") });
    this.#makeControls();
    this.#draw();
    this.chart.timeScale().fitContent();
    this.chart.subscribeCrosshairMove(({ time }) => {
      this.place = time === undefined ? null : placeOf(study.times, Number(time));
      this.#drawLegends();
    });
    this.stage.addEventListener("keydown", (event) => event.target === this.stage && this.#key(event));
    this.resized = new ResizeObserver(() => this.#placeLegends());
    this.resized.observe(this.stage);
  }

  /** @returns {StudySet} */
  get #current() {
    const set = this.study.sets[this.set];
    if (set === undefined) throw new RangeError("a study has a set");
    return set;
  }

  #makeControls() {
    if (this.study.sets.length > 1) {
      const label = element("label", "", "Lines of ");
      const select = element("select");
      this.study.sets.forEach((_, index) => {
        const option = element("option", "", `set ${"AB"[index]}`);
        option.value = String(index);
        select.append(option);
      });
      select.addEventListener("change", () => {
        this.set = Number(select.value);
        this.#draw();
      });
      label.append(select);
      this.controls.append(label);
    }
    for (const { model, label: name, traded } of this.#current.paths) {
      const label = element("label", "model");
      const box = element("input");
      box.type = "checkbox";
      box.name = model;
      box.checked = this.models.has(model);
      const mark = element("i");
      mark.dataset.colour = MODEL_COLOURS[model];
      label.append(box, mark, name);
      if (traded) label.title = "Signals act on this one.";
      box.addEventListener("change", () => {
        if (box.checked) this.models.add(model);
        else this.models.delete(model);
        this.#draw();
      });
      this.controls.append(label);
    }
  }

  // Draws the chosen lines; what is in sight stays in sight.
  #draw() {
    const range = this.chart.timeScale().getVisibleLogicalRange();
    for (const { series } of this.drawn) this.chart.removeSeries(series);
    this.drawn = [];
    this.panes = panesOf(this.study, this.#current, this.models).filter(({ lines }) => lines.length);
    this.panes.forEach((pane, index) => {
      for (const line of pane.lines) this.#addLine(line, index);
      if (pane.name === "z") this.#addThresholds();
    });
    this.chart.panes().forEach((pane, index) => pane.setStretchFactor(this.panes[index]?.height ?? 1));
    if (range) this.chart.timeScale().setVisibleLogicalRange(range);
    this.legends.replaceChildren(
      ...this.panes.map(({ name }) => {
        const legend = element("div", "legend");
        legend.dataset.pane = name;
        return legend;
      }),
    );
    this.#drawLegends();
    window.requestAnimationFrame(() => this.#placeLegends());
  }

  /**
   * @param {Line} line
   * @param {number} pane
   */
  #addLine(line, pane) {
    const write =
      line.format === "p" ? written("p") : (/** @type {number} */ value) => figureOf(value, line.decimals ?? 4);
    const options = {
      color: colourOf(this.theme, line.colour),
      lineStyle: line.dashed ? LineStyle.Dashed : LineStyle.Solid,
      lineWidth: /** @type {1} */ (1),
      priceLineVisible: false,
      lastValueVisible: false,
      priceFormat: { type: /** @type {"custom"} */ ("custom"), formatter: write, minMove: 1e-6 },
    };
    const series = this.chart.addSeries(LineSeries, options, pane);
    series.setData(pointsOf(this.study.times, line.line));
    this.drawn.push({ line, series });
  }

  // Entry, exit and stop at z, and the fills of the backtest.
  #addThresholds() {
    const { entry, exit, stop, paths, backtest } = this.#current;
    const traded = paths.find(({ traded: acts }) => acts)?.model;
    const drawn = this.drawn.filter(({ line }) => line.key.startsWith("z-"));
    const main = drawn.find(({ line }) => line.key === `z-${traded}`) ?? drawn[0];
    if (!main) return;
    for (const [price, colour, title] of /** @type {[number, string, string][]} */ ([
      [entry, "orange", "entry"],
      [exit, "green", "exit"],
      [stop, "red", "stop"],
    ])) {
      for (const each of new Set([price, -price])) {
        const color = colourOf(this.theme, colour);
        const line = { price: each, color, title, lineWidth: /** @type {1} */ (1), lineStyle: LineStyle.Dotted };
        main.series.createPriceLine({ ...line, axisLabelVisible: false });
      }
    }
    const shown = new Set(this.study.times);
    /** @type {SeriesMarker<UTCTimestamp>[]} */
    const marks = [];
    for (const trade of backtest.trades) {
      const bought = trade.side === "LONG";
      const color = colourOf(this.theme, bought ? "green" : "red");
      if (shown.has(trade.entry_time)) {
        const place = bought ? /** @type {const} */ ("belowBar") : /** @type {const} */ ("aboveBar");
        const shape = bought ? /** @type {const} */ ("arrowUp") : /** @type {const} */ ("arrowDown");
        marks.push({ time: seconds(trade.entry_time), position: place, shape, color, size: 0.7 });
      }
      if (trade.exit_time !== null && shown.has(trade.exit_time)) {
        marks.push({ time: seconds(trade.exit_time), position: "inBar", shape: "circle", color, size: 0.4 });
      }
    }
    marks.sort((a, b) => a.time - b.time);
    createSeriesMarkers(main.series, marks);
  }

  // What each line says at the cross-hair, at the newest row without one.
  #drawLegends() {
    const place = this.place ?? this.study.times.length - 1;
    const time = this.study.times[place];
    this.panes.forEach((pane, index) => {
      const legend = this.legends.children[index];
      if (!(legend instanceof HTMLElement)) return;
      const title = index === 0 && time !== undefined ? `${pane.title} · ${dateAndClock(time)} UTC` : pane.title;
      const parts = [element("b", "", title)];
      for (const { label, format, colour, line } of pane.lines) {
        const value = line.values[place] ?? null;
        const text = value === null ? reasonAt(line, place) : written(format)(value);
        const part = element("span", value === null ? "missing" : "", `${label} ${text}`);
        part.dataset.colour = colour;
        parts.push(part);
      }
      legend.replaceChildren(...parts);
    });
  }

  #placeLegends() {
    let top = 0;
    this.chart.panes().forEach((pane, index) => {
      const legend = this.legends.children[index];
      if (legend instanceof HTMLElement) legend.style.top = `${top + 3}px`;
      top += pane.getHeight() + 1;
    });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 20 : 1;
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowLeft: () => this.#move(-step),
      ArrowRight: () => this.#move(step),
      "+": () => this.#zoom(1 / ZOOM),
      "=": () => this.#zoom(1 / ZOOM),
      "-": () => this.#zoom(ZOOM),
      Escape: () => {
        this.place = null;
        this.chart.clearCrosshairPosition();
        this.#drawLegends();
      },
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  /** @param {number} step */
  #move(step) {
    const last = this.study.times.length - 1;
    const place = Math.min(last, Math.max(0, (this.place ?? last + (step < 0 ? 1 : 0)) + step));
    this.place = place;
    const first = this.drawn[0];
    const time = this.study.times[place];
    if (!first || time === undefined) return;
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (range && (place < range.from || place > range.to)) {
      const half = (range.to - range.from) / 2;
      scale.setVisibleLogicalRange({ from: place - half, to: place + half });
    }
    this.chart.setCrosshairPosition(0, seconds(time), first.series);
    this.#drawLegends();
    setText(this.said, [...this.legends.children].map((legend) => legend.textContent).join("; "));
  }

  /** @param {number} factor */
  #zoom(factor) {
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (!range) return;
    const middle = (range.from + range.to) / 2;
    const half = ((range.to - range.from) / 2) * factor;
    scale.setVisibleLogicalRange({ from: middle - half, to: middle + half });
  }

  /** @param {Theme} theme */
  applyTheme(theme) {
    if (theme.signature === this.theme.signature) return;
    this.theme = theme;
    this.chart.applyOptions(optionsOf(theme, this.study.timeframe === "1s"));
    this.#draw();
  }

  destroy() {
    this.resized.disconnect();
    this.chart.remove();
  }
}

/**
 * @param {Theme} theme
 * @param {boolean} withSeconds
 * @returns {Parameters<IChartApi["applyOptions"]>[0]}
 */
function optionsOf(theme, withSeconds) {
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
    rightPriceScale: { borderColor: theme.separator, minimumWidth: 64, scaleMargins: { top: 0.2, bottom: 0.08 } },
    timeScale: {
      borderColor: theme.separator,
      timeVisible: true,
      secondsVisible: withSeconds,
      rightOffset: 2,
      minBarSpacing: 0.05,
    },
    // The wheel scrolls the page, as everywhere else on it; with Ctrl it zooms.
    handleScroll: { mouseWheel: false, vertTouchDrag: false },
    handleScale: { mouseWheel: false },
  };
}
