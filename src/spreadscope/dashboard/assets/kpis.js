// The strip of present figures. Each carries its validity: without a number it says why, never 0.

import { cardsOf, lastCatalogue, valueOf } from "./catalogue.js";
import { isDrawn, mayBeHidden, toggle } from "./chosen_lines.js";
import { element, setData, setText } from "./dom.js";
import { LENGTHS, number } from "./drawn.js";
import { age, decimalsSeen, fixed, written } from "./format.js";
import { staleAfter } from "./health.js";
import { explain } from "./help.js";
import { filled } from "./template.js";

// So many cards without a name keep the strip's height until it is known which there are.
const EXPECTED = 12;
// A number as long as numbers are, and widths (px) of a character of a label, a value and a note.
const LONG = -8.8888;
const WIDTHS = { label: 7, value: 11.5, note: 6, around: 20 };

export class KpiStrip {
  // onLines(): another line is to be drawn, or one no more.
  constructor(legs, onLines) {
    this.legs = legs;
    this.onLines = onLines;
    this.root = element("div", "kpis");
    this.cards = new Map();
    this.statistics = [];
    this.take(lastCatalogue());
  }

  // Lays the cards of a catalogue.
  take(catalogue) {
    const key = JSON.stringify(catalogue);
    if (this.laid === key) return;
    this.laid = key;
    this.statistics = cardsOf(catalogue).map((each) => ({ ...each, write: written(each.format) }));
    this.cards.clear();
    this.root.replaceChildren();
    this.#add("price_y", this.legs.y, "Last trade.", "110,001.5");
    this.#add("price_x", this.legs.x, "Last trade.", "110,001.5");
    for (const statistic of this.statistics) {
      const { key: name, label, help, write, card } = statistic;
      this.#add(
        name,
        label,
        help,
        write(LONG),
        filled(card.note, () => LONG, "SHORT"),
      );
      if (mayBeHidden(statistic)) this.#switches(statistic);
    }
    // The longest note is of the first line.
    const blank = (count) =>
      this.#add(`waiting-${count}`, "\u00a0", "", "+0.00044", count < EXPECTED / 2 ? "\u00a0\n\u00a0" : "\u00a0");
    if (!catalogue.length) for (let count = 0; count < EXPECTED; count += 1) blank(count);
    this.#add("n", "Sample n", "Joint rows in the estimation window.", "", "of 1,440");
  }

  // `longest`: a value as long as values are, and a note: a card is as wide as they ask for, whatever stands in it now.
  #add(key, label, help, longest, longestNote = "") {
    const root = element("div", "kpi");
    explain(root, help);
    root.dataset.key = key;
    const value = element("div", "value", "…");
    const note = element("div", "note", key.startsWith("waiting") ? longestNote : "");
    root.append(element("div", "label", label), value, note);
    this.root.append(root);
    const lines = longestNote.split("\n").map((line) => line.length);
    const width = Math.max(
      label.length * WIDTHS.label,
      longest.length * WIDTHS.value,
      ...lines.map((count) => count * WIDTHS.note),
    );
    const asked = Math.round(width + WIDTHS.around);
    root.style.flex = `${asked} 1 ${asked}px`;
    root.style.setProperty("--most", `${Math.round(asked * 1.6)}px`); // the few of a second line do not fill it
    this.cards.set(key, { root, value, note });
  }

  // The card shows and hides its line.
  #switches(statistic) {
    const { root } = this.cards.get(statistic.key);
    const show = () => {
      const drawn = isDrawn(statistic);
      root.setAttribute("aria-pressed", String(drawn));
      explain(root, `${statistic.help} Click: ${drawn ? "hide its line" : "draw its line in the chart"}.`);
    };
    const press = () => {
      toggle(statistic);
      show();
      this.onLines();
    };
    root.classList.add("switch");
    root.setAttribute("role", "button");
    root.addEventListener("click", press);
    root.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      press();
    });
    show();
  }

  // `closed` is the last row whose bar has closed, which the engine keeps; tests compare it with what is stored.
  draw({ row, live, closed, store, fresh, lost }) {
    const { status } = fresh;
    this.#price("price_y", row, store.formingY ?? store.barsY.newest(), store.barsY, fresh, this.legs.y, lost);
    this.#price("price_x", row, store.formingX ?? store.barsX.newest(), store.barsX, fresh, this.legs.x, lost);
    const ages = [this.legs.y, this.legs.x].map((symbol) => fresh.age(symbol)).filter((each) => each !== null);
    const oldest = ages.length ? Math.max(...ages) : null;
    // As the engine judges it: a leg may be as old as a bar is long.
    const old =
      lost ||
      (oldest !== null && status !== null && oldest > Math.max(staleAfter(status), LENGTHS[row?.timeframe] ?? 0));
    const shared = { row, live, stale: old || Boolean(row?.stale) };
    for (const statistic of this.statistics) {
      const { key, card } = statistic;
      const [value, reason] = row ? valueOf(row, key) : [null, "no row yet"];
      const figure = value === null ? { reason: reason ?? "not available" } : { value, text: statistic.write(value) };
      const alarm = card.alarm !== null && value !== null && value >= card.alarm;
      const note = alarm
        ? card.alarm_note
        : filled(card.note, (other) => number(valueOf(row ?? {}, other)), row?.state);
      this.#show(key, figure, old && oldest !== null ? oldWords(oldest) : figure.reason ? "" : note, shared);
      this.#closed(key, closed && valueOf(closed, key)[0], closed);
      // What is old asks nobody to act.
      const zone = old ? "" : alarm ? "stop" : card.thresholds ? zoneOf(value, status) : "";
      setData(this.cards.get(key).root, "zone", zone);
    }
    const window = status?.config.analytics?.hedge_window;
    const count = row ? { value: row.n, text: fixed(row.n, 0) } : { reason: "no row yet" };
    this.#show("n", count, row ? (window ? `of ${window}` : "rows") : "", shared);
    this.#closed("n", closed && closed.n, closed);
  }

  #closed(key, value, closed) {
    const { root } = this.cards.get(key);
    setData(root, "closed", value);
    setData(root, "closedTime", closed?.time);
  }

  #price(key, row, bar, bars, fresh, symbol, lost) {
    if (this.decimals?.[key] === undefined && bars.items.size) {
      this.decimals = {
        ...this.decimals,
        [key]: decimalsSeen([...bars.items.values()].slice(-400).map((each) => each.close)),
      };
    }
    const price = bar?.close ?? row?.[key] ?? null;
    const figure =
      price === null ? { reason: "no trade yet" } : { value: price, text: fixed(price, this.decimals?.[key] ?? 2) };
    const since = fresh.age(symbol);
    const note = since === null ? "" : oldWords(since);
    const faulty = ["stalled", "lagging", "never delivered", "halted", "silent"].includes(fresh.health(symbol)?.state);
    const stale =
      lost ||
      faulty ||
      Boolean(row?.stale) ||
      (since !== null && fresh.status !== null && since > staleAfter(fresh.status));
    this.#show(key, figure, note, { row: bar ? { time: bar.open_time } : row, live: true, stale });
  }

  #show(key, figure, note, { row, live, stale }) {
    const { root, value, note: noteNode } = this.cards.get(key);
    setText(value, figure.reason ?? figure.text);
    setText(noteNode, note);
    root.classList.toggle("missing", figure.reason !== undefined);
    root.classList.toggle("stale", stale);
    setData(root, "value", figure.value);
    setData(root, "reason", figure.reason);
    setData(root, "time", row?.time);
    setData(root, "live", live ? "1" : "0");
  }
}

// Where a value stands to the thresholds of signals.
function zoneOf(value, status) {
  const levels = status?.config.signals;
  if (value === null || !levels) return "";
  const distance = Math.abs(value);
  return distance >= levels.stop ? "stop" : distance >= levels.entry ? "entry" : "";
}

const oldWords = (milliseconds) => `${age(milliseconds)} old`;
