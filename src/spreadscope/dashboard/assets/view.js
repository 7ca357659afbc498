// One pair on one timeframe: the parts of the screen, and what feeds them. Messages change the store at once; the
// screen is drawn at the pace of `drawing_pace.js`, and not at all while the tab is hidden.

import { barEndedBy } from "./drawn.js";
import { nameInAddress } from "./address.js";
import { AlertsPanel } from "./alerts.js";
import { lastCatalogue, remember } from "./catalogue.js";
import { Connection } from "./connection.js";
import { offer, onWanted, tellShown } from "./shared_state.js";
import { DrawingPace } from "./drawing_pace.js";
import { ExplainBox } from "./explain_box.js";
import { Freshness } from "./freshness.js";
import { AlarmLines } from "./health.js";
import { hooks } from "./hooks.js";
import { KpiStrip } from "./kpis.js";
import { SILENT_AFTER } from "./liveness.js";
import { ShownPair } from "./shown_pair.js";
import { SignalsPanel } from "./signals.js";
import { Stage } from "./stage.js";
import { Staleness } from "./staleness.js";
import { PairStore } from "./store.js";
import { Story } from "./story.js";
import { Tape } from "./tape.js";
import { TapePanel } from "./tape_panel.js";
import { readTheme } from "./theme.js";
import { VerdictLine } from "./verdict_line.js";
import { WatchPanel } from "./watch_panel.js";
import { Workspace } from "./workspace.js";
import { KeptLayout } from "./layout/kept.js";
import { LayoutMenu } from "./layout/menu.js";

/**
 * @import { Alert, AlertsChanges, Message, PairChanges, PairView, Signal, Statistic, Status } from "./contract.d.ts"
 * @import { Timeframe, WatchChanges, WatchView } from "./contract.d.ts"
 * @import { Shown } from "./shared_state.js"
 * @import { Layout } from "./layout/model.js"
 * @import { SocketState } from "./liveness.js"
 * @import { Parent } from "./mounting.js"
 * @import { PaperMark } from "./paper_marks.js"
 * @import { Legs } from "./store.js"
 */
/**
 * @typedef {object} Given
 * @property {string} pair
 * @property {Timeframe} timeframe
 * @property {string[]} pairs
 * @property {string} socket
 * @property {string} ask
 * @property {string} base what every path of this server begins with
 * @property {PaperMark[]} paper trades of the pair
 */
/** @typedef {Shown & { legs: Legs }} InView */
/** @typedef {{ stale: (count: number) => void, show: (shown: Shown) => void }} Tell what the script is told */

const TOLD_AGAIN = 3000;

