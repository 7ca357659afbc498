// A short tone for what fires. Off until somebody turns it on; browsers let a page sound only after a click or a key on
// it.

import { recall, remember } from "./remembered.js";

/** @import { Severity } from "../contract.d.ts" */

const GESTURES = ["pointerdown", "keydown"];
/** @type {Record<Severity, number[]>} */
const TONES = { info: [660], warning: [784, 660], critical: [988, 784, 988, 784] };
const LENGTH = 0.16;

export class Sound {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    this.on = recall("sound") === "on";
    /** @type {AudioContext | null} */
    this.context = null;
    this.wake = () => void this.#wake();
    for (const gesture of GESTURES) document.addEventListener(gesture, this.wake);
  }

  // On, but the browser does not let us sound yet.
  get waiting() {
    return this.on && this.context?.state !== "running";
  }

  async toggle() {
    this.on = !this.on;
    remember("sound", this.on ? "on" : "off");
    if (this.on) {
      await this.#wake();
      this.play("info"); // so that one knows what to listen for
    }
    this.onChange();
  }

  /** @param {Severity} severity */
  play(severity) {
    const { context } = this;
    if (!this.on || this.waiting || context === null) return;
    TONES[severity].forEach((frequency, index) => this.#tone(context, frequency, context.currentTime + index * LENGTH));
  }

  /**
   * @param {AudioContext} context
   * @param {number} frequency
   * @param {number} at
   */
  #tone(context, frequency, at) {
    const oscillator = context.createOscillator();
    const volume = context.createGain();
    oscillator.frequency.value = frequency;
    // Eased in and out: a tone cut off clicks.
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.18, at + 0.015);
    volume.gain.linearRampToValueAtTime(0, at + LENGTH - 0.01);
    oscillator.connect(volume).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + LENGTH);
  }

  async #wake() {
    if (!this.on) return;
    this.context ??= new AudioContext();
    if (this.context.state === "running") return;
    await this.context.resume();
    this.onChange();
  }

  destroy() {
    for (const gesture of GESTURES) document.removeEventListener(gesture, this.wake);
    void this.context?.close();
  }
}
