// Entry of the watch list: every pair with its figures as they are now, one line a pair, from the catalogue of
// statistics.

import { cardsOf } from "./catalogue.js";
import { element, setData, setText } from "./dom.js";
import { Feed } from "./feed.js";
import { age, written } from "./format.js";
import { mounting } from "./mounting.js";
import { valueOf } from "./row_values.js";
import { positionWords } from "./template.js";
import { oldestAge, pressed, sorted } from "./watch_order.js";
import { zoneOf } from "./zones.js";

/**
 * @import { Row, SignalSettings, Statistic, WatchView as Watched, WatchedPair } from "./contract.d.ts"
 * @import { CardStatistic } from "./catalogue.js"
 * @import { Writer } from "./format.js"
 * @import { Kind, Parent } from "./mounting.js"
 * @import { Order } from "./watch_order.js"
 */
/**
 * @typedef {{ timeframe: string, socket: string, link: string }} Given
 *
 * @typedef {object} Line
 * @property {HTMLElement} root
 * @property {HTMLElement} state
 * @property {Map<string, HTMLElement>} cells the figures, by the keys of their statistics
 * @property {HTMLElement} age
 */

class WatchView {
  /**
   * @param {Parent} parent
   * @param {Given} given
   * @param {string} signature
   */
  constructor(parent, { timeframe, socket, link }, signature) {
    this.signature = signature;
    this.link = link;
    this.timeframe = timeframe;
    this.laid = "";
    /** @type {Map<string, Line>} */
    this.lines = new Map();
    /** @type {(CardStatistic & { write: Writer })[]} */
    this.columns = [];
    /** @type {Watched | null} */
    this.data = null;
    /** @type {Order} */
    this.order = { key: null, down: true };
    this.root = element("section", "watch");
    this.root.setAttribute("aria-label", "Watch list");
    this.note = element("p", "note");
    this.note.setAttribute("role", "status");
    const scroll = element("div", "scroll");
    this.table = element("table");
    this.head = element("thead");
    this.body = element("tbody");
    this.table.append(this.head, this.body);
    scroll.append(this.table);
    this.root.append(this.note, scroll);
    parent.append(this.root);
    /** @type {Feed<Watched>} */
    this.feed = new Feed(socket, `watch:${timeframe}`, "The pairs are on their way.", {
      onData: (_, data) => {
        this.data = data;
      },
      onChange: () => this.#schedule(),
    });
  }

  #schedule() {
    if (this.frame !== undefined) return;
    this.frame = window.requestAnimationFrame(() => {
      this.frame = undefined;
      this.#draw();
    });
  }

  #draw() {
    const { liveness, status } = this.feed;
    const { data } = this;
    const pairs = data?.pairs ?? [];
    const trouble = liveness.words(data !== null, status?.starting);
    const empty = data && !pairs.length ? "No pair is followed yet. Add one on the Live page." : "";
    this.root.classList.toggle("lost", data !== null && liveness.lost);
    setData(this.root, "state", trouble?.state ?? (pairs.length ? "live" : "empty"));
    setText(this.note, trouble ? `${trouble.title}. ${trouble.words}` : empty);
    this.note.hidden = this.note.textContent === "";
    this.table.hidden = !pairs.length;
    if (!data?.pairs.length) return;
    this.#layHead(data.statistics);
    this.#drawLines(sorted(pairs, this.order), status?.config.signals);
  }

  // The head is laid anew where the engine tells of other statistics.
  /** @param {Statistic[]} statistics */
  #layHead(statistics) {
    const key = JSON.stringify([statistics, this.order]);
    if (this.laid === key) return;
    this.laid = key;
    this.columns = cardsOf(statistics).map((each) => ({ ...each, write: written(each.format) }));
    const row = element("tr");
    /** @type {(label: string, help: string, name: string) => void} */
    const add = (label, help, name) => {
      const cell = element("th");
      const button = element("button", "", label);
      button.type = "button";
      button.title = `${help} Click: sort by it.`;
      button.addEventListener("click", () => this.#sortBy(name));
      const sorted = this.order.key === name;
      cell.setAttribute("aria-sort", !sorted ? "none" : this.order.down ? "descending" : "ascending");
      cell.dataset.key = name;
      cell.append(button);
      row.append(cell);
    };
    add("Pair", "Y and X.", "pair");
    add("Position", "What the signal holds.", "state");
    for (const { key: name, label, help } of this.columns) add(label, help, name);
    add("Age", "How old the older leg's price was at the last row.", "age");
    this.head.replaceChildren(row);
    for (const line of this.lines.values()) line.root.remove();
    this.lines.clear();
  }

  /** @param {string} key */
  #sortBy(key) {
    this.order = pressed(this.order, key);
    this.#schedule();
  }

  /**
   * @param {WatchedPair[]} pairs
   * @param {SignalSettings} [levels]
   */
  #drawLines(pairs, levels) {
    const wanted = new Set(pairs.map(({ pair }) => pair));
    for (const [pair, line] of this.lines) {
      if (wanted.has(pair)) continue;
      line.root.remove();
      this.lines.delete(pair);
    }
    pairs.forEach(({ pair, row }, index) => {
      const line = this.lines.get(pair) ?? this.#line(pair);
      this.lines.set(pair, line);
      if (this.body.children[index] !== line.root) this.body.insertBefore(line.root, this.body.children[index] ?? null);
      this.#fill(line, row, levels);
    });
  }

  /**
   * @param {string} pair
   * @returns {Line}
   */
  #line(pair) {
    const root = element("tr");
    root.dataset.pair = pair;
    const name = element("th");
    const link = element("a", "", pair);
    link.href = `${this.link}?pair=${encodeURIComponent(pair)}&timeframe=${this.timeframe}`;
    link.target = "_top";
    name.append(link);
    name.scope = "row";
    /** @type {Map<string, HTMLElement>} */
    const cells = new Map();
    /** @param {string} key */
    const add = (key) => {
      const cell = element("td");
      cell.dataset.key = key;
      root.append(cell);
      return cell;
    };
    root.append(name);
    const state = add("state");
    for (const { key } of this.columns) cells.set(key, add(key));
    return { root, state, cells, age: add("age") };
  }

  /**
   * @param {Line} line
   * @param {Row | null} row
   * @param {SignalSettings} [levels]
   */
  #fill({ root, state, cells, age: oldest }, row, levels) {
    root.classList.toggle("stale", Boolean(row?.stale));
    setText(state, row ? positionWords(row.state) : "no row yet");
    for (const { key, write, card } of this.columns) {
      const cell = cells.get(key);
      if (cell === undefined) continue; // of a head that is laid anew: its lines are made anew too
      const [value, reason] = row ? valueOf(row, key) : [null, ""];
      setText(cell, value === null ? (reason ?? "") : write(value));
      cell.classList.toggle("missing", value === null);
      setData(cell, "value", value);
      setData(cell, "zone", zoneOf(value, card, levels));
    }
    const milliseconds = row && oldestAge(row);
    setText(oldest, milliseconds === null ? "" : age(milliseconds));
  }

  destroy() {
    this.feed.close();
    if (this.frame !== undefined) window.cancelAnimationFrame(this.frame);
    this.root.remove();
  }
}

export default mounting(
  /** @type {Kind<WatchView, Given, {}>} */ ({
    make: (parent, data, signature) => new WatchView(parent, data, signature),
    signature: ({ timeframe, socket }) => JSON.stringify([timeframe, socket]),
    ran: () => {},
  }),
);
