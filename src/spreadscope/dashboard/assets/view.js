// One pair on one timeframe: the parts of the screen, and what feeds them. Messages change the store at once; the
// screen is drawn at most once a frame, and not at all while the tab is hidden.

import { nameInAddress } from "./address.js";
import { AlertsPanel } from "./alerts.js";
import { lastCatalogue, remember } from "./catalogue.js";
import { PairChart } from "./chart.js";
import { ChartKeys } from "./chart_keys.js";
import { Connection } from "./connection.js";
import { demoWords } from "./demo.js";
import { element } from "./dom.js";
import { Freshness } from "./freshness.js";
import { HealthStrip } from "./health.js";
import { HelpBox } from "./help.js";
import { hooks } from "./hooks.js";
import { KpiStrip } from "./kpis.js";
import { Legends } from "./legend.js";
import { SILENT_AFTER } from "./liveness.js";
import { Overlay } from "./overlay.js";
import { SignalsPanel } from "./signals.js";
import { Staleness } from "./staleness.js";
import { PairStore } from "./store.js";
import { readTheme } from "./theme.js";

/**
 * @import { AlertsChanges, Message, PairChanges, PairView, Statistic, Status, Timeframe } from "./contract.d.ts"
 * @import { SocketState } from "./liveness.js"
 * @import { Parent } from "./mounting.js"
 * @import { Legs } from "./store.js"
 */
/** @typedef {{ pair: string, timeframe: Timeframe, pairs: string[], socket: string }} Given */

export class LiveView {
  /**
   * @param {Parent} parent
   * @param {Given} data
   * @param {string} signature
   */
  constructor(parent, data, signature) {
    this.parent = parent;
    this.signature = signature;
    this.store = new PairStore();
    this.fresh = new Freshness();
    this.staleness = new Staleness();
    this.arrived = false;
    /** @type {number | null} */
    this.hovered = null;
    this.topic = `pair:${data.pair}:${data.timeframe}`;
    const [y = "", x = ""] = data.pair.split("/");
    /** @type {Legs} */
    this.legs = { y, x };
    this.shown = { pair: data.pair, timeframe: data.timeframe, legs: this.legs };
    nameInAddress({ pair: data.pair, timeframe: data.timeframe });
    this.theme = readTheme(themed(parent));
    this.root = element("div", "spreadscope");
    this.root.dataset.pair = data.pair;
    this.root.dataset.timeframe = data.timeframe;
    this.banner = element("div", "banner");
    this.banner.hidden = true;
    this.banner.setAttribute("role", "note");
    this.health = new HealthStrip(this.legs);
    this.kpis = new KpiStrip(this.legs, () => this.#takeLines(lastCatalogue()));
    this.alerts = new AlertsPanel();
    this.overlay = new Overlay();
    this.signals = new SignalsPanel();
    const stage = element("div", "stage");
    const canvas = element("div", "chart");
    stage.append(canvas, this.overlay.root);
    this.#lay(stage);
    // Once it has a place on the page: the library measures it.
    this.chart = new PairChart(canvas, this.theme);
    this.legends = new Legends(stage, this.chart, this.legs, data.timeframe);
    this.help = new HelpBox(this.root);
    const letGo = () => {
      this.hovered = null; // the library tells of no move where no mouse is over the chart
      this.#schedule();
    };
    this.keys = new ChartKeys(stage, this.chart, () => this.legends.words(), letGo);
    this.chart.onHover((time) => {
      this.hovered = time;
      this.#schedule();
    });
    this.connection = new Connection(
      data.socket,
      (message) => this.#receive(message),
      (state) => this.#socketState(state),
    );
    for (const topic of ["status", "alerts", this.topic]) this.connection.subscribe(topic);
    // Ages grow by themselves, and a silence must show without a message that could announce it.
    this.ticker = window.setInterval(() => this.#tick(), 500);
    const { pair, timeframe } = data;
    Object.assign(hooks, { pair, timeframe, lastBarTime: null, lastRowTime: null, engine: null });
  }

  /** @param {HTMLElement} stage */
  #lay(stage) {
    const body = element("div", "body");
    const side = element("aside", "side");
    side.append(this.alerts.root, this.signals.root);
    body.append(stage, side);
    this.root.append(this.banner, this.health.root, this.kpis.root, body);
    this.parent.append(this.root);
  }

  /**
   * @param {string[]} pairs
   * @param {(count: number) => void} notify
   */
  scriptRan(pairs, notify) {
    this.staleness.scriptRan(pairs, notify);
  }

  applyTheme() {
    const theme = readTheme(themed(this.parent));
    if (theme.signature === this.theme.signature) return;
    this.theme = theme;
    this.chart.applyTheme(theme);
    this.store.barsY.redraw = this.store.barsX.redraw = this.store.rows.redraw = true;
    this.store.signalsChanged = true;
    this.#schedule();
  }

  /** @param {Message} message */
  #receive(message) {
    this.lastMessage = performance.now();
    if (message.type === "engine") {
      hooks.engine = message.state;
      this.overlay.engine(message.state, message.detail);
    } else if (message.type === "error") {
      if (message.topic === this.topic) this.overlay.topic(message.message);
    } else {
      this.#apply(message);
    }
    this.#schedule();
  }

