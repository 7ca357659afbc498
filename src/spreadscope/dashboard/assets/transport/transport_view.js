// The transport of one playback. The status says where it stands; a click is answered by the playback itself, at once.

import { Connection } from "../connection.js";
import { element, setData, setText } from "../dom.js";
import { SILENT_AFTER, sentence } from "../liveness.js";
import { ReplayBanner } from "./banner.js";
import { Commands } from "./commands.js";
import { Controls } from "./controls.js";
import { stateWords } from "./transport_words.js";

/**
 * @import { Message, Playback, PlaybackCommand, Status, Timeframe } from "../contract.d.ts"
 * @import { Parent } from "../mounting.js"
 */
/** @typedef {{ socket: string, address: string, timeframe: Timeframe }} Given */

export class TransportView {
  /**
   * @param {Parent} parent
   * @param {Given} given
   * @param {string} signature
   */
  constructor(parent, { socket, address, timeframe }, signature) {
    this.signature = signature;
    this.commands = new Commands(address);
    /** @type {Playback | null} */
    this.playback = null;
    /** How many commands wait for their answer. */
    this.asked = 0;
    this.marksShown = -1;
    this.lost = "begins";
    this.heard = performance.now();
    this.root = element("section", "transport");
    this.root.setAttribute("aria-label", "Replay");
    this.banner = new ReplayBanner();
    this.controls = new Controls(
      timeframe,
      (command) => void this.#move(command),
      () => this.#draw(),
    );
    this.note = element("p", "note");
    this.note.setAttribute("role", "alert");
    this.root.append(this.banner.root, this.controls.root, this.note);
    parent.append(this.root);
    this.connection = new Connection(
      socket,
      (message) => this.#receive(message),
      (state) => {
        if (state === "closed") this.#lose("the dashboard's server does not answer");
      },
    );
    this.connection.subscribe("status");
    this.ticker = window.setInterval(() => {
      if (performance.now() - this.heard > SILENT_AFTER && !this.lost) this.#lose("the replay says nothing");
    }, 1000);
    this.#draw();
  }

  // Which bars a step counts.
  /** @param {Timeframe} timeframe */
  countBars(timeframe) {
    this.controls.timeframe = timeframe;
  }

  /** @param {PlaybackCommand} command */
  async #move(command) {
    this.asked += 1;
    this.#draw();
    let refused = "";
    try {
      this.playback = await this.commands.move(command);
    } catch (error) {
      refused = sentence(error instanceof Error ? error.message : String(error));
    }
    this.asked -= 1;
    setText(this.note, refused);
    this.#draw();
  }

  /** @param {string} words */
  #lose(words) {
    this.lost = words;
    this.#draw();
  }

  /** @param {Message} message */
  #receive(message) {
    this.heard = performance.now();
    if (message.type === "engine") {
      if (message.state === "lost") this.#lose(message.detail ?? "the engine does not answer");
    } else if (message.type !== "error" && message.topic === "status") this.#take(/** @type {Status} */ (message.data));
  }

  /** @param {Status} status */
  #take(status) {
    this.lost = status.playback ? "" : "this engine is live: it plays nothing";
    // A status that was on its way when a command was given is of before it.
    if (status.playback && !this.asked) this.playback = status.playback;
    this.banner.source(status);
    this.#draw();
    void this.#findMarks();
  }

  // The marks are asked for where there are others than those shown.
  async #findMarks() {
    const { playback } = this;
    if (!playback || playback.marks === this.marksShown) return;
    this.marksShown = playback.marks;
    try {
      this.controls.marks.show(await this.commands.marks(), playback);
    } catch {
      this.marksShown = -1; // asked again with the next status
    }
  }

  #draw() {
    const { playback } = this;
    setData(this.root, "state", this.lost || !playback ? "lost" : playback.state);
    this.note.hidden = !this.note.textContent;
    const doing = this.asked ? "is asked" : playback ? stateWords(playback) : "";
    const time = this.controls.held ?? (playback?.time || playback?.start || 0);
    this.banner.draw(playback, time, this.lost || doing);
    this.controls.draw(playback, this.lost !== "" || this.asked > 0);
  }

  destroy() {
    this.connection.close();
    window.clearInterval(this.ticker);
    this.root.remove();
  }
}
