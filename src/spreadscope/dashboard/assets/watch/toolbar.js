// Above the list: filter, groups, columns, pairs to add, and the link to this view.

import { element, setText } from "../dom.js";
import { ColumnsMenu } from "./columns_menu.js";
import { EVERYTHING } from "./filter.js";
import { Popup } from "./popup.js";

/**
 * @import { Choices } from "./choices.js"
 * @import { Column } from "./columns.js"
 * @import { Filter } from "./filter.js"
 */
/**
 * @typedef {object} ToolbarDoes
 * @property {(change: Partial<Choices>) => void} change
 * @property {(text: string) => void} add
 * @property {() => void} link
 * @property {(key: string) => void} sort
 * @property {() => void} leave the filter is done with: back to the list
 */

const STATES = { "": "any state", open: "in a position", LONG: "long spread", SHORT: "short spread", FLAT: "flat" };
const GROUPINGS = { "": "no groups", own: "my groups", venue: "by venue", base: "by base asset" };
const LONGEST_ENTRY = 4000;

export class Toolbar {
  /** @param {ToolbarDoes} does */
  constructor(does) {
    this.does = does;
    this.sorts = "";
    this.root = element("div", "toolbar");
    this.text = element("input", "find");
    this.text.type = "search";
    this.text.placeholder = "Filter  /";
    this.text.maxLength = 60;
    this.text.setAttribute("aria-label", "Filter by name");
    this.state = select("State", STATES);
    this.least = element("input", "least");
    Object.assign(this.least, { type: "number", min: "0", step: "0.5", placeholder: "|z| \u2265" });
    this.least.setAttribute("aria-label", "Least size of z");
    this.evidence = element("input");
    this.evidence.type = "checkbox";
    const evidence = element("label", "evidence");
    evidence.title = "Only pairs whose evidence says that they are cointegrated.";
    evidence.append(this.evidence, "with evidence");
    this.grouping = select("Groups (G)", GROUPINGS);
    this.sorting = select("Sort by", {});
    this.sorting.classList.add("sorting");
    this.columns = new ColumnsMenu((columns) => does.change({ columns }));
    this.adding = new Popup("Add pairs", "adding");
    this.#layAdding();
    const link = element("button", "link", "Copy link");
    link.type = "button";
    link.title = "The address of this list with its columns, order, filter and groups.";
    this.count = element("span", "count");
    this.count.setAttribute("role", "status");
    this.root.append(
      this.text,
      this.state,
      this.least,
      evidence,
      this.grouping,
      this.sorting,
      this.columns.popup.root,
      this.adding.root,
      link,
      this.count,
    );
    for (const input of [this.text, this.least]) {
      input.addEventListener("input", () => this.#filter());
      input.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== "Escape" && event.key !== "ArrowDown") return;
        event.preventDefault();
        if (event.key === "Escape") does.change({ filter: { ...EVERYTHING } });
        does.leave();
      });
    }
    this.state.addEventListener("change", () => this.#filter());
    this.evidence.addEventListener("change", () => this.#filter());
    this.grouping.addEventListener("change", () =>
      does.change({ grouping: /** @type {Choices["grouping"]} */ (this.grouping.value) }),
    );
    this.sorting.addEventListener("change", () => does.sort(this.sorting.value));
    link.addEventListener("click", () => does.link());
  }

  #layAdding() {
    const form = element("form");
    this.entry = element("input");
    this.entry.maxLength = LONGEST_ENTRY;
    this.entry.setAttribute("aria-label", "Pairs to add");
    const add = element("button", "", "Add");
    const help = element("p", "", "Y/X, several with commas. Of Binance Spot: binance-spot:BTCUSDT.");
    form.append(this.entry, add);
    this.adding.box.append(form, help);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.entry?.value.trim() ?? "";
      if (!text || !this.entry) return;
      this.entry.value = "";
      this.adding.toggle(false);
      this.does.add(text);
    });
  }

  /** @type {() => void} */
  #filter() {
    const least = Number(this.least.value);
    /** @type {Filter} */
    const filter = {
      text: this.text.value,
      state: /** @type {Filter["state"]} */ (this.state.value),
      least: Number.isFinite(least) && least > 0 ? least : 0,
      evidence: this.evidence.checked,
    };
    this.does.change({ filter });
  }

  /**
   * @param {Choices} choices
   * @param {Column[]} columns
   * @param {Column[]} chosen
   * @param {string[]} examples
   */
  show({ filter, grouping, order, columns: keys }, columns, chosen, examples) {
    if (this.text.value !== filter.text) this.text.value = filter.text;
    if (Number(this.least.value) !== filter.least) this.least.value = filter.least ? String(filter.least) : "";
    this.state.value = filter.state;
    this.evidence.checked = filter.evidence;
    this.grouping.value = grouping;
    this.columns.show(columns, keys);
    const names = JSON.stringify(chosen.map(({ key, label }) => [key, label]));
    if (this.sorts !== names) {
      this.sorts = names;
      this.sorting.replaceChildren(option("", "as added"), ...chosen.map(({ key, label }) => option(key, label)));
    }
    this.sorting.value = order.key ?? "";
    if (this.entry) this.entry.placeholder = examples.join(", ");
  }

  /**
   * @param {number} shown
   * @param {number} all
   */
  setCount(shown, all) {
    setText(this.count, shown === all ? `${all} ${all === 1 ? "pair" : "pairs"}` : `${shown} of ${all} pairs`);
  }

  destroy() {
    this.columns.destroy();
    this.adding.destroy();
  }
}

/**
 * @param {string} label
 * @param {Record<string, string>} choices
 */
function select(label, choices) {
  const made = element("select");
  made.setAttribute("aria-label", label);
  made.title = label;
  made.append(...Object.entries(choices).map(([value, words]) => option(value, words)));
  return made;
}

/**
 * @param {string} value
 * @param {string} words
 */
function option(value, words) {
  const made = element("option", "", words);
  made.value = value;
  return made;
}
