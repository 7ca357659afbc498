// Orders that have not ended, oldest first.

import { element, setText } from "../dom.js";
import { orderCells } from "./paper_words.js";

/** @import { PaperOrder } from "../contract.d.ts" */

const HEADS = ["Order", "Of trade", "Symbol", "Kind", "Quantity", "Filled", "Limit", "Ahead of it", "State", "Sent"];

export class OrdersTable {
  constructor() {
    this.root = element("section", "orders");
    this.root.setAttribute("aria-label", "Working orders");
    this.body = element("tbody");
    const table = element("table");
    const head = element("tr");
    for (const words of HEADS) {
      const cell = element("th", "", words);
      cell.scope = "col";
      head.append(cell);
    }
    const heads = element("thead");
    heads.append(head);
    table.append(heads, this.body);
    const scrolled = element("div", "scrolled");
    scrolled.tabIndex = 0;
    scrolled.append(table);
    const heading = element("h3", "", "Working orders");
    heading.append(element("span", "paper", "PAPER"));
    this.root.append(heading, scrolled);
  }

  /**
   * @param {PaperOrder[]} orders
   * @param {number | null} now
   */
  draw(orders, now) {
    this.root.hidden = orders.length === 0;
    while (this.body.rows.length > orders.length) this.body.deleteRow(-1);
    orders.forEach((order, index) => {
      const row = this.body.rows[index] ?? this.#row();
      orderCells(order, now).forEach((text, place) => setText(/** @type {Element} */ (row.cells[place]), text));
    });
  }

  #row() {
    const row = this.body.insertRow();
    HEADS.forEach(() => row.insertCell());
    return row;
  }
}
