// What the engine sent of one pair, keyed by time: an entry that comes again replaces the old one.

/**
 * @import { AnalyticsSettings, Bar, Executable, PairChanges, PairHistory, PairView } from "./contract.d.ts"
 * @import { Row, Signal, SignalSettings } from "./contract.d.ts"
 */
/** @typedef {{ y: string, x: string }} Legs */
/** @typedef {"y" | "x"} Leg */

// So many of each are held: of a row of every statistic some kilobytes.
export const MOST_HELD = 8000;
const LONGEST = MOST_HELD + 2000;
const TRIMMED = 4000;
/** @type {Leg[]} */
const LEGS = ["y", "x"];

/** @template Item */
export class KeyedByTime {
  /** @param {(item: Item) => number} timeOf */
  constructor(timeOf) {
    this.timeOf = timeOf;
    /** @type {Map<number, Item>} */
    this.items = new Map();
    /** @type {number | null} */
    this.last = null;
    /** @type {Set<number>} */
    this.dirty = new Set();
    this.redraw = false;
    /** What is looked at now begins here (ms): it is not let go for the sake of room. */
    this.floor = Infinity;
  }

  // Replaces everything.
  /** @param {Item[]} items */
  reset(items) {
    this.items = new Map(items.map((item) => [this.timeOf(item), item]));
    const newest = items.at(-1);
    this.last = newest === undefined ? null : this.timeOf(newest);
    this.dirty.clear();
    this.redraw = true;
  }

  /** @param {Item[]} items */
  merge(items) {
    for (const item of items) {
      const time = this.timeOf(item);
      // The Map keeps its order of insertion, which a new entry in the past would break.
      if (this.last !== null && time < this.last && !this.items.has(time)) this.redraw = true;
      this.items.set(time, item);
      if (this.last === null || time > this.last) this.last = time;
      this.dirty.add(time);
    }
    if (this.items.size > LONGEST) this.#trim();
  }

  /** @param {number} time */
  get(time) {
    return this.items.get(time);
  }

  /** @returns {Item | null} */
  newest() {
    return this.last === null ? null : (this.items.get(this.last) ?? null);
  }

  ascending() {
    return [...this.items.values()].sort((a, b) => this.timeOf(a) - this.timeOf(b));
  }

  // The changes since the last call: {all} when everything must be drawn anew, else {changed}, ascending.
  /** @returns {{ all: boolean, changed: Item[] }} */
  take() {
    const all = this.redraw;
    const changed = all ? [] : [...this.dirty].sort((a, b) => a - b).flatMap((time) => this.items.get(time) ?? []);
    this.redraw = false;
    this.dirty.clear();
    return { all, changed };
  }

  // The oldest go, but for what is looked at; and at twice the bound that goes too.
  #trim() {
    const all = this.ascending();
    const seen = all.findIndex((item) => this.timeOf(item) >= this.floor);
    const wanted = all.length - TRIMMED;
    const first = seen < 0 || all.length > 2 * LONGEST ? wanted : Math.min(wanted, seen);
    if (first > 0) this.reset(all.slice(first));
  }
}

export class PairStore {
  constructor() {
    this.barsY = new KeyedByTime((/** @type {Bar} */ bar) => bar.open_time);
    this.barsX = new KeyedByTime((/** @type {Bar} */ bar) => bar.open_time);
    this.rows = new KeyedByTime((/** @type {Row} */ row) => row.time);
    /** @type {Signal[]} */
    this.signals = [];
    this.signalsChanged = false;
    /** @type {Bar | null} */
    this.formingY = null;
    /** @type {Bar | null} */
    this.formingX = null;
    /** @type {Row | null} */
    this.live = null;
    // What holds for this pair at this timeframe; with a change of it a new snapshot comes.
    /** @type {Executable | null} */
    this.executable = null;
    /** @type {AnalyticsSettings | undefined} */
    this.analytics = undefined;
    /** @type {SignalSettings | undefined} */
    this.levels = undefined;
    /** Everything from here on is held (ms); null before there is anything. @type {number | null} */
    this.coveredFrom = null;
  }

