// The newest signals of the pair, beside the markers on the chart.

import { asButton, element } from "./dom.js";
import { fixed, typeset } from "./format.js";
import { actionWords, cautionWords } from "./signal_words.js";
import { stamped } from "./stamp.js";

/** @import { Signal } from "./contract.d.ts" */

const SHOWN = 25;

export class SignalsPanel {
  // onStory(signal): its story is asked for.
  /** @param {(signal: Signal) => void} onStory */
  constructor(onStory) {
    this.onStory = onStory;
    this.root = element("section", "panel signals");
    this.root.setAttribute("aria-label", "Signals");
    this.list = element("ol", "history");
    this.root.append(element("h3", "", "Signals"), this.list);
    /** @type {string | null} */
    this.drawn = null;
  }

  // `signals` ascending; draws only what is new.
  /** @param {Signal[]} signals */
  draw(signals) {
    const newest = signals.slice(-SHOWN).reverse();
    const key = JSON.stringify(newest);
    if (key === this.drawn) return;
    this.drawn = key;
    const lines = newest.length
      ? newest.map((signal) => line(signal, this.onStory))
      : [element("li", "empty", "No signal yet.")];
    this.list.replaceChildren(...lines);
  }
}

/**
 * @param {Signal} signal
 * @param {(signal: Signal) => void} onStory
 */
function line(signal, onStory) {
  const item = element("li");
  const story = element("div", "told"); // a line of a list is no button itself
  item.append(story);
  asButton(story, "Its story", () => onStory(signal));
  item.dataset.action = signal.action;
  // The engine's own words for an entry begin with the z-score already.
  const z = signal.z === null || signal.cause.startsWith("z ") ? "" : `z ${fixed(signal.z, 2, { sign: true })}`;
  story.append(
    stamped(signal.time),
    element("b", "", actionWords[signal.action]),
    ...(signal.legs ? [element("span", "legs", signal.legs)] : []),
    element("span", "state", [z, typeset(signal.cause)].filter(Boolean).join(" \u00b7 ")),
  );
  const against = cautionWords(signal);
  if (against) {
    item.dataset.cautions = String(signal.cautions?.length ?? 0);
    story.append(element("span", "against", against));
  }
  return item;
}
