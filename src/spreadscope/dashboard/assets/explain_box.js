// The box that a click on a figure opens: all that is to be said of it, and whether its line is drawn.

import { element } from "./dom.js";

export class ExplainBox {
  /** @param {HTMLElement} root where the box lies */
  constructor(root) {
    this.root = root;
    this.box = element("div", "explain");
    this.box.setAttribute("role", "dialog");
    this.box.tabIndex = -1;
    this.box.hidden = true;
    /** @type {HTMLElement | null} */
    this.of = null;
    root.append(this.box);
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.#back();
    });
    this.elsewhere = (/** @type {Event} */ event) => {
      const path = event.composedPath();
      if (!path.includes(this.box) && !(this.of && path.includes(this.of))) this.close();
    };
  }

  // Opens below `node`, or closes where it is open for it. `line`: what to call the button of its line, and its act.
  /**
   * @param {HTMLElement} node
   * @param {string} title
   * @param {[string, string][]} lines
   * @param {{ words: string, act: () => void } | null} line
   */
  toggle(node, title, lines, line) {
    if (!this.box.hidden && this.of === node) {
      this.#back();
      return;
    }
    this.of = node;
    this.box.setAttribute("aria-label", title);
    const close = element("button", "close", "\u00d7");
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", () => this.#back());
    const list = element("dl");
    for (const [what, words] of lines) if (words) list.append(element("dt", "", what), element("dd", "", words));
    this.box.replaceChildren(close, element("h3", "", title), list);
    if (line) {
      const button = element("button", "line-button", line.words);
      button.addEventListener("click", () => {
        this.#back();
        line.act();
      });
      this.box.append(button);
    }
    this.box.hidden = false;
    const frame = this.root.getBoundingClientRect();
    const place = node.getBoundingClientRect();
    this.box.style.left = `${Math.max(0, Math.min(place.left - frame.left, frame.width - this.box.offsetWidth))}px`;
    this.box.style.top = `${place.bottom - frame.top + 4}px`;
    this.box.focus();
    document.addEventListener("pointerdown", this.elsewhere, { capture: true });
  }

  #back() {
    const { of } = this;
    this.close();
    of?.focus();
  }

  close() {
    this.box.hidden = true;
    document.removeEventListener("pointerdown", this.elsewhere, { capture: true });
  }
}
