// Which columns the list has, and in which order: a box with all that the engine has.

import { element } from "../dom.js";
import { DEFAULT } from "./columns.js";
import { Popup } from "./popup.js";

/** @import { Column } from "./columns.js" */

export class ColumnsMenu {
  /** @param {(keys: string[]) => void} choose */
  constructor(choose) {
    this.choose = choose;
    this.laid = "";
    this.popup = new Popup("Columns", "columns");
    this.list = element("ul");
    const reset = element("button", "reset", "As at first");
    reset.type = "button";
    reset.addEventListener("click", () => choose([...DEFAULT]));
    this.popup.box.append(this.list, reset);
  }

  /**
   * @param {Column[]} columns
   * @param {string[]} chosen
   */
  show(columns, chosen) {
    const key = JSON.stringify([columns.map(({ key, label }) => [key, label]), chosen]);
    if (key === this.laid) return;
    const focused = this.popup.box.querySelector(":focus");
    const again = focused instanceof HTMLElement ? focused.dataset.focus : undefined;
    this.laid = key;
    const known = new Map(columns.map((column) => [column.key, column]));
    const inOrder = chosen.flatMap((name) => known.get(name) ?? []);
    const others = columns.filter((column) => column.key !== "pair" && !chosen.includes(column.key));
    this.list.replaceChildren(...[...inOrder, ...others].map((column) => this.#item(column, chosen)));
    if (again) /** @type {HTMLElement | null} */ (this.list.querySelector(`[data-focus="${again}"]`))?.focus();
  }

  /**
   * @param {Column} column
   * @param {string[]} chosen
   */
  #item({ key, label, help }, chosen) {
    const item = element("li");
    const name = element("label");
    name.title = help;
    const box = element("input");
    box.type = "checkbox";
    box.checked = chosen.includes(key);
    box.dataset.focus = key;
    box.addEventListener("change", () =>
      this.choose(box.checked ? [...chosen, key] : chosen.filter((each) => each !== key)),
    );
    name.append(box, label);
    item.append(name);
    if (box.checked) item.append(this.#move(key, label, chosen, -1), this.#move(key, label, chosen, 1));
    return item;
  }

  /**
   * @param {string} key
   * @param {string} label
   * @param {string[]} chosen
   * @param {-1 | 1} step
   */
  #move(key, label, chosen, step) {
    const button = element("button", "move", step < 0 ? "\u2191" : "\u2193");
    button.type = "button";
    button.title = step < 0 ? "further left" : "further right";
    button.setAttribute("aria-label", `${label} ${button.title}`);
    button.dataset.focus = `${key}${step}`;
    const at = chosen.indexOf(key);
    button.disabled = at + step < 0 || at + step >= chosen.length;
    button.addEventListener("click", () => {
      const moved = chosen.filter((each) => each !== key);
      moved.splice(at + step, 0, key);
      this.choose(moved);
    });
    return button;
  }

  destroy() {
    this.popup.destroy();
  }
}