export class LiveView {
  /**
   * @param {Parent} parent
   * @param {Given} data
   * @param {string} signature
   */
  constructor(parent, data, signature) {
    this.parent = parent;
    this.signature = signature;
    this.pace = new DrawingPace(() => this.#draw());
    this.store = new PairStore();
    this.tape = new Tape();
    /** What the script has told of paper trades, and of which pair. @type {Pick<Given, "pair" | "paper">} */
    this.paper = data;
    this.fresh = new Freshness();
    this.staleness = new Staleness();
    this.choice = new ShownPair({ pair: data.pair, timeframe: data.timeframe });
    /** What is on the screen; that of `choice` once its first data are there. @type {InView} */
    this.shown = { ...this.choice.wanted, legs: legsOf(data.pair) };
    /** Whether what is on the screen is of the pair that is asked for. */
    this.arrived = false;
    this.drawnOnce = false;
    /** The topic of the watch list, while it is shown. */
    this.watchTopic = "";
    this.topic = topicOf(this.shown);
    this.theme = readTheme(themed(parent));
    this.kept = new KeptLayout((layout) => this.#layOut(layout));
    this.alarms = new AlarmLines(data.base);
    this.verdict = new VerdictLine();
    this.signals = new SignalsPanel((signal) => this.#signalStory(signal));
    this.alerts = new AlertsPanel((alert) => this.#alertStory(alert));
    this.watching = new WatchPanel();
    this.prints = new TapePanel();
    this.story = new Story(lastCatalogue);
    this.kpis = new KpiStrip(
      this.shown.legs,
      () => this.#takeLines(lastCatalogue()),
      (card, { title, lines, line }) => this.explain.toggle(card, title, lines, line),
    );
    this.layoutMenu = new LayoutMenu(this.kept, () => this.#paneTitles());
    this.stage = new Stage(this.shown, {
      theme: this.theme,
      kept: this.kept,
      store: () => this.store,
      ask: data.ask,
      menu: this.layoutMenu.root,
      onChange: () => this.#schedule(),
      onMark: (mark) => this.#markStory(mark),
      onTime: (time) => this.#timeStory(time),
    });
    this.workspace = new Workspace({
      verdict: this.verdict.root,
      figures: this.kpis.root,
      chart: this.stage.root,
      alerts: this.alerts.root,
      signals: this.signals.root,
      watch: this.watching.root,
      tape: this.prints.root,
    });
    this.root = this.workspace.root;
    this.root.prepend(this.alarms.root);
    this.root.append(this.story.root);
    this.explain = new ExplainBox(this.root);
    this.workspace.apply(this.kept.current);
    parent.append(this.root);
    this.workspace.measure();
    this.stage.apply(this.kept.current);
    this.connection = new Connection(
      data.socket,
      (message) => this.#receive(message),
      (state) => this.#socketState(state),
    );
    for (const topic of ["status", "alerts", this.topic]) this.connection.subscribe(topic);
    this.#followWatch();
    // Ages grow by themselves, and a silence must show without a message that could announce it.
    this.ticker = window.setInterval(() => this.#tick(), 500);
    this.stopWanted = onWanted((wanted) => this.#want(wanted));
    this.stopOffer = offer(this.#commands());
    this.#name();
    Object.assign(hooks, { lastBarTime: null, lastRowTime: null, engine: null });
  }

  /** @returns {{ name: string, title: string }[]} */
  #paneTitles() {
    return this.stage.paneTitles;
  }

  #commands() {
    const { stage, layoutMenu } = this;
    return [
      { id: "picture", title: "Copy the chart as a picture", run: () => void stage.picture(this.#pictureWords()) },
      { id: "measure", title: "Measure on the chart", keys: "M", run: () => stage.tool.arm(true) },
      { id: "print", title: "Print this page", run: () => window.print() },
      { id: "link", title: "Copy a link to this layout", run: () => void layoutMenu.copyLink() },
      ...this.kept.named.map(([name, layout]) => ({
        id: `layout ${name}`,
        title: `Layout: ${name}`,
        run: () => layoutMenu.use(name, layout),
      })),
    ];
  }

  // The address and the bar say what is asked for.
  #name() {
    const { pair, timeframe } = this.choice.wanted;
    nameInAddress({ pair, timeframe });
    tellShown({ pair, timeframe });
    this.root.dataset.asked = `${pair} ${timeframe}`;
  }

  /**
   * @param {Given} data
   * @param {Tell} tell
   */
  scriptRan(data, tell) {
    this.tell = tell;
    this.staleness.scriptRan(data.pairs, tell.stale);
    this.paper = data;
    const next = this.choice.scriptRan({ pair: data.pair, timeframe: data.timeframe });
    if (next) this.#follow();
    else if (this.choice.untold) this.#tellChoice();
  }

  /** @param {Partial<Shown>} wanted */
  #want(wanted) {
    if (!this.choice.want(wanted)) return;
    this.#follow();
    this.#tellChoice();
  }

  // A word to the script can be lost: it is told again until the script has it.
  #tellChoice() {
    window.clearTimeout(this.retelling);
    if (!this.choice.untold) return;
    this.tell?.show(this.choice.wanted);
    this.retelling = window.setTimeout(() => this.#tellChoice(), TOLD_AGAIN);
  }

  // Another pair or timeframe: the old picture stays, greyed, until the first data of the new one are there.
  #follow() {
    const topic = topicOf(this.choice.wanted);
    this.#name();
    if (topic === this.topic) return;
    this.connection.unsubscribe(this.topic);
    this.topic = topic;
    this.arrived = false;
    this.stage.overlay.topic(null);
    this.connection.subscribe(topic);
    this.#followWatch();
    this.#schedule();
  }

  #followWatch() {
    const wanted = this.workspace.shows("watch") ? `watch:${this.choice.wanted.timeframe}` : "";
    if (wanted === this.watchTopic) return;
    if (this.watchTopic) this.connection.unsubscribe(this.watchTopic);
    if (wanted) this.connection.subscribe(wanted);
    this.watchTopic = wanted;
  }

  /** @param {Layout} layout */
  #layOut(layout) {
    this.workspace.apply(layout);
    this.stage.apply(layout);
    this.#followWatch();
    this.stopOffer();
    this.stopOffer = offer(this.#commands());
    this.#schedule();
  }

  applyTheme() {
    const theme = readTheme(themed(this.parent));
    if (theme.signature === this.theme.signature) return;
    this.theme = theme;
    this.stage.applyTheme(theme);
    this.store.barsY.redraw = this.store.barsX.redraw = this.store.rows.redraw = true;
    this.store.signalsChanged = true;
    this.#schedule();
  }

  /** @param {Message} message */
  #receive(message) {
    this.lastMessage = performance.now();
    if (message.type === "engine") {
      hooks.engine = message.state;
      this.stage.overlay.engine(message.state, message.detail);
    } else if (message.type === "error") {
      if (message.topic === this.topic) this.stage.overlay.topic(message.message);
    } else {
      this.#apply(message);
    }
    this.pace.soon();
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
    } else if (topic === this.watchTopic) {
      if (type === "snapshot") this.watching.snapshot(/** @type {WatchView} */ (data));
      else this.watching.update(/** @type {WatchChanges} */ (data));
    } else if (topic === this.topic) {
      if (type === "snapshot") this.#begin(/** @type {PairView} */ (data));
      else this.#update(/** @type {PairChanges} */ (data));
    }
  }

  /** @param {PairView} data */
  #begin(data) {
    const { pair, timeframe } = this.choice.wanted;
    const another = !this.arrived && this.drawnOnce && topicOf(this.shown) !== this.topic;
    if (another) {
      this.store = new PairStore();
      this.tape = new Tape();
      this.shown = { pair, timeframe, legs: legsOf(pair) };
      this.kpis.name(this.shown.legs);
      this.stage.begin(this.shown);
      this.story.close();
      this.staleness.forget("signals");
    }
    this.store.snapshot(data);
    this.#take(data.statistics);
    this.stage.chart.setThresholds(data.signal_settings);
    this.stage.isLog = data.analytics.space !== "level";
    this.stage.overlay.topic(null);
    this.stage.snapshot();
    this.arrived = this.drawnOnce = true;
    this.#heard();
  }

  /** @param {PairChanges} data */
  #update(data) {
    if (!this.arrived) return; // of a snapshot that has not come
    const now = this.fresh.marketNow;
    for (const bar of data.bars_y || []) this.tape.take("y", bar, now);
    for (const bar of data.bars_x || []) this.tape.take("x", bar, now);
    this.store.update(data);
    this.tape.take("y", this.store.formingY, now);
    this.tape.take("x", this.store.formingX, now);
    this.#heard();
  }

