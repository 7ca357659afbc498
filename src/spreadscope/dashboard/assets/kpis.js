// The strip of present figures. Each carries its validity: without a number it says why, never 0.

import { cardsOf, lastCatalogue } from "./catalogue.js";
import { isDrawn, mayBeHidden, toggle } from "./chosen_lines.js";
import { asButton, element, setData, setText } from "./dom.js";
import { LENGTHS } from "./drawn.js";
import { explanation } from "./explanation.js";
import { age, decimalsSeen, fixed, written } from "./format.js";
import { staleAfter } from "./health.js";
import { numberOf, valueOf } from "./row_values.js";
import { filled } from "./template.js";
import { isAlarming, zoneOf } from "./zones.js";

/**
 * @import { AnalyticsSettings, Bar, Row, Statistic, SymbolState } from "./contract.d.ts"
 * @import { CardStatistic } from "./catalogue.js"
 * @import { Writer } from "./format.js"
 * @import { Freshness } from "./freshness.js"
 * @import { KeyedByTime, Legs, PairStore } from "./store.js"
 */
/**
 * @typedef {{ root: HTMLElement, value: HTMLElement, note: HTMLElement }} Card
 * @typedef {{ value: number, text: string } | { reason: string }} Figure a number, or why there is none
 *
 * @typedef {object} Moment of when a figure is
 * @property {{ time: number } | null} row
 * @property {boolean} live
 * @property {boolean} stale
 *
 * @typedef {object} Explained what a click on a card opens
 * @property {string} title
 * @property {[string, string][]} lines
 * @property {{ words: string, act: () => void } | null} line of the chart
 */

// So many cards without a name keep the strip's height until it is known which there are.
const EXPECTED = 12;
/** @type {Set<SymbolState | undefined>} */
const FAULTY = new Set(["stalled", "lagging", "never delivered", "halted", "silent"]);
// A number as long as numbers are, and widths (px) of a character of a label, a value and a note.
const LONG = -8.8888;
const WIDTHS = { label: 7, value: 11.5, note: 6, around: 20 };

export class KpiStrip {
  // onLines(): another line is to be drawn, or one no more; onExplain(card, explained) for a click on a card.
  /**
   * @param {Legs} legs
   * @param {() => void} onLines
   * @param {(card: HTMLElement, explained: Explained) => void} onExplain
   */
  constructor(legs, onLines, onExplain) {
    this.legs = legs;
    this.onLines = onLines;
    this.onExplain = onExplain;
    this.root = element("section", "figures-part");
    this.root.setAttribute("aria-label", "Figures");
    this.strip = element("div", "kpis");
    // A phone shows the first of them until all are asked for.
    this.more = element("button", "more-figures", "All figures");
    this.more.type = "button";
    this.more.addEventListener("click", () => {
      const whole = this.strip.classList.toggle("whole");
      setText(this.more, whole ? "Fewer figures" : "All figures");
    });
    this.root.append(this.strip, this.more);
    /** @type {{ row: Row | null, live: boolean, analytics: AnalyticsSettings | undefined, old: string } | null} */
    this.drawn = null;
    this.laid = "";
    /** @type {Map<string, Card>} */
    this.cards = new Map();
    /** @type {(CardStatistic & { write: Writer })[]} */
    this.statistics = [];
    /** @type {Partial<Record<"price_y" | "price_x", number>>} */
    this.decimals = {};
    this.take(lastCatalogue());
  }

  // Another pair: what is said of its legs is not of those before.
  /** @param {Legs} legs */
  name(legs) {
    this.legs = legs;
    this.decimals = {};
    for (const [key, symbol] of /** @type {const} */ ([
      ["price_y", legs.y],
      ["price_x", legs.x],
    ])) {
      const label = this.#card(key).root.querySelector(".label");
      if (label) setText(label, symbol);
    }
  }

  // Lays the cards of a catalogue.
  /** @param {Statistic[]} catalogue */
  take(catalogue) {
    const key = JSON.stringify(catalogue);
    if (this.laid === key) return;
    this.laid = key;
    this.statistics = cardsOf(catalogue).map((each) => ({ ...each, write: written(each.format) }));
    this.cards.clear();
    this.strip.replaceChildren();
    this.#add("price_y", this.legs.y, "Last trade.", "110,001.5");
    this.#add("price_x", this.legs.x, "Last trade.", "110,001.5");
    for (const statistic of this.statistics) {
      const { key: name, label, help, write, card } = statistic;
      const longestNote = filled(card.note, () => LONG, "SHORT");
      const { root } = this.#add(name, label, help, write(LONG), longestNote);
      if (mayBeHidden(statistic)) this.#switches(statistic, root);
    }
    // The longest note is of the first line.
    /** @param {number} count */
    const blank = (count) =>
      this.#add(`waiting-${count}`, "\u00a0", "", "+0.00044", count < EXPECTED / 2 ? "\u00a0\n\u00a0" : "\u00a0");
    if (!catalogue.length) for (let count = 0; count < EXPECTED; count += 1) blank(count);
    this.#add("n", "Sample n", "Joint rows in the estimation window.", "", "of 1,440");
  }

