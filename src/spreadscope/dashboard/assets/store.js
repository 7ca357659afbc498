// What the engine sent of one pair, keyed by time: an entry that comes again replaces the old one.

/**
 * @import { AnalyticsSettings, Bar, PairChanges, PairView, Row, Signal, SignalSettings } from "./contract.d.ts"
 */
/** @typedef {{ y: string, x: string }} Legs */
/** @typedef {"y" | "x"} Leg */

const LONGEST = 6000;
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

  #trim() {
    const kept = this.ascending().slice(-TRIMMED);
    this.reset(kept);
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
    /** @type {AnalyticsSettings | null} */
    this.analytics = null;
    /** @type {SignalSettings | null} */
    this.levels = null;
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
    this.analytics = data.analytics;
    this.levels = data.signal_settings;
  }

  /** @param {PairChanges} data */
  update(data) {
    if (data.bars_y) this.barsY.merge(data.bars_y);
    if (data.bars_x) this.barsX.merge(data.bars_x);
    if (data.rows) this.rows.merge(data.rows);
    if (data.signals) {
      for (const signal of data.signals) this.#addSignal(signal);
      this.signalsChanged = true;
    }
    if (data.forming_y !== undefined) this.formingY = data.forming_y;
    if (data.forming_x !== undefined) this.formingX = data.forming_x;
    if (data.live !== undefined) this.live = data.live;
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
    this.signals.sort((a, b) => a.time - b.time);
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