  // The topic says what the data are.
  /** @param {Exclude<Message, { type: "engine" | "error" }>} message */
  #apply({ topic, type, data }) {
    if (type === "snapshot") hooks.snapshots += 1;
    else hooks.updates += 1;
    if (topic === "status") this.#applyStatus(/** @type {Status} */ (data));
    else if (topic === "alerts") {
      this.alerts.apply(type, /** @type {AlertsChanges} */ (data));
      this.staleness.news("alerts", this.alerts.newest());
    } else if (topic === this.topic) {
      if (type === "snapshot") {
        const view = /** @type {PairView} */ (data);
        this.store.snapshot(view);
        this.chart.setThresholds(view.signal_settings);
        this.#take(view.statistics);
        this.overlay.topic(null);
      } else this.store.update(/** @type {PairChanges} */ (data));
      this.arrived = true;
      for (const symbol of this.store.traded()) this.fresh.heard(symbol === "y" ? this.legs.y : this.legs.x);
      const signal = this.store.signals.at(-1);
      this.staleness.news("signals", signal ? `${signal.time} ${signal.action}` : "none");
    }
  }

  // What there is to be shown of a row: it changes with the engine's configuration.
  /** @param {Statistic[]} catalogue */
  #take(catalogue) {
    remember(catalogue);
    this.kpis.take(catalogue);
    this.#takeLines(catalogue);
  }

  /** @param {Statistic[]} catalogue */
  #takeLines(catalogue) {
    if (!this.chart.take(catalogue)) return;
    this.legends.build();
    this.store.rows.redraw = true;
    this.store.signalsChanged = true;
    this.#schedule();
  }

  /** @param {Status} status */
  #applyStatus(status) {
    this.fresh.take(status);
    this.chart.setDemo(status.demo);
    this.banner.hidden = !status.demo;
    if (status.demo) this.banner.textContent = `DEMO \u00b7 ${demoWords(status)} \u00b7 ${status.source}`;
    // An engine that is still starting has not come to its pairs yet.
    if (!status.starting) this.staleness.followed(status.pairs);
  }

  /** @param {SocketState} state */
  #socketState(state) {
    hooks.socket = state;
    this.overlay.socket(state);
    this.#schedule();
  }

  #tick() {
    this.applyTheme();
    const silent = performance.now() - (this.lastMessage ?? performance.now());
    this.overlay.silence(silent > SILENT_AFTER ? silent : null);
    this.#schedule();
  }

  #schedule() {
    if (this.frame !== undefined) return;
    this.frame = window.requestAnimationFrame(() => {
      this.frame = undefined;
      this.#draw();
    });
  }

  #draw() {
    const { row, live } = this.store.current();
    const { fresh } = this;
    const { status } = fresh;
    // A pair lives by both of its legs.
    const faults = status?.starting ? [] : Object.values(this.legs).map((symbol) => fresh.fault([symbol]));
    const silent = faults.filter((fault) => fault !== null);
    this.overlay.feed(silent.length ? Math.max(...silent) : null, Boolean(status?.demo));
    this.overlay.draw(this.arrived, this.store.rows.last ?? this.store.barsY.last, status?.starting);
    this.root.classList.toggle("lost", this.overlay.lost);
    if (this.arrived) {
      this.chart.draw(this.store);
      this.hovered = this.keys.hold() ?? this.hovered;
      const { rules, history } = this.alerts.book;
      this.chart.drawAlerts(rules, history, this.shown);
      this.legends.draw(this.store, this.hovered);
    }
    this.kpis.draw({ row, live, closed: this.store.rows.newest(), store: this.store, fresh, lost: this.overlay.lost });
    this.health.draw(fresh, this.overlay.engineLost);
    this.alerts.draw();
    this.signals.draw(this.store.signals);
    hooks.frames += 1;
    hooks.lastBarTime = this.store.barsY.last;
    hooks.lastRowTime = this.store.rows.last;
    hooks.points = this.store.rows.items.size;
    hooks.visible = this.chart.chart.timeScale().getVisibleRange();
    hooks.signals = this.store.signals.length;
    hooks.signalMarks = this.chart.signalMarks;
    hooks.alertLevels = this.chart.alertLevels;
    hooks.alertMarks = this.chart.alertMarks;
  }

  destroy() {
    this.connection.close();
    window.clearInterval(this.ticker);
    if (this.frame !== undefined) window.cancelAnimationFrame(this.frame);
    this.staleness.destroy();
    this.keys.destroy();
    this.legends.destroy();
    this.chart.destroy();
    this.root.remove();
  }
}

// Streamlit's colours are properties of what holds the component.
/** @type {(parent: Parent) => Element} */
const themed = (parent) => (parent instanceof ShadowRoot ? parent.host : parent);
