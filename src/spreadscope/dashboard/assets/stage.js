// The chart with what lies on it and above it: legends, words, tools, measuring, and the way into the past.

import { PairChart } from "./chart.js";
import { ChartKeys } from "./chart_keys.js";
import { ChartTools } from "./chart_tools.js";
import { element } from "./dom.js";
import { Legends } from "./legend.js";
import { arranged, withFolded, withHeights, withMoved } from "./layout/model.js";
import { MeasureTool } from "./measure_tool.js";
import { OlderBars } from "./older.js";
import { Overlay } from "./overlay.js";
import { framed, handOver } from "./picture.js";

/**
 * @import { Alert, Rule, Statistic } from "./contract.d.ts"
 * @import { Shown } from "./alerts/alert_levels.js"
 * @import { KeptLayout } from "./layout/kept.js"
 * @import { Layout } from "./layout/model.js"
 * @import { PairStore } from "./store.js"
 * @import { PaperMark } from "./paper_marks.js"
 * @import { Theme } from "./theme.js"
 */
/**
 * @typedef {object} Given
 * @property {Theme} theme
 * @property {KeptLayout} kept
 * @property {() => PairStore} store
 * @property {string} ask where older bars are asked for
 * @property {HTMLElement} menu
 * @property {() => void} onChange something is to be drawn
 * @property {(mark: string) => void} onMark a mark was clicked
 * @property {(time: number) => void} onTime the story of a bar (ms) is asked for
 */

// So near to its left end (bars) the chart asks for older ones.
const NEAR = 30;

export class Stage {
  /**
   * @param {Shown} shown
   * @param {Given} given
   */
  constructor(shown, given) {
    this.given = given;
    this.shown = shown;
    this.isLog = true;
    /** @type {number | null} */
    this.hovered = null;
    /** How far back somebody asked to see (ms), until it is there. @type {number | null} */
    this.wantedLength = null;
    this.at = momentAsked();
    this.root = element("section", "chart-part");
    this.root.setAttribute("aria-label", "Chart");
    this.stage = element("div", "stage");
    this.canvas = element("div", "chart");
    this.overlay = new Overlay();
    this.tools = new ChartTools(
      {
        range: (length) => this.#range(length),
        measure: () => {
          this.tool.arm();
          given.onChange();
        },
        picture: () => void this.picture(""),
        print: () => window.print(),
      },
      given.menu,
    );
    this.stage.append(this.canvas, this.overlay.root);
    this.root.append(this.tools.root, this.stage);
    this.older = new OlderBars(given.ask, given.onChange);
    this.chart = new PairChart(this.canvas, given.theme);
    this.legends = new Legends(this.stage, this.chart, shown.legs, shown.timeframe, (name, what) =>
      this.#pane(name, what),
    );
    this.chart.onArranged = () => window.requestAnimationFrame(() => this.legends.place());
    this.tool = new MeasureTool(this.stage, this.chart, given.store, () => this.isLog);
    this.tools.take(shown.timeframe);
    const letGo = () => {
      this.hovered = null; // the library tells of no move where no mouse is over the chart
      given.onChange();
    };
    this.keys = new ChartKeys(this.stage, this.chart, {
      words: () => this.legends.words(),
      onLetGo: letGo,
      onStory: (time) => given.onTime(time * 1000),
      measure: this.tool,
    });
    this.chart.onHover((time) => {
      this.hovered = time;
      given.onChange();
    });
    this.chart.onMark(given.onMark);
    this.chart.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => this.#moved(range?.from ?? Infinity));
    this.observer = new ResizeObserver(() => {
      this.chart.resized();
      this.legends.place();
    });
    this.observer.observe(this.canvas);
    // A line between panes was dragged.
    /** @type {Map<string, number> | undefined} */
    this.heights = undefined;
    this.stage.addEventListener("pointerdown", () => {
      this.heights = this.chart.heights;
    });
    this.onUp = () => this.#dragged();
    window.addEventListener("pointerup", this.onUp);
  }

  // Another pair.
  /** @param {Shown} shown */
  begin(shown) {
    this.shown = shown;
    this.chart.begin();
    this.legends.name(shown.legs, shown.timeframe);
    this.tools.take(shown.timeframe);
    this.tool.clear();
    this.older.begin();
    this.wantedLength = null;
  }

  // All is new: what lies before it is asked for anew.
  snapshot() {
    this.older.begin();
  }

  get paneTitles() {
    return this.legends.titles;
  }

  /** @param {Layout} layout */
  apply(layout) {
    this.chart.arrange(layout);
    // The library lays its panes in the next frame.
    window.requestAnimationFrame(() => this.legends.place());
  }

