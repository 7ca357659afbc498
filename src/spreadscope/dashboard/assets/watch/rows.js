// The watched pairs as the engine tells them: a state, then the cells of it that change.

import { valueOf } from "../row_values.js";

/** @import { Row, Value, WatchChanges, WatchView, WatchedPair } from "../contract.d.ts" */
/** @typedef {WatchedPair["trail"]} Trail */
/** @typedef {{ words: string, result: number }} PaperPosition */

// What the engine keeps of each pair.
const TRAIL = 60;

export class Watched {
  /** @param {WatchedPair} told */
  constructor(told) {
    this.pair = told.pair;
    /** @type {Row | null} */
    this.row = null;
    /** @type {Trail} */
    this.trail = [];
    /** @type {Value} */
    this.breakEven = [null, null];
    this.entry = 0;
    this.stop = 0;
    /** @type {PaperPosition | null} */
    this.paper = null;
    // Counts what changed of it, and of its trail: what was drawn at this count need not be drawn again.
    this.version = 0;
    this.trailVersion = 0;
    // What was written of its figures, by column; an entry goes where its figure changes.
    /** @type {Map<string, string>} */
    this.texts = new Map();
    this.replace(told);
  }

  /** @param {WatchedPair} told */
  replace({ row, trail, break_even: breakEven, entry, stop }) {
    Object.assign(this, { row, trail: trail.slice(-TRAIL), breakEven, entry, stop });
    this.texts.clear();
    this.version += 1;
    this.trailVersion += 1;
  }

  /** @param {NonNullable<WatchChanges["changed"]>[string]} changes */
  apply({ row, trail, break_even: breakEven }) {
    if (row !== undefined && this.row !== null) {
      for (const key of Object.keys(row)) this.texts.delete(key);
      if ("age_y" in row || "age_x" in row) this.texts.delete("age");
      Object.assign(this.row, row);
    }
    if (breakEven !== undefined) {
      this.breakEven = breakEven;
      this.texts.delete("break_even");
    }
    if (trail !== undefined) this.#extend(trail);
    this.version += 1;
  }

  // What is held of it on paper.
  /** @param {PaperPosition | null} position */
  setPaper(position) {
    if (position?.words === this.paper?.words) return;
    this.paper = position;
    this.texts.delete("paper");
    this.version += 1;
  }

  // A snapshot may have rows that an update behind it has too.
  /** @param {Trail} points */
  #extend(points) {
    const last = this.trail.at(-1)?.[0] ?? -Infinity;
    const news = points.filter(([time]) => time > last);
    if (!news.length) return;
    this.trail.push(...news);
    if (this.trail.length > TRAIL) this.trail.splice(0, this.trail.length - TRAIL);
    this.trailVersion += 1;
  }

  /** @type {number | null} */
  get z() {
    return this.row === null ? null : valueOf(this.row, "z")[0];
  }
}

export class WatchedRows {
  constructor() {
    /** @type {Map<string, Watched>} */
    this.pairs = new Map();
    /** @type {WatchView["statistics"]} */
    this.statistics = [];
    this.known = false;
    // Counts which pairs there are: with another count lines are laid anew.
    this.members = 0;
  }

  /** @param {WatchView} view */
  snapshot({ pairs, statistics }) {
    const before = this.pairs;
    this.pairs = new Map();
    for (const watched of pairs) this.#put(watched, before.get(watched.pair));
    this.statistics = statistics;
    this.known = true;
    this.members += 1;
  }

  /** @param {WatchChanges} changes */
  update({ changed = {}, added = [], removed = [] }) {
    for (const pair of removed) this.pairs.delete(pair);
    for (const watched of added) this.#put(watched, this.pairs.get(watched.pair));
    for (const [pair, changes] of Object.entries(changed)) this.pairs.get(pair)?.apply(changes);
    if (removed.length || added.length) this.members += 1;
  }

  /**
   * @param {WatchedPair} told
   * @param {Watched} [known]
   */
  #put(told, known) {
    known?.replace(told);
    this.pairs.set(told.pair, known ?? new Watched(told));
  }
}
