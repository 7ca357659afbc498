// The palette that Ctrl+K opens: one field to find pairs, symbols, pages and commands by a few of their letters.

import { element, setText } from "../dom.js";
import { LONGEST_TYPED, itemsFor } from "./palette_items.js";

/** @import { Item, Known } from "./palette_items.js" */

export class Palette {
  // known(): what there is to find; onChosen(item) for what was chosen.
  /**
   * @param {() => Known} known
   * @param {(item: Item) => void} onChosen
   */
  constructor(known, onChosen) {
    this.known = known;
    this.onChosen = onChosen;
    /** @type {Item[]} */
    this.items = [];
    this.at = 0;
    this.typed = "";
    this.root = element("dialog", "palette");
    this.root.setAttribute("aria-label", "Find");
    this.input = element("input");
    this.input.type = "text";
    this.input.maxLength = LONGEST_TYPED;
    this.input.placeholder = "A pair, a symbol, a page or a command. BTC/ETH: a new pair";
    this.input.setAttribute("role", "combobox");
    this.input.setAttribute("aria-label", "Find");
    this.input.setAttribute("aria-expanded", "true");
    this.input.setAttribute("aria-controls", "found");
    this.input.setAttribute("autocomplete", "off");
    this.input.spellcheck = false;
    this.list = element("ul");
    this.list.id = "found";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Found");
    this.none = element("p", "none");
    this.none.setAttribute("role", "status");
    this.root.append(this.input, this.list, this.none);
    this.input.addEventListener("input", () => this.#find());
    this.root.addEventListener("keydown", (event) => this.#key(event));
    this.root.addEventListener("click", (event) => event.target === this.root && this.root.close());
  }

  /** @param {string} [typed] */
  open(typed = "") {
    this.input.value = typed;
    this.#find();
    if (!this.root.open) this.root.showModal();
    this.input.focus();
  }

  toggle() {
    if (this.root.open) this.root.close();
    else this.open();
  }

  // What there is to find has changed.
  again() {
    if (this.root.open) this.#find();
  }

  #find() {
    const before = this.items[this.at];
    this.items = itemsFor(this.known(), this.input.value);
    // What was chosen stays so while what there is to find changes; another word begins at the top.
    const same = this.items.findIndex((each) => before && each.kind === before.kind && each.value === before.value);
    this.at = this.typed === this.input.value ? Math.max(0, same) : 0;
    this.typed = this.input.value;
    this.list.replaceChildren(...this.items.map((each, index) => this.#line(each, index)));
    setText(this.none, this.items.length ? "" : "Nothing is called so. BTC/ETH would be a new pair.");
    this.none.hidden = this.items.length > 0;
    this.#mark();
  }

  /**
   * @param {Item} found
   * @param {number} index
   */
  #line(found, index) {
    const line = element("li");
    line.id = `found-${index}`;
    line.setAttribute("role", "option");
    line.dataset.kind = found.kind;
    line.dataset.value = found.value;
    line.append(element("b", "", found.title), element("span", "", found.note));
    line.addEventListener("click", () => this.#choose(found));
    return line;
  }

  #mark() {
    [...this.list.children].forEach((line, index) => {
      line.setAttribute("aria-selected", String(index === this.at));
      if (index === this.at) line.scrollIntoView({ block: "nearest" });
    });
    this.input.setAttribute("aria-activedescendant", this.items.length ? `found-${this.at}` : "");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    event.stopPropagation(); // Streamlit has keys of its own
    const count = this.items.length;
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowDown: () => this.#move(count ? (this.at + 1) % count : 0),
      ArrowUp: () => this.#move(count ? (this.at + count - 1) % count : 0),
      Enter: () => count && this.#choose(this.items[this.at]),
      Escape: () => this.root.close(),
    };
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      this.root.close();
    } else if (actions[event.key]) {
      event.preventDefault();
      actions[event.key]();
    }
  }

  /** @param {number} at */
  #move(at) {
    this.at = at;
    this.#mark();
  }

  /** @param {Item} chosen */
  #choose(chosen) {
    if (chosen.kind === "symbol") {
      this.open(`${chosen.value}/`);
      return;
    }
    this.root.close();
    this.onChosen(chosen);
  }
}