  /** @param {Theme} theme */
  applyTheme(theme) {
    this.given.theme = theme;
    this.chart.applyTheme(theme);
  }

  // False where the lines of a catalogue are drawn already.
  /** @param {Statistic[]} catalogue */
  take(catalogue) {
    if (!this.chart.take(catalogue)) return false;
    this.legends.build();
    return true;
  }

  /**
   * @param {string} name
   * @param {"fold" | "up" | "down"} what
   */
  #pane(name, what) {
    const { kept } = this.given;
    const names = this.chart.paneNames;
    const folded = arranged(kept.current, names).find((each) => each.name === name)?.folded ?? false;
    if (what === "fold") kept.set(withFolded(kept.current, names, name, !folded));
    else kept.set(withMoved(kept.current, names, name, what === "up" ? -1 : 1));
  }

  #dragged() {
    const before = this.heights;
    this.heights = undefined;
    if (!before) return;
    const now = this.chart.heights;
    const changed = [...now].some(([name, height]) => Math.abs(height - (before.get(name) ?? height)) > 2);
    const whole = (/** @type {Map<string, number>} */ heights) => [...heights.values()].reduce((a, b) => a + b, 0);
    // A window that was made larger meanwhile has moved all of them.
    if (!changed || Math.abs(whole(now) - whole(before)) > 4) return;
    const { kept } = this.given;
    kept.set(withHeights(kept.current, this.chart.paneNames, now));
  }

  /** @param {number} from */
  #moved(from) {
    if (from < NEAR) void this.#loadOlder();
  }

  async #loadOlder() {
    const store = this.given.store();
    const came = await this.older.load(this.shown, store);
    if (!came || this.given.store() !== store) return;
    this.given.onChange();
  }

  // What was asked for and is not there yet: once what came is drawn.
  #reach() {
    const store = this.given.store();
    const last = store.rows.last ?? store.barsY.last;
    const { coveredFrom } = store;
    if (last === null || coveredFrom === null || this.older.state === "loading") return;
    const goesOn = this.older.state === "idle";
    if (this.wantedLength !== null && Number.isFinite(this.wantedLength)) {
      this.chart.showLast(this.wantedLength);
      if (!goesOn || coveredFrom <= last - this.wantedLength) this.wantedLength = null;
      else void this.#loadOlder();
    }
    if (this.at !== null) {
      if (coveredFrom <= this.at || !goesOn) {
        this.chart.showTime(this.at);
        this.given.onTime(this.at);
        this.at = null;
      } else void this.#loadOlder();
    }
  }

  /** @param {number} length */
  #range(length) {
    if (Number.isFinite(length)) {
      this.wantedLength = length;
      this.given.onChange();
    } else this.chart.showAll();
  }

  /**
   * @param {PairStore} store
   * @param {Rule[]} rules
   * @param {Alert[]} history
   * @param {PaperMark[]} paperMarks
   */
  draw(store, rules, history, paperMarks) {
    const { chart } = this;
    chart.draw(store);
    chart.drawAlerts(rules, history, this.shown);
    chart.drawPaper(paperMarks, this.shown.timeframe);
    this.#reach();
    const range = chart.chart.timeScale().getVisibleRange();
    if (range) store.keepFrom(Number(range.from) * 1000);
    this.hovered = this.keys.hold() ?? this.hovered;
    this.legends.draw(store, this.hovered);
    this.tool.place();
    const past = (chart.chart.timeScale().getVisibleLogicalRange()?.from ?? Infinity) < NEAR;
    this.tools.draw(past || this.older.state === "loading" ? this.older.words : "", this.tool.armed);
  }

  /** @param {string} words */
  async picture(words) {
    const drawn = this.chart.chart.takeScreenshot(true);
    const { pair, timeframe } = this.shown;
    const canvas = framed(drawn, this.shown, words || this.legends.newest, this.chart.demo, this.given.theme);
    await handOver(canvas, `${this.chart.demo ? "DEMO-" : ""}${pair.replace("/", "-")}-${timeframe}.png`);
  }

  destroy() {
    window.removeEventListener("pointerup", this.onUp);
    this.observer.disconnect();
    this.tool.destroy();
    this.keys.destroy();
    this.legends.destroy();
    this.chart.destroy();
  }
}

// A link may name a moment (ms); it is taken out of the address, where it would bring the reader back for ever.
function momentAsked() {
  const address = new URL(window.location.href);
  const text = address.searchParams.get("at");
  if (text === null) return null;
  address.searchParams.delete("at");
  window.history.replaceState(window.history.state, "", address.href);
  const time = Number(text);
  return Number.isSafeInteger(time) && time > 0 ? time : null;
}
