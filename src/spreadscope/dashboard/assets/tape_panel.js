// The tape of both legs, the newest on top.

import { element, setText } from "./dom.js";
import { clock, fixed, localTime } from "./format.js";

/**
 * @import { Legs } from "./store.js"
 * @import { Print, Tape } from "./tape.js"
 */

const SHOWN = 40;

export class TapePanel {
  constructor() {
    this.root = element("section", "panel tape");
    this.root.setAttribute("aria-label", "Tape");
    this.list = element("ol", "prints");
    this.empty = element("p", "empty", "No trade since this was opened.");
    this.root.append(element("h3", "", "Tape"), this.empty, this.list);
    this.drawn = -1;
  }

  /**
   * @param {Tape} tape
   * @param {Legs} legs
   * @param {{ y: number, x: number }} decimals
   */
  draw(tape, legs, decimals) {
    if (this.drawn === tape.count) return;
    if (tape.count < this.drawn) this.list.replaceChildren();
    const news = tape.prints.filter(({ number }) => number > this.drawn).slice(0, SHOWN);
    this.drawn = tape.count;
    this.list.prepend(...news.map((print) => line(print, legs, decimals)));
    while (this.list.children.length > SHOWN) this.list.lastElementChild?.remove();
    this.empty.hidden = this.list.children.length > 0;
    setText(this.empty, "No trade since this was opened.");
  }
}

/**
 * @param {Print} print
 * @param {Legs} legs
 * @param {{ y: number, x: number }} decimals
 */
function line({ leg, time, price, trades, volume, move }, legs, decimals) {
  const item = element("li");
  item.dataset.move = String(move);
  const stamp = element("time", "", clock(time));
  stamp.title = [`${clock(time)} UTC`, localTime(time) && `${localTime(time)} here`].filter(Boolean).join(", ");
  item.append(
    stamp,
    element("span", "of", legs[leg]),
    element("b", "", fixed(price, decimals[leg])),
    element("span", "volume", `${fixed(volume, 3)}${trades > 1 ? ` in ${trades}` : ""}`),
  );
  return item;
}
