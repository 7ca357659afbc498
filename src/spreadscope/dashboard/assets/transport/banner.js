// The banner of a playback: nobody shall take what plays for the market of now.

import { demoWords } from "../demo.js";
import { element, setText } from "../dom.js";
import { timeWords } from "./transport_words.js";

/** @import { Playback, Status } from "../contract.d.ts" */

export class ReplayBanner {
  constructor() {
    this.root = element("div", "replay-banner");
    this.root.setAttribute("role", "note");
    this.title = element("b", "", "REPLAY");
    this.time = element("span", "time");
    this.demo = element("span", "demo");
    this.words = element("span", "words");
    this.words.setAttribute("role", "status");
    this.root.append(element("i", "lamp"), this.title, this.time, this.demo, this.words);
  }

  /** @param {Status} status */
  source(status) {
    setText(this.demo, status.demo ? `DEMO \u00b7 ${demoWords(status)}` : "");
  }

  /**
   * @param {Playback | null} playback
   * @param {number} time
   * @param {string} words
   */
  draw(playback, time, words) {
    setText(this.words, words);
    if (!playback) return;
    setText(this.title, `REPLAY \u00b7 ${timeWords(time)}`);
    setText(this.time, playback.title);
  }
}
