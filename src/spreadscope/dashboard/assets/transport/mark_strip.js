// The signals and alerts of a playback as strokes above its slider.

import { element } from "../dom.js";
import { placeOf } from "./transport_words.js";

/** @import { PlaybackMark } from "../contract.d.ts" */

export class MarkStrip {
  constructor() {
    this.root = element("div", "marks");
    this.root.setAttribute("aria-hidden", "true");
  }

  /**
   * @param {PlaybackMark[]} marks
   * @param {{ start: number, end: number }} span
   */
  show(marks, span) {
    // Those that fall on one stroke are drawn once: two thousand strokes would be no picture.
    /** @type {Map<string, HTMLElement>} */
    const strokes = new Map();
    for (const { kind, time, subject, text } of marks) {
      const left = `${(100 * placeOf(time, span)).toFixed(1)}%`;
      const stroke = element("i", kind);
      stroke.style.left = left;
      stroke.title = `${subject}: ${text}`;
      strokes.set(`${kind} ${left}`, stroke);
    }
    this.root.replaceChildren(...strokes.values());
  }
}
