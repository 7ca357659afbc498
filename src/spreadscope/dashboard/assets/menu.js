// A button that opens a box below it. The box closes at Esc, at a click elsewhere, and gives the focus back.

import { element } from "./dom.js";

export class Menu {
  /**
   * @param {string} className
   * @param {string} label what the button does, for a screen reader
   * @param {() => void} [onOpen]
   */
  constructor(className, label, onOpen = () => {}) {
    this.onOpen = onOpen;
    this.root = element("div", `menu ${className}`);
    this.button = element("button", "opener");
    this.button.type = "button";
    this.button.setAttribute("aria-label", label);
    this.button.setAttribute("aria-haspopup", "dialog");
    this.button.setAttribute("aria-expanded", "false");
    this.box = element("div", "box");
    this.box.hidden = true;
    this.box.setAttribute("role", "dialog");
    this.box.setAttribute("aria-label", label);
    this.root.append(this.button, this.box);
    this.button.addEventListener("click", () => this.toggle());
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.box.hidden) return;
      event.stopPropagation();
      this.close();
      this.button.focus();
    });
    this.elsewhere = (/** @type {Event} */ event) => {
      if (!event.composedPath().includes(this.root)) this.close();
    };
  }

  toggle() {
    if (this.box.hidden) this.open();
    else this.close();
  }

  open() {
    this.onOpen();
    this.box.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", this.elsewhere, { capture: true });
  }

  close() {
    this.box.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", this.elsewhere, { capture: true });
  }
}
