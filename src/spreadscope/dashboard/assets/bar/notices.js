// Short words of what was done, in the corner; where it can be undone, they offer it.

import { element } from "../dom.js";
import { onNotice } from "../shared_state.js";

/** @import { Notice } from "../shared_state.js" */

const TIME = 7000;
const MOST = 4;

export class Notices {
  constructor() {
    this.root = element("div", "notices");
    this.root.setAttribute("aria-live", "polite");
    /** @type {Map<HTMLElement, number>} */
    this.shown = new Map();
    this.stop = onNotice((notice) => this.show(notice));
  }

  /** @param {Notice} notice */
  show({ text, undo }) {
    const box = element("div", "toast notice");
    box.append(element("span", "words", text));
    if (undo) {
      const button = element("button", "", "Undo");
      button.addEventListener("click", () => {
        this.#remove(box);
        undo();
      });
      box.append(button);
    }
    const close = element("button", "close", "\u00d7");
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", () => this.#remove(box));
    box.append(close);
    this.root.append(box);
    this.#expire(box);
    box.addEventListener("pointerenter", () => window.clearTimeout(this.shown.get(box)));
    box.addEventListener("pointerleave", () => this.#expire(box));
    const [oldest] = this.shown.keys();
    if (this.shown.size > MOST) this.#remove(oldest);
  }

  /** @param {HTMLElement} box */
  #expire(box) {
    this.shown.set(
      box,
      window.setTimeout(() => this.#remove(box), TIME),
    );
  }

  /** @param {HTMLElement} box */
  #remove(box) {
    window.clearTimeout(this.shown.get(box));
    this.shown.delete(box);
    box.remove();
  }

  destroy() {
    this.stop();
    for (const timer of this.shown.values()) window.clearTimeout(timer);
  }
}
