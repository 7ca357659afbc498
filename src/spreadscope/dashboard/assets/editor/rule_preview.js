// What a rule would have done on what is stored: how often, when, for how long, and where on the line of its quantity.

import { figure } from "../alerts/alert_words.js";
import { AskError, ask, isAbort } from "./asking.js";
import { element, setText } from "../dom.js";
import { dateAndClock, duration } from "../format.js";
import { fetchLine } from "./preview_line.js";
import { drawSparkline } from "./sparkline.js";

/**
 * @import { CheckPassed, Firing, Preview } from "../contract.d.ts"
 * @import { Written } from "./preview_line.js"
 */

const LISTED = 30;

export class RulePreview {
  /**
   * @param {string} askUrl
   * @param {string} socket
   */
  constructor(askUrl, socket) {
    this.url = `${askUrl}/preview`;
    this.socket = socket;
    /** @type {AbortController | null} */
    this.running = null;
    this.root = element("div", "preview");
    this.root.hidden = true;
    this.summary = element("p", "summary");
    this.summary.setAttribute("role", "status");
    this.note = element("p", "hint");
    this.figure = element("div", "figure");
    this.list = element("ol", "firings");
    this.root.append(this.summary, this.note, this.figure, this.list);
  }

  get busy() {
    return Boolean(this.running);
  }

  clear() {
    this.running?.abort();
    this.running = null;
    this.root.hidden = true;
  }

  // The rule is another now: what is shown is of what it was.
  old() {
    this.root.classList.toggle("old", true);
  }

  // `check`: the engine's verdict on the rule, which names what it needs.
  /**
   * @param {Written} rule
   * @param {CheckPassed | null} check
   */
  async show(rule, check) {
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    this.root.hidden = false;
    this.root.classList.remove("old");
    this.#say("Looking through what is stored \u2026");
    try {
      /** @type {Preview} */
      const result = await ask(this.url, rule, running.signal);
      this.#draw(result);
      await this.#drawLine(rule, check, result, running.signal);
    } catch (error) {
      if (error instanceof AskError) this.#say(error.message);
      else if (!isAbort(error)) throw error;
    } finally {
      if (this.running === running) this.running = null;
    }
  }

  /** @param {string} words */
  #say(words) {
    setText(this.summary, words);
    setText(this.note, "");
    this.figure.replaceChildren();
    this.list.replaceChildren();
  }

  /** @param {Preview} preview */
  #draw({ evaluated, from, to, fired, last_fired, firings, no_data, note }) {
    if (!evaluated || from === null || to === null) {
      this.#say(note || "Nothing is stored yet that this rule could be tried on.");
      return;
    }
    const span = `between ${dateAndClock(from)} and ${dateAndClock(to)} UTC`;
    const times = fired === 0 ? "not once" : fired === 1 ? "once" : `${fired} times`;
    const last = last_fired ? ` Last at ${dateAndClock(last_fired)} UTC.` : "";
    setText(this.summary, `It would have fired ${times} ${span}.${last}`);
    const without = no_data
      ? `${no_data} of ${evaluated} bars without a verdict, as data were missing. `
      : `${evaluated} bars judged. `;
    setText(this.note, `${without}${note}`.trim());
    const newest = [...firings].sort((a, b) => b.time - a.time);
    const lines = newest.slice(0, LISTED).map(firingLine);
    if (fired > lines.length) lines.push(element("li", "hint", `and ${fired - lines.length} earlier`));
    this.list.replaceChildren(...lines);
    this.figure.replaceChildren();
  }

  /**
   * @param {Written} rule
   * @param {CheckPassed | null} check
   * @param {Preview} result
   * @param {AbortSignal} signal
   */
  async #drawLine(rule, check, result, signal) {
    if (!result.evaluated) return;
    const line = await fetchLine(this.socket, rule, check, result.levels, signal);
    if (line === null || signal.aborted) return;
    this.figure.replaceChildren(drawSparkline(line, result.firings));
  }

  destroy() {
    this.running?.abort();
  }
}

/** @param {Firing} firing */
function firingLine({ subject, time, end, value }) {
  const line = element("li");
  const length = end === null ? "has not ended" : duration((end - time) / 1000);
  line.append(
    element("time", "", `${dateAndClock(time)} UTC`),
    element("span", "", subject),
    element("span", "value", figure(value)),
    element("span", "hint", length),
  );
  return line;
}