  // `longest`: a value as long as values are, and a note: a card is as wide as they ask for, whatever stands in it now.
  /**
   * @param {string} key
   * @param {string} label
   * @param {string} help
   * @param {string} longest
   * @param {string} [longestNote]
   */
  #add(key, label, help, longest, longestNote = "") {
    const root = element("div", "kpi");
    root.dataset.key = key;
    const value = element("div", "value", "…");
    const note = element("div", "note", key.startsWith("waiting") ? longestNote : "");
    root.append(element("div", "label", label), value, note);
    if (!key.startsWith("waiting")) asButton(root, help, () => this.onExplain(root, this.explained(key)));
    this.strip.append(root);
    const lines = longestNote.split("\n").map((line) => line.length);
    const width = Math.max(
      label.length * WIDTHS.label,
      longest.length * WIDTHS.value,
      ...lines.map((count) => count * WIDTHS.note),
    );
    const asked = Math.round(width + WIDTHS.around);
    root.style.flex = `${asked} 1 ${asked}px`;
    root.style.setProperty("--most", `${Math.round(asked * 1.6)}px`); // the few of a second line do not fill it
    const card = { root, value, note };
    this.cards.set(key, card);
    return card;
  }

  /** @param {string} key */
  #card(key) {
    const card = this.cards.get(key);
    if (card === undefined) throw new RangeError(`there is no card of ${key}`);
    return card;
  }

  // The card says whether its line is drawn.
  /**
   * @param {Statistic} statistic
   * @param {HTMLElement} root
   */
  #switches(statistic, root) {
    root.classList.add("switch");
    root.dataset.drawn = String(isDrawn(statistic));
  }

  /**
   * @param {Statistic} statistic
   * @param {HTMLElement} root
   */
  #switch(statistic, root) {
    toggle(statistic);
    root.dataset.drawn = String(isDrawn(statistic));
    this.onLines();
  }

  // All that is to be said of a figure now.
  /**
   * @param {string} key
   * @returns {Explained}
   */
  explained(key) {
    const { root } = this.#card(key);
    const title = root.querySelector(".label")?.textContent ?? key;
    const statistic = this.statistics.find((each) => each.key === key);
    const { row = null, live = false, analytics, old = "" } = this.drawn ?? {};
    if (statistic === undefined) {
      return { title, lines: this.#plain(key, row, analytics?.hedge_window, old), line: null };
    }
    const drawn = isDrawn(statistic);
    return {
      title,
      lines: explanation(statistic, row, live, analytics, old),
      line: mayBeHidden(statistic)
        ? { words: drawn ? "Hide its line" : "Draw its line in the chart", act: () => this.#switch(statistic, root) }
        : null,
    };
  }

  // Of what is no statistic: a leg's price, and the sample.
  /**
   * @param {string} key
   * @param {Row | null} row
   * @param {number | undefined} window
   * @param {string} old
   * @returns {[string, string][]}
   */
  #plain(key, row, window, old) {
    const { value, note } = this.#card(key);
    const now = /** @type {[string, string]} */ (["Now", value.textContent ?? ""]);
    if (key === "n") {
      const whole = window === undefined ? "" : `hedge_window: ${fixed(window, 0)} rows`;
      return [now, ["Definition", "Rows of both legs in the estimation window."], ["Window", whole], ["Validity", old]];
    }
    const source = key === "price_y" ? row?.source_y : row?.source_x;
    return [
      now,
      ["Validity", [note.textContent, old].filter(Boolean).join("; ")],
      ["Definition", "The price of the last trade."],
      ["In the row", source ? `the row takes its price as: ${source}` : ""],
      ["Source", "the exchange's trades, each once and in order (the tape)"],
    ];
  }

  // `closed` is the last row whose bar has closed, which the engine keeps; tests compare it with what is stored.
  /**
   * @param {object} shown
   * @param {Row | null} shown.row
   * @param {boolean} shown.live
   * @param {Row | null} shown.closed
   * @param {PairStore} shown.store
   * @param {Freshness} shown.fresh
   * @param {boolean} shown.lost
   */
  draw({ row, live, closed, store, fresh, lost }) {
    const { status } = fresh;
    this.#price("price_y", row, store.formingY ?? store.barsY.newest(), store.barsY, fresh, this.legs.y, lost);
    this.#price("price_x", row, store.formingX ?? store.barsX.newest(), store.barsX, fresh, this.legs.x, lost);
    const ages = [this.legs.y, this.legs.x].map((symbol) => fresh.age(symbol)).filter((each) => each !== null);
    const oldest = ages.length ? Math.max(...ages) : null;
    // As the engine judges it: a leg may be as old as a bar is long.
    const old =
      lost ||
      (oldest !== null &&
        status !== null &&
        oldest > Math.max(staleAfter(status), row === null ? 0 : LENGTHS[row.timeframe]));
    const shared = { row, live, stale: old || Boolean(row?.stale) };
    this.drawn = {
      row,
      live,
      analytics: store.analytics,
      old: !old ? "" : oldest === null ? "the engine is lost" : oldWords(oldest),
    };
    for (const statistic of this.statistics) {
      const { key, card } = statistic;
      const [value, reason] = row ? valueOf(row, key) : [null, "no row yet"];
      const figure = value === null ? { reason: reason ?? "not available" } : { value, text: statistic.write(value) };
      const note = isAlarming(value, card)
        ? card.alarm_note
        : filled(card.note, (other) => row && numberOf(row, other), row?.state);
      this.#show(key, figure, old && oldest !== null ? oldWords(oldest) : value === null ? "" : note, shared);
      this.#closed(key, closed && numberOf(closed, key), closed);
      // What is old asks nobody to act.
      setData(this.#card(key).root, "zone", old ? "" : zoneOf(value, card, store.levels ?? undefined));
    }
    const window = store.analytics?.hedge_window;
    const count = row ? { value: row.n, text: fixed(row.n, 0) } : { reason: "no row yet" };
    this.#show("n", count, row ? (window ? `of ${window}` : "rows") : "", shared);
    this.#closed("n", closed && closed.n, closed);
  }

  /**
   * @param {string} key
   * @param {number | null} value
   * @param {Row | null} closed
   */
  #closed(key, value, closed) {
    const { root } = this.#card(key);
    setData(root, "closed", value);
    setData(root, "closedTime", closed?.time);
  }

  /**
   * @param {"price_y" | "price_x"} key
   * @param {Row | null} row
   * @param {Bar | null} bar
   * @param {KeyedByTime<Bar>} bars
   * @param {Freshness} fresh
   * @param {string} symbol
   * @param {boolean} lost
   */
  #price(key, row, bar, bars, fresh, symbol, lost) {
    if (this.decimals[key] === undefined && bars.items.size) {
      this.decimals[key] = decimalsSeen([...bars.items.values()].slice(-400).map((each) => each.close));
    }
    const price = bar?.close ?? row?.[key] ?? null;
    const figure =
      price === null ? { reason: "no trade yet" } : { value: price, text: fixed(price, this.decimals[key] ?? 2) };
    const since = fresh.age(symbol);
    const note = since === null ? "" : oldWords(since);
    const faulty = FAULTY.has(fresh.health(symbol)?.state);
    const stale =
      lost ||
      faulty ||
      Boolean(row?.stale) ||
      (since !== null && fresh.status !== null && since > staleAfter(fresh.status));
    this.#show(key, figure, note, { row: bar ? { time: bar.open_time } : row, live: true, stale });
  }

  /**
   * @param {string} key
   * @param {Figure} figure
   * @param {string} note
   * @param {Moment} moment
   */
  #show(key, figure, note, { row, live, stale }) {
    const { root, value, note: noteNode } = this.#card(key);
    const reason = "reason" in figure ? figure.reason : undefined;
    setText(value, "reason" in figure ? figure.reason : figure.text);
    setText(noteNode, note);
    root.classList.toggle("missing", reason !== undefined);
    root.classList.toggle("stale", stale);
    setData(root, "value", "value" in figure ? figure.value : undefined);
    setData(root, "reason", reason);
    setData(root, "time", row?.time);
    setData(root, "live", live ? "1" : "0");
  }
}

/** @type {(milliseconds: number) => string} */
const oldWords = (milliseconds) => `${age(milliseconds)} old`;
