// The calendar of completeness: months × days, coloured by the share that is there. By pointer and by keyboard: arrows
// go from day to day, Enter chooses one; what is reached is read out.

import { element, setText } from "../dom.js";
import { fixed } from "../format.js";
import { LEVEL_WORDS, daysOf, levelOf, months, percent, sharesByDay } from "./day_shares.js";

/**
 * @import { Parent } from "../mounting.js"
 * @import { CalendarData } from "../data.js"
 * @import { DayShare } from "./day_shares.js"
 */

const MOST_MONTHS = 36;
const NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** @type {Map<string, number>} the days by which a key moves */
const MOVES = new Map([
  ["ArrowLeft", -1],
  ["ArrowRight", 1],
]);

export class CalendarView {
  /**
   * @param {Parent} parent
   * @param {string} signature
   */
  constructor(parent, signature) {
    this.signature = signature;
    this.drawn = "";
    /** @type {Map<string, DayShare>} */
    this.shares = new Map();
    /** @type {Map<string, HTMLElement>} */
    this.cells = new Map();
    /** @type {(day: string) => void} */
    this.choose = () => {};
    this.chosen = "";
    this.at = "";
    this.root = element("section", "calendar");
    this.table = element("table");
    this.table.setAttribute("role", "grid");
    this.table.setAttribute("aria-label", "Completeness by day. Arrows go from day to day, Enter chooses one.");
    this.words = element("p", "words");
    this.words.setAttribute("role", "status");
    this.root.append(this.table, this.words, this.#legend());
    parent.append(this.root);
    this.table.addEventListener("pointerover", (event) => this.#reach(this.#dayOf(event.target)));
    this.table.addEventListener("pointerleave", () => this.#reach(this.chosen));
    this.table.addEventListener("focusin", (event) => this.#reach(this.#dayOf(event.target)));
    this.table.addEventListener("click", (event) => this.#choose(this.#dayOf(event.target)));
    this.table.addEventListener("keydown", (event) => this.#press(event));
  }

  /**
   * @param {CalendarData} data
   * @param {(day: string) => void} choose
   */
  show(data, choose) {
    this.choose = choose;
    this.chosen = data.chosen;
    const signature = JSON.stringify([data.days, data.symbol]);
    if (signature !== this.drawn) {
      this.drawn = signature;
      this.shares = sharesByDay(data.days, data.symbol);
      this.#draw();
    }
    this.#mark();
  }

  #draw() {
    const focused = this.at !== "" && this.cells.get(this.at)?.matches(":focus");
    this.cells.clear();
    const body = element("tbody");
    for (const month of months(this.shares.keys(), MOST_MONTHS)) {
      const row = element("tr");
      const [year, number] = month.split("-");
      const head = element("th", "", `${NAMES[Number(number) - 1] ?? ""} ${year ?? ""}`);
      head.scope = "row";
      row.append(head);
      const count = daysOf(month);
      for (let date = 1; date <= 31; date += 1) {
        const cell = element("td");
        if (date <= count) this.#fill(cell, `${month}-${String(date).padStart(2, "0")}`, date);
        row.append(cell);
      }
      body.append(row);
    }
    this.table.replaceChildren(body);
    const first = [...this.shares.keys()].sort().at(-1) ?? "";
    if (!this.cells.has(this.at)) this.at = this.chosen || first;
    this.#roam(this.at);
    if (focused) this.cells.get(this.at)?.focus();
  }

  /**
   * @param {HTMLElement} cell
   * @param {string} day
   * @param {number} date
   */
  #fill(cell, day, date) {
    const share = this.shares.get(day);
    cell.dataset.day = day;
    cell.dataset.level = levelOf(share);
    cell.dataset.open = String(share?.open ?? false);
    cell.setAttribute("role", "gridcell");
    // What is spoken begins with what is seen.
    cell.setAttribute("aria-label", `${date}: ${this.#say(day)}`);
    cell.tabIndex = -1;
    cell.append(element("span", "", String(date)));
    this.cells.set(day, cell);
  }

  #mark() {
    for (const [day, cell] of this.cells) cell.setAttribute("aria-selected", String(day === this.chosen));
    setText(this.words, this.#say(this.at && this.cells.get(this.at)?.matches(":focus") ? this.at : this.chosen));
  }

  // One day can be reached by Tab, the others by arrows.
  /** @param {string} day */
  #roam(day) {
    for (const cell of this.cells.values()) cell.tabIndex = -1;
    const cell = this.cells.get(day);
    if (cell) cell.tabIndex = 0;
  }

  /** @param {EventTarget | null} target */
  #dayOf(target) {
    const cell = target instanceof Element ? target.closest("td") : null;
    return cell?.dataset.day ?? "";
  }

  /** @param {string} day */
  #reach(day) {
    if (day !== "") this.at = day;
    setText(this.words, this.#say(day));
  }

  /** @param {string} day */
  #choose(day) {
    if (day === "") return;
    this.chosen = day === this.chosen ? "" : day;
    this.#roam(day);
    this.#mark();
    this.#reach(day);
    this.choose(this.chosen);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const days = [...this.cells.keys()];
    const place = days.indexOf(this.#dayOf(event.target));
    if (place < 0) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#choose(days[place] ?? "");
      return;
    }
    const next = this.#next(days, place, event.key);
    const cell = next === undefined ? undefined : this.cells.get(next);
    if (!cell || next === undefined) return;
    event.preventDefault();
    this.#roam(next);
    cell.focus();
  }

  /**
   * @param {string[]} days
   * @param {number} place
   * @param {string} key
   */
  #next(days, place, key) {
    const move = MOVES.get(key);
    if (move !== undefined) return days[place + move];
    const day = days[place] ?? "";
    if (key === "Home") return days.find((other) => other.startsWith(day.slice(0, 7)));
    if (key === "End") return days.findLast((other) => other.startsWith(day.slice(0, 7)));
    if (key !== "ArrowUp" && key !== "ArrowDown") return undefined;
    const all = months(days, MOST_MONTHS);
    const month = all[all.indexOf(day.slice(0, 7)) + (key === "ArrowUp" ? -1 : 1)];
    if (month === undefined) return undefined;
    return `${month}-${String(Math.min(Number(day.slice(8)), daysOf(month))).padStart(2, "0")}`;
  }

  /** @param {string} day */
  #say(day) {
    if (day === "") return "Point at a day, or go there with the arrow keys; a click or Enter shows its gaps below.";
    const found = this.shares.get(day);
    if (found === undefined) return `${day}: no trades are stored`;
    const of = found.symbols > 1 ? ` of ${fixed(found.symbols, 0)} symbols` : "";
    const parts = [`${day}: ${fixed(found.trades, 0)} trades${of}`];
    if (found.share === null) parts.push("nothing is proved, for they came without the exchange's ids");
    else {
      parts.push(`${percent(found.share)} complete`);
      parts.push(found.lacking > 0 ? `${fixed(found.lacking, 0)} missing` : "no id is missing");
      if (found.unproved > 0) parts.push(`${fixed(found.unproved, 0)} of them without ids`);
    }
    if (found.refetched > 0) parts.push(`${fixed(found.refetched, 0)} fetched again`);
    if (found.open) parts.push("the day is not over");
    return parts.join(", ");
  }

  #legend() {
    const legend = element("div", "legend");
    for (const [level, words] of Object.entries(LEVEL_WORDS)) {
      const item = element("span", "key");
      const sample = element("i");
      sample.dataset.level = level;
      item.append(sample, words);
      legend.append(item);
    }
    return legend;
  }

  destroy() {
    this.root.remove();
  }
}
