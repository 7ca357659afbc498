// What can be done with a pair: a small menu at its line.

import { element } from "../dom.js";
import { groupOf, LONGEST_NAME } from "./groups.js";

/** @import { Groups } from "./groups.js" */
/**
 * @typedef {object} MenuDoes
 * @property {(pair: string) => void} open
 * @property {(pair: string) => string} lab
 * @property {(pair: string) => void} rule
 * @property {(pair: string) => void} parameters
 * @property {(pair: string) => void} remove
 * @property {(pair: string, name: string) => void} assign
 * @property {() => void} closed
 */

export class RowMenu {
  /** @param {MenuDoes} does */
  constructor(does) {
    this.does = does;
    /** @type {string | null} */
    this.pair = null;
    this.root = element("div", "row-menu");
    this.root.hidden = true;
    this.root.setAttribute("role", "menu");
    this.root.addEventListener("keydown", (event) => this.#press(event));
    /** @param {Event} event */
    this.outside = (event) => {
      if (!this.root.hidden && !event.composedPath().includes(this.root)) this.close();
    };
    document.addEventListener("pointerdown", this.outside);
  }

  /**
   * @param {string} pair
   * @param {HTMLElement} at
   * @param {Groups} groups
   */
  show(pair, at, groups) {
    this.pair = pair;
    this.root.setAttribute("aria-label", pair);
    const lab = element("a", "", "Open in Lab");
    lab.href = this.does.lab(pair);
    lab.target = "_top";
    lab.setAttribute("role", "menuitem");
    lab.tabIndex = -1;
    this.root.replaceChildren(
      this.#item("Open on Live", () => this.does.open(pair)),
      lab,
      this.#item("Make a rule", () => this.does.rule(pair)),
      this.#item("Model and thresholds", () => this.does.parameters(pair)),
      this.#group(pair, groups),
      this.#item("Remove", () => this.does.remove(pair)),
    );
    this.root.hidden = false;
    // Inside the list's own frame, also where the line is wider than it.
    const frame = (this.root.offsetParent ?? this.root).getBoundingClientRect();
    const right = Math.min(at.getBoundingClientRect().right, frame.right);
    const place = at.getBoundingClientRect();
    const below = window.innerHeight - place.bottom > this.root.offsetHeight + 8;
    const top = below ? place.bottom - frame.top : place.top - frame.top - this.root.offsetHeight;
    this.root.style.top = `${Math.max(0, top)}px`;
    this.root.style.left = `${Math.max(0, right - frame.left - this.root.offsetWidth)}px`;
    this.#items()[0]?.focus({ preventScroll: true });
  }

  /**
   * @param {string} words
   * @param {() => void} act
   */
  #item(words, act) {
    const button = element("button", "", words);
    button.type = "button";
    button.tabIndex = -1;
    button.setAttribute("role", "menuitem");
    button.addEventListener("click", () => {
      this.close();
      act();
    });
    return button;
  }

  /**
   * @param {string} pair
   * @param {Groups} groups
   */
  #group(pair, groups) {
    const form = element("form", "of-group");
    form.setAttribute("role", "none");
    const input = element("input");
    input.value = groupOf(groups, pair) ?? "";
    input.maxLength = LONGEST_NAME;
    input.placeholder = "Group, or none";
    input.setAttribute("aria-label", "Group of this pair");
    const known = element("datalist");
    known.id = "watch-groups";
    known.append(
      ...Object.keys(groups).map((name) => {
        const option = element("option");
        option.value = name;
        return option;
      }),
    );
    input.setAttribute("list", known.id);
    const set = element("button", "", "Set");
    form.append(input, known, set);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.close();
      this.does.assign(pair, input.value);
    });
    return form;
  }

  /** @returns {HTMLElement[]} */
  #items() {
    return [...this.root.querySelectorAll('[role="menuitem"], input')].filter((each) => each instanceof HTMLElement);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    event.stopPropagation();
    const items = this.#items();
    const at = items.indexOf(/** @type {HTMLElement} */ (event.composedPath()[0]));
    if (event.key === "Escape" || event.key === "Tab") this.close();
    else if (event.key === "ArrowDown") items[(at + 1) % items.length].focus();
    else if (event.key === "ArrowUp") items[(at + items.length - 1) % items.length].focus();
    else return;
    event.preventDefault();
  }

  close() {
    if (this.root.hidden) return;
    this.root.hidden = true;
    this.pair = null;
    this.does.closed();
  }

  destroy() {
    document.removeEventListener("pointerdown", this.outside);
  }
}
