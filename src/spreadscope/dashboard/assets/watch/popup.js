// A button with a box below it, which closes by Escape, by the button, and by a press elsewhere.

import { element } from "../dom.js";

export class Popup {
  /**
   * @param {string} label
   * @param {string} className
   */
  constructor(label, className) {
    this.root = element("div", `popup ${className}`);
    this.button = element("button", "", label);
    this.button.type = "button";
    this.button.setAttribute("aria-expanded", "false");
    this.box = element("div", "box");
    this.box.hidden = true;
    this.root.append(this.button, this.box);
    this.button.addEventListener("click", () => this.toggle());
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.box.hidden) return;
      event.stopPropagation();
      this.toggle(false);
      this.button.focus();
    });
    /** @param {Event} event */
    this.outside = (event) => {
      if (!event.composedPath().includes(this.root)) this.toggle(false);
    };
    document.addEventListener("pointerdown", this.outside);
  }

  /** @param {boolean} [open] */
  toggle(open = Boolean(this.box.hidden)) {
    this.box.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (open) this.box.querySelector("input")?.focus();
  }

  destroy() {
    document.removeEventListener("pointerdown", this.outside);
  }
}
