// What the engine sent of one pair, keyed by time: an entry that comes again replaces the old one.

const LONGEST = 6000;
const TRIMMED = 4000;

export class KeyedByTime {
  constructor(key) {
    this.key = key;
    this.items = new Map();
    this.last = null;
    this.dirty = new Set();
    this.redraw = false;
  }

  // Replaces everything.
  reset(items) {
    this.items = new Map(items.map((item) => [item[this.key], item]));
    this.last = items.length ? items[items.length - 1][this.key] : null;
    this.dirty.clear();
    this.redraw = true;
  }

  merge(items) {
    for (const item of items) {
      const time = item[this.key];
      // The Map keeps its order of insertion, which a new entry in the past would break.
      if (this.last !== null && time < this.last && !this.items.has(time)) this.redraw = true;
      this.items.set(time, item);
      if (this.last === null || time > this.last) this.last = time;
      this.dirty.add(time);
    }
    if (this.items.size > LONGEST) this.#trim();
  }

  get(time) {
    return this.items.get(time);
  }

  newest() {
    return this.last === null ? null : this.items.get(this.last);
  }

  ascending() {
    return [...this.items.values()].sort((a, b) => a[this.key] - b[this.key]);
  }

  // The changes since the last call: {all} when everything must be drawn anew, else {changed}, ascending.
  take() {
    const all = this.redraw;
    const changed = all ? [] : [...this.dirty].sort((a, b) => a - b).map((time) => this.items.get(time));
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
    this.barsY = new KeyedByTime("open_time");
    this.barsX = new KeyedByTime("open_time");
    this.rows = new KeyedByTime("time");
    this.signals = [];
    this.signalsChanged = false;
    this.formingY = null;
    this.formingX = null;
    this.live = null;
  }

  snapshot(data) {
    this.barsY.reset(data.bars_y);
    this.barsX.reset(data.bars_x);
    this.rows.reset(data.rows);
    this.signals = [...data.signals].sort((a, b) => a.time - b.time);
    this.signalsChanged = true;
    this.formingY = data.forming_y ?? null;
    this.formingX = data.forming_x ?? null;
    this.live = data.live ?? null;
  }

  update(data) {
    if (data.bars_y) this.barsY.merge(data.bars_y);
    if (data.bars_x) this.barsX.merge(data.bars_x);
    if (data.rows) this.rows.merge(data.rows);
    if (data.signals) {
      for (const signal of data.signals) this.#addSignal(signal);
      this.signalsChanged = true;
    }
    if ("forming_y" in data) this.formingY = data.forming_y;
    if ("forming_x" in data) this.formingX = data.forming_x;
    if ("live" in data) this.live = data.live;
  }

  // The legs ("y", "x") whose open bar has had a trade since this was last asked.
  traded() {
    const seen = { y: traces(this.formingY), x: traces(this.formingX) };
    const legs = Object.keys(seen).filter(
      (leg) => seen[leg] !== null && this.seen !== undefined && seen[leg] !== this.seen[leg],
    );
    this.seen = seen;
    return legs;
  }

  // The row to show as the present one: the moving one, unless it is older than the last that closed.
  current() {
    const closed = this.rows.newest();
    if (this.live && (!closed || this.live.time > closed.time)) return { row: this.live, live: true };
    return { row: closed, live: false };
  }

  #addSignal(signal) {
    const index = this.signals.findIndex((known) => known.time === signal.time && known.action === signal.action);
    if (index >= 0) this.signals[index] = signal;
    else this.signals.push(signal);
    this.signals.sort((a, b) => a.time - b.time);
  }
}

const traces = (bar) => (bar ? `${bar.open_time} ${bar.trades}` : null);

// The open bar may be drawn only after the last closed one.
export function formingAfter(bar, bars) {
  return bar && (bars.last === null || bar.open_time > bars.last) ? bar : null;
}
