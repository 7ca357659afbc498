// Across the page while the kill switch is on: who stopped the account, when and why, and the way back.

import { element, setText } from "../dom.js";
import { dateAndClock } from "../format.js";
import { AskBox } from "./ask_box.js";

/** @import { KillSwitch } from "../contract.d.ts" */

export class KillBand {
  /** @param {(reason: string) => void} reset */
  constructor(reset) {
    this.root = element("div", "kill-band");
    this.root.setAttribute("role", "alert");
    this.root.hidden = true;
    this.words = element("p");
    this.button = element("button", "", "Reset");
    this.button.type = "button";
    this.box = new AskBox();
    this.button.addEventListener("click", () =>
      this.box.ask(
        {
          words: "Signals and tickets trade again after it. Say why it is safe.",
          reason: "",
          go: "Reset the kill switch",
          done: reset,
        },
        this.button,
      ),
    );
    const line = element("div", "line");
    line.append(this.words, this.button);
    this.root.append(line, this.box.root);
  }

  /**
   * @param {KillSwitch | null} kill
   * @param {boolean} flattens
   */
  draw(kill, flattens) {
    this.root.hidden = kill === null;
    if (kill === null) return;
    const closed = flattens ? "What was open is closed." : "What is open stays open.";
    const when = `${dateAndClock(kill.time)} UTC`;
    setText(
      this.words,
      `Stopped by ${kill.by} at ${when} because: ${kill.reason}. Nothing new is opened. ${closed}`.replace("..", "."),
    );
  }
}
