// The story of a signal or an alert: when, why, what speaks against it, the figures of its bar, and a link to it.

import { remarks, ruleName, valueWords } from "./alerts/alert_words.js";
import { say } from "./shared_state.js";
import { element } from "./dom.js";
import { dateAndClock, localTime, typeset, written } from "./format.js";
import { valueOf } from "./row_values.js";
import { actionWords, cautionWords } from "./signal_words.js";

/** @import { Alert, Row, Signal, Statistic } from "./contract.d.ts" */

const FIGURES = ["z", "spread", "beta", "correlation", "eg_p", "half_life_unbiased", "breakdown"];

export class Story {
  // catalogue(): the statistics, whose labels and formats the figures have.
  /** @param {() => Statistic[]} catalogue */
  constructor(catalogue) {
    this.catalogue = catalogue;
    this.root = element("div", "story");
    this.root.setAttribute("role", "dialog");
    this.root.setAttribute("aria-label", "Story");
    this.root.tabIndex = -1;
    this.root.hidden = true;
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
  }

  /**
   * @param {Signal} signal
   * @param {Row | null} row
   */
  ofSignal(signal, row) {
    const against = cautionWords(signal);
    const unknown = signal.cautions === null ? "What speaks against it is not known: its row is not at hand." : "";
    this.#show(
      actionWords[signal.action],
      signal.time,
      [typeset(signal.cause), signal.legs, against || unknown || "Nothing speaks against it."],
      row,
    );
    this.root.dataset.story = `signal ${signal.time} ${signal.action}`;
  }

  /**
   * @param {Alert} alert
   * @param {number} time of its bar (ms)
   * @param {Row | null} row
   */
  ofAlert(alert, time, row) {
    this.#show(
      `${alert.severity}: ${ruleName(alert)}`,
      time,
      [typeset(alert.words), `${alert.state}${valueWords(alert)} at ${dateAndClock(alert.time)} UTC`, remarks(alert)],
      row,
    );
    this.root.dataset.story = `alert ${alert.time}`;
  }

  /**
   * @param {string} title
   * @param {number} time
   * @param {string[]} lines
   * @param {Row | null} row
   */
  #show(title, time, lines, row) {
    const close = element("button", "close", "\u00d7");
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", () => this.close());
    const stamp = element("time", "", `${dateAndClock(time)} UTC`);
    const local = localTime(time);
    if (local) stamp.title = `${local} here`;
    const link = element("button", "", "Copy a link to this moment");
    link.addEventListener("click", () => void copyMoment(time));
    const figures = element("dl");
    for (const [label, words] of this.#figures(row)) figures.append(element("dt", "", label), element("dd", "", words));
    this.root.replaceChildren(
      close,
      element("h3", "", title),
      stamp,
      ...lines.filter(Boolean).map((line) => element("p", "", line)),
      figures,
      link,
    );
    if (row === null) figures.replaceWith(element("p", "muted", "The row of that bar is not held: pan there for it."));
    this.root.hidden = false;
    this.root.focus();
  }

  /**
   * @param {Row | null} row
   * @returns {[string, string][]}
   */
  #figures(row) {
    if (row === null) return [];
    return this.catalogue()
      .filter(({ key }) => FIGURES.includes(key))
      .map(({ key, label, format }) => {
        const [value, reason] = valueOf(row, key);
        return [label, value === null ? (reason ?? "") : written(format)(value)];
      });
  }

  close() {
    this.root.hidden = true;
  }
}

/** @param {number} time */
async function copyMoment(time) {
  const address = new URL(window.location.href);
  address.searchParams.set("at", String(time));
  try {
    await navigator.clipboard.writeText(address.href);
    say({ text: "The address is copied: it opens the chart at this moment." });
  } catch {
    window.history.replaceState(window.history.state, "", address.href);
    say({ text: "This browser does not let a page copy: the address is in the address bar." });
  }
}
