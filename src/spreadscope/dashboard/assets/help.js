// What a figure or a lamp means, for whoever has no mouse to hover with: its box opens when it is focused by key or
// touch.

import { element, setText } from "./dom.js";

export class HelpBox {
  // `root`: where the box lies; it is told of `attach`ed nodes inside.
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.box = element("div", "help");
    this.box.hidden = true;
    this.box.setAttribute("role", "tooltip");
    root.append(this.box);
    root.addEventListener("focusin", (event) => this.#show(event.target));
    root.addEventListener("focusout", () => this.#hide());
    root.addEventListener("keydown", (event) => event.key === "Escape" && this.#hide());
  }

  /** @param {EventTarget | null} target */
  #show(target) {
    const node = target instanceof Element ? target.closest("[data-help]") : null;
    if (!(node instanceof HTMLElement) || !node.dataset.help) return;
    setText(this.box, node.dataset.help);
    this.box.hidden = false;
    const frame = this.root.getBoundingClientRect();
    const place = node.getBoundingClientRect();
    const left = Math.min(place.left - frame.left, frame.width - this.box.offsetWidth);
    this.box.style.left = `${Math.max(0, left)}px`;
    this.box.style.top = `${place.bottom - frame.top + 4}px`;
  }

  #hide() {
    this.box.hidden = true;
  }
}

// The words are told by hovering, by focus, and to a screen reader.
/**
 * @param {HTMLElement} node
 * @param {string} words
 */
export function explain(node, words) {
  if (node.dataset.help === words) return;
  node.dataset.help = words;
  node.title = words;
  if (words) {
    node.tabIndex = 0;
    node.setAttribute("aria-description", words);
  } else {
    node.removeAttribute("tabindex");
    node.removeAttribute("aria-description");
  }
}