  /** @param {PairView} data */
  snapshot(data) {
    this.barsY.reset(data.bars_y);
    this.barsX.reset(data.bars_x);
    this.rows.reset(data.rows);
    this.signals = [...data.signals].sort((a, b) => a.time - b.time);
    this.signalsChanged = true;
    this.formingY = data.forming_y;
    this.formingX = data.forming_x;
    this.live = data.live;
    this.executable = data.executable;
    this.analytics = data.analytics;
    this.levels = data.signal_settings;
    const begins = [data.bars_y[0]?.open_time, data.bars_x[0]?.open_time, data.rows[0]?.time];
    const known = begins.filter((time) => time !== undefined);
    this.coveredFrom = known.length ? Math.max(...known) : null;
  }

  // What lies before it. What is held already is newer, and stays.
  /** @param {PairHistory} data */
  older({ bars_y, bars_x, rows, signals, start, more }) {
    this.barsY.merge(bars_y.filter((bar) => !this.barsY.get(bar.open_time)));
    this.barsX.merge(bars_x.filter((bar) => !this.barsX.get(bar.open_time)));
    this.rows.merge(rows.filter((row) => !this.rows.get(row.time)));
    for (const signal of signals) this.#addSignal(signal);
    this.signals.sort((a, b) => a.time - b.time);
    this.signalsChanged = true;
    const first = [bars_y[0]?.open_time, bars_x[0]?.open_time, rows[0]?.time].filter((time) => time !== undefined);
    if (more) this.coveredFrom = start;
    else if (first.length) this.coveredFrom = Math.min(...first, this.coveredFrom ?? Infinity);
  }

  // How many there are of what there are most.
  get held() {
    return Math.max(this.barsY.items.size, this.barsX.items.size, this.rows.items.size);
  }

  /** @param {number} time what is looked at begins here (ms) */
  keepFrom(time) {
    this.barsY.floor = this.barsX.floor = this.rows.floor = time;
  }

  /** @param {PairChanges} data */
  update(data) {
    if (data.bars_y) this.barsY.merge(data.bars_y);
    if (data.bars_x) this.barsX.merge(data.bars_x);
    if (data.rows) this.rows.merge(data.rows);
    if (data.signals) {
      for (const signal of data.signals) this.#addSignal(signal);
      this.signals.sort((a, b) => a.time - b.time);
      this.signalsChanged = true;
    }
    if (data.forming_y !== undefined) this.formingY = data.forming_y;
    if (data.forming_x !== undefined) this.formingX = data.forming_x;
    if (data.live !== undefined) this.live = data.live;
    if (data.executable !== undefined) this.executable = data.executable;
  }

  // The legs ("y", "x") whose open bar has had a trade since this was last asked.
  /** @returns {Leg[]} */
  traded() {
    const seen = { y: traces(this.formingY), x: traces(this.formingX) };
    const before = this.seen;
    this.seen = seen;
    if (before === undefined) return [];
    return LEGS.filter((leg) => seen[leg] !== null && seen[leg] !== before[leg]);
  }

  // The row to show as the present one: the moving one, unless it is older than the last that closed.
  /** @returns {{ row: Row, live: true } | { row: Row | null, live: false }} */
  current() {
    const closed = this.rows.newest();
    if (this.live && (!closed || this.live.time > closed.time)) return { row: this.live, live: true };
    return { row: closed, live: false };
  }

  /** @param {Signal} signal */
  #addSignal(signal) {
    const index = this.signals.findIndex((known) => known.time === signal.time && known.action === signal.action);
    if (index >= 0) this.signals[index] = signal;
    else this.signals.push(signal);
  }
}

/** @type {(bar: Bar | null) => string | null} */
const traces = (bar) => (bar ? `${bar.open_time} ${bar.trades}` : null);

// The open bar may be drawn only after the last closed one.
/**
 * @param {Bar | null} bar
 * @param {KeyedByTime<Bar>} bars
 */
export function formingAfter(bar, bars) {
  return bar && (bars.last === null || bar.open_time > bars.last) ? bar : null;
}
