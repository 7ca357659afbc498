// One pair trade: how it stands, its two legs, and what can be done. Messages change its figures in place: a button
// stays under the finger that goes for it. Closing asks once more where the button was.

import { element, setData, setText } from "../dom.js";
import {
  NOTHING,
  exitWords,
  filledWords,
  fundingWords,
  heldWords,
  liquidationWords,
  noteWords,
  originWords,
  partsWords,
  price,
  quantity,
  result,
  sideWords,
  toneOf,
  zScore,
} from "./paper_words.js";

/** @import { PaperLeg, PaperTrade } from "../contract.d.ts" */
/**
 * @typedef {object} CardDoes
 * @property {(trade: number, percent: number) => void} close
 * @property {(trade: number) => void} details
 */

const LEG_HEADS = ["Leg", "Quantity", "Entry", "Mark", "Value, USDT", "Unrealised", "Next funding", "Liquidation at"];
const ASKED_PERCENT = new Map([
  [100, "Close all of it"],
  [50, "Close half of it"],
]);

export class TradeCard {
  /**
   * @param {PaperTrade} trade
   * @param {CardDoes} does
   */
  constructor({ id, pair, timeframe }, does) {
    this.id = id;
    this.does = does;
    this.percent = 0; // what is asked for once more
    this.root = element("article", "trade");
    this.root.dataset.trade = String(id);
    this.root.setAttribute("aria-label", `Trade ${id}, ${pair}`);
    const head = element("header");
    const name = element("div", "name");
    this.state = element("span", "state");
    this.side = element("span", "side");
    const title = element("div", "title");
    title.append(element("b", "", pair), element("span", "of", `${timeframe} \u00b7 trade ${id}`), this.state);
    this.note = element("p", "why");
    name.append(title, this.side, this.note);
    /** @type {Map<string, { value: HTMLElement, below: HTMLElement }>} */
    this.figures = new Map();
    const figures = element("dl", "figures");
    for (const [key, label] of [
      ["z", "z at entry \u2192 now"],
      ["held", "Held"],
      ["result", "Result, USDT"],
      ["range", "Best / worst"],
    ]) {
      const root = element("div");
      root.dataset.key = key;
      const figure = { value: element("dd", "value"), below: element("dd", "below") };
      root.append(element("dt", "", label), figure.value, figure.below);
      figures.append(root);
      this.figures.set(/** @type {string} */ (key), figure);
    }
    head.append(name, figures, this.#makeButtons());
    /** @type {HTMLTableRowElement[]} */
    this.legs = [];
    this.root.append(head, this.#makeLegs());
  }

  #makeButtons() {
    const box = element("div", "buttons");
    /** @type {(words: string, className: string, press: () => void) => HTMLButtonElement} */
    const button = (words, className, press) => {
      const made = element("button", className, words);
      made.type = "button";
      made.addEventListener("click", press);
      box.append(made);
      return made;
    };
    this.detail = button("Details", "", () => this.does.details(this.id));
    this.half = button("Close half", "", () => this.#ask(50));
    this.whole = button("Close", "", () => this.#ask(100));
    this.sure = button("", "danger", () => {
      const { percent } = this;
      this.#ask(0);
      this.does.close(this.id, percent);
    });
    this.keep = button("Keep it", "", () => this.#ask(0));
    this.#showButtons(true, false);
    return box;
  }

  /** @param {number} percent what is asked for once more; 0: nothing */
  #ask(percent) {
    const from = this.percent;
    this.percent = percent;
    if (percent) setText(/** @type {Element} */ (this.sure), ASKED_PERCENT.get(percent) ?? "");
    this.#showButtons(true, false);
    (percent ? this.keep : from === 50 ? this.half : this.whole)?.focus();
  }

  /**
   * @param {boolean} closable
   * @param {boolean} busy
   */
  #showButtons(closable, busy) {
    const asking = this.percent > 0 && closable;
    const { detail, half, whole, sure, keep } = this;
    if (!detail || !half || !whole || !sure || !keep) return;
    detail.hidden = asking;
    half.hidden = whole.hidden = asking || !closable;
    sure.hidden = keep.hidden = !asking;
    half.disabled = whole.disabled = sure.disabled = busy;
  }

  #makeLegs() {
    const table = element("table", "legs");
    const heads = element("tr");
    for (const words of LEG_HEADS) {
      const cell = element("th", "", words);
      cell.scope = "col";
      heads.append(cell);
    }
    const head = element("thead");
    head.append(heads);
    const body = element("tbody");
    this.legs = [0, 1].map(() => {
      const row = body.insertRow();
      for (const words of LEG_HEADS) row.insertCell().dataset.label = words;
      return row;
    });
    table.append(head, body);
    return table;
  }

  /**
   * @param {PaperTrade} trade
   * @param {number | null} now
   * @param {boolean} busy it was asked to be closed, and the script has not said yet that it is done
   */
  draw(trade, now, busy) {
    setData(this.root, "state", trade.state);
    setData(this.root, "alone", trade.residual > 0);
    setData(this.root, "asked", busy);
    setText(this.state, trade.state);
    const [y = "", x = ""] = trade.pair.split("/");
    setText(this.side, sideWords(trade.side, y, x));
    setText(this.note, noteWords(trade, now));
    this.note.hidden = this.note.textContent === "";
    this.#figure("z", `${zScore(trade.z_entry)} \u2192 ${zScore(trade.z_now)}`, filledWords(trade) + exitWords(trade));
    this.#figure("held", heldWords(trade), originWords(trade, now));
    this.#figure("result", result(trade.result), partsWords(trade.parts), toneOf(trade.result));
    this.#figure("range", `${result(trade.peak)} / ${result(trade.trough)}`, "USDT");
    for (const [index, leg] of [trade.y, trade.x].entries()) {
      const row = this.legs[index];
      if (row) drawLeg(row, leg, now);
    }
    this.#showButtons(trade.state !== "exiting", busy);
  }

  /**
   * @param {string} key
   * @param {string} value
   * @param {string} below
   * @param {string} [tone]
   */
  #figure(key, value, below, tone = "") {
    const figure = this.figures.get(key);
    if (!figure) return;
    setText(figure.value, value);
    setText(figure.below, below);
    setData(figure.value, "tone", tone);
  }
}

/**
 * @param {HTMLTableRowElement} row
 * @param {PaperLeg} leg
 * @param {number | null} now
 */
function drawLeg(row, leg, now) {
  const planned = leg.held === leg.planned ? "" : ` of ${quantity(leg.planned)}`;
  const cells = [
    leg.symbol,
    `${leg.held ? quantity(leg.held) : "0"}${planned}`,
    price(leg.entry_price),
    price(leg.mark),
    leg.mark === null ? NOTHING : result(leg.value),
    result(leg.unrealised),
    fundingWords(leg, now),
    liquidationWords(leg),
  ];
  cells.forEach((text, place) => setText(/** @type {Element} */ (row.cells[place]), text));
  setData(/** @type {HTMLElement} */ (row.cells[5]), "tone", toneOf(leg.unrealised));
}
