// The reference of the keyboard, which `?` opens on every page.

import { element } from "../dom.js";

/** @type {[string, [string, string][]][]} */
const KEYS = [
  [
    "Every page",
    [
      ["Ctrl K", "find a pair, a symbol, a page or a command"],
      ["?", "these keys"],
      ["Esc", "close what is open"],
      ["Tab", "the next figure, lamp or button"],
    ],
  ],
  [
    "The chart (Tab to it first)",
    [
      ["\u2190 \u2192", "the cross-hair by a bar, with Shift by ten"],
      ["Home, End", "the first and the newest bar"],
      ["+ \u2212", "zoom"],
      ["M", "measure: arrows move its end, Esc ends it"],
      ["Enter", "the story of the signal or alert under the cross-hair"],
    ],
  ],
  [
    "The chart by mouse",
    [
      ["wheel, drag", "zoom and pan; older bars come as you pan left"],
      ["Shift drag", "measure: bars, time, change, in z"],
      ["drag a line between panes", "their heights"],
      ["double click on an axis", "its own range again"],
      ["click on an arrow or square", "its story"],
    ],
  ],
];

export class KeyReference {
  constructor() {
    this.root = element("dialog", "keys");
    this.root.setAttribute("aria-label", "Keyboard");
    const close = element("button", "close", "\u00d7");
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", () => this.root.close());
    this.root.append(close, element("h3", "", "Keyboard and mouse"));
    for (const [title, keys] of KEYS) {
      const list = element("dl");
      for (const [key, words] of keys) list.append(element("dt", "", key), element("dd", "", words));
      this.root.append(element("h4", "", title), list);
    }
    // A click beside it, which the dialog itself gets.
    this.root.addEventListener("click", (event) => event.target === this.root && this.root.close());
  }

  toggle() {
    if (this.root.open) this.root.close();
    else this.root.showModal();
  }
}