  #heard() {
    const { legs } = this.shown;
    for (const symbol of this.store.traded()) this.fresh.heard(symbol === "y" ? legs.y : legs.x);
    const signal = this.store.signals.at(-1);
    this.staleness.news("signals", signal ? `${signal.time} ${signal.action}` : "none");
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
    if (!this.stage.take(catalogue)) return;
    this.store.rows.redraw = true;
    this.store.signalsChanged = true;
    this.#schedule();
  }

  /** @param {Status} status */
  #applyStatus(status) {
    this.fresh.take(status);
    this.stage.chart.setDemo(status.demo);
    // An engine that is still starting has not come to its pairs yet.
    if (!status.starting) this.staleness.followed(status.pairs);
  }

  /** @param {SocketState} state */
  #socketState(state) {
    hooks.socket = state;
    this.stage.overlay.socket(state);
    this.#schedule();
  }

  #tick() {
    this.applyTheme();
    const silent = performance.now() - (this.lastMessage ?? performance.now());
    this.stage.overlay.silence(silent > SILENT_AFTER ? silent : null);
    this.#schedule();
  }

  #schedule() {
    this.pace.now();
  }

  #draw() {
    const { row, live } = this.store.current();
    const { fresh, stage, shown } = this;
    const { status } = fresh;
    const { overlay } = stage;
    // A pair lives by both of its legs.
    const faults = status?.starting ? [] : Object.values(shown.legs).map((symbol) => fresh.fault([symbol]));
    const silent = faults.filter((fault) => fault !== null);
    overlay.feed(silent.length ? Math.max(...silent) : null, Boolean(status?.demo));
    overlay.draw(this.arrived, this.store.rows.last ?? this.store.barsY.last, status?.starting);
    const waits = this.drawnOnce && !this.arrived;
    this.root.classList.toggle("lost", overlay.lost);
    this.root.classList.toggle("waiting", waits);
    this.alarms.draw(overlay.engineLost ? [] : (status?.alarms.filter(({ level }) => level === "error") ?? []));
    if (this.arrived) {
      this.root.dataset.pair = shown.pair;
      this.root.dataset.timeframe = shown.timeframe;
      Object.assign(hooks, { pair: shown.pair, timeframe: shown.timeframe });
      const { rules, history } = this.alerts.book;
      stage.draw(this.store, rules, history, this.paper.pair === shown.pair ? this.paper.paper : []);
    }
    const lost = overlay.lost || waits;
    const { verdict, kpis, workspace } = this;
    kpis.draw({ row, live, closed: this.store.rows.newest(), store: this.store, fresh, lost });
    const trouble = overlay.words(true, status?.starting);
    verdict.draw(
      row,
      this.store.analytics,
      waits ? "the next pair is on its way" : (trouble?.title.toLowerCase() ?? ""),
    );
    this.alerts.draw();
    this.signals.draw(this.store.signals);
    if (workspace.shows("watch")) this.watching.draw(this.choice.wanted.pair, this.store.levels);
    if (workspace.shows("tape")) this.prints.draw(this.tape, shown.legs, stage.legends.decimals);
    this.#note();
  }

  #note() {
    const { chart } = this.stage;
    hooks.frames += 1;
    hooks.lastBarTime = this.store.barsY.last;
    hooks.lastRowTime = this.store.rows.last;
    hooks.points = this.store.rows.items.size;
    hooks.visible = chart.chart.timeScale().getVisibleRange();
    hooks.signals = this.store.signals.length;
    hooks.signalMarks = chart.signalMarks;
    hooks.alertLevels = chart.alertLevels;
    hooks.alertMarks = chart.alertMarks;
    hooks.closeY = this.store.formingY?.close ?? null;
    hooks.tradesY = this.store.formingY ? [this.store.formingY.open_time, this.store.formingY.trades] : null;
    hooks.drawnAt = performance.timeOrigin + performance.now();
  }

  /** @param {string} mark */
  #markStory(mark) {
    const [kind, time] = mark.split(" ");
    if (kind === "signal") {
      const signal = this.store.signals.find((each) => `signal ${each.time} ${each.action}` === mark);
      if (signal) this.#signalStory(signal);
    } else this.#timeStory(Number(time) * 1000);
  }

  // What happened on the bar of a time (ms).
  /** @param {number} time */
  #timeStory(time) {
    const signal = this.store.signals.find((each) => each.time === time);
    if (signal) {
      this.#signalStory(signal);
      return;
    }
    const { pair, timeframe } = this.shown;
    const alert = this.alerts.book.history.find(
      (each) =>
        each.subject === pair && each.timeframe === timeframe && barEndedBy(each.time, timeframe) * 1000 === time,
    );
    if (alert) this.#alertStory(alert);
  }

  /** @param {Signal} signal */
  #signalStory(signal) {
    this.story.ofSignal(signal, this.store.rows.get(signal.time) ?? null);
  }

  /** @param {Alert} alert */
  #alertStory(alert) {
    const time = barEndedBy(alert.time, alert.timeframe) * 1000;
    const ours = alert.subject === this.shown.pair && alert.timeframe === this.shown.timeframe;
    this.story.ofAlert(alert, time, ours ? (this.store.rows.get(time) ?? null) : null);
  }

  #pictureWords() {
    return this.verdict.headline.textContent ?? "";
  }

  destroy() {
    this.connection.close();
    this.stopWanted();
    this.stopOffer();
    window.clearInterval(this.ticker);
    window.clearTimeout(this.retelling);
    this.pace.end();
    this.staleness.destroy();
    this.layoutMenu.menu.close();
    this.explain.close();
    this.stage.destroy();
    this.workspace.destroy();
  }
}

/** @type {(shown: Shown) => string} */
const topicOf = ({ pair, timeframe }) => `pair:${pair}:${timeframe}`;

/**
 * @param {string} pair
 * @returns {Legs}
 */
function legsOf(pair) {
  const [y = "", x = ""] = pair.split("/");
  return { y, x };
}

// Streamlit's colours are properties of what holds the component.
/** @type {(parent: Parent) => Element} */
const themed = (parent) => (parent instanceof ShadowRoot ? parent.host : parent);
