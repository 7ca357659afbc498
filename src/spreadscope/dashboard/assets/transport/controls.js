// What moves a playback: buttons, speed, and a slider over the market's time with its signals and alerts.

import { element, setText } from "../dom.js";
import { showSign } from "./icons.js";
import { MarkStrip } from "./mark_strip.js";
import { SPEEDS, speedWords, timeWords } from "./transport_words.js";

/**
 * @import { Playback, PlaybackCommand, Timeframe } from "../contract.d.ts"
 * @import { Sign } from "./icons.js"
 */

export class Controls {
  // move(command): what was asked for; onDrag(): while the slider is moved.
  /**
   * @param {Timeframe} timeframe
   * @param {(command: PlaybackCommand) => void} move
   * @param {() => void} onDrag
   */
  constructor(timeframe, move, onDrag) {
    /** Which bars a step counts. */
    this.timeframe = timeframe;
    /** Where the slider is held; null while it follows the market. @type {number | null} */
    this.held = null;
    this.playing = false;
    this.root = element("div", "row");
    /** @type {(sign: Sign, title: string, command: () => PlaybackCommand) => HTMLButtonElement} */
    const button = (sign, title, command) => {
      const made = element("button");
      showSign(made, sign);
      made.type = "button";
      name(made, title);
      made.addEventListener("click", () => move(command()));
      return made;
    };
    this.previous = button("previous", "Back to the signal or alert before", () => ({ op: "previous" }));
    this.toggle = button("play", "Play", () => ({ op: this.playing ? "pause" : "play" }));
    this.toggle.classList.add("primary");
    this.step = button("step", "One bar on", () => ({ op: "step", timeframe: this.timeframe }));
    this.next = button("next", "On to the next signal or alert", () => ({ op: "next" }));
    this.speed = element("select");
    this.speed.setAttribute("aria-label", "Speed");
    for (const speed of SPEEDS) this.speed.append(new Option(speedWords(speed), String(speed)));
    this.speed.addEventListener("change", () => {
      move({ op: "speed", speed: this.speed.value === "null" ? null : Number(this.speed.value) });
    });
    this.marks = new MarkStrip();
    this.slider = element("input");
    this.slider.type = "range";
    this.slider.step = "1000";
    this.slider.setAttribute("aria-label", "Time of the market");
    this.slider.addEventListener("input", () => {
      this.held = Number(this.slider.value);
      onDrag();
    });
    this.slider.addEventListener("change", () => {
      this.held = null;
      move({ op: "seek", time: Number(this.slider.value) });
    });
    this.start = element("span");
    this.found = element("span");
    this.end = element("span");
    const ends = element("div", "ends");
    ends.append(this.start, this.found, this.end);
    const track = element("div", "track");
    track.append(this.marks.root, this.slider, ends);
    this.root.append(this.previous, this.toggle, this.step, this.next, this.speed, track);
  }

  /**
   * @param {Playback | null} playback
   * @param {boolean} idle whether nothing can be asked now
   */
  draw(playback, idle) {
    const over = playback?.state === "ended" || playback?.state === "failed";
    for (const part of [this.previous, this.toggle, this.speed, this.slider]) part.disabled = idle;
    for (const part of [this.step, this.next]) part.disabled = idle || over;
    if (!playback) return;
    this.playing = playback.state === "playing";
    showSign(this.toggle, this.playing ? "pause" : "play");
    name(this.toggle, this.playing ? "Pause" : over ? "Play from the start" : "Play");
    if (!idle) this.speed.value = String(playback.speed);
    this.slider.min = String(playback.start);
    this.slider.max = String(playback.end);
    const time = this.held ?? playback.time;
    if (this.held === null) this.slider.value = String(time);
    this.slider.setAttribute("aria-valuetext", timeWords(time));
    setText(this.start, timeWords(playback.start));
    setText(this.found, `${playback.marks} ${playback.marks === 1 ? "signal or alert" : "signals and alerts"}`);
    setText(this.end, timeWords(playback.end));
  }
}

/** @type {(button: HTMLButtonElement, title: string) => void} */
function name(button, title) {
  if (button.title === title) return;
  button.title = title;
  button.setAttribute("aria-label", title);
}
