// The followed pairs beside the chart: z and position of each, and a click shows it. The page Watch has all figures.

import { wantShown } from "./shared_state.js";
import { element, setData, setText } from "./dom.js";
import { fixed } from "./format.js";
import { numberOf, valueOf } from "./row_values.js";
import { positionWords } from "./template.js";
import { WatchedRows } from "./watch/rows.js";

/** @import { SignalSettings, WatchChanges, WatchView } from "./contract.d.ts" */
/** @typedef {{ root: HTMLElement, z: HTMLElement, state: HTMLElement }} Line */

export class WatchPanel {
  constructor() {
    this.root = element("section", "panel watching");
    this.root.setAttribute("aria-label", "Watch list");
    this.list = element("ul");
    this.empty = element("p", "empty", "The pairs are on their way.");
    this.root.append(element("h3", "", "Watch list"), this.empty, this.list);
    /** @type {Map<string, Line>} */
    this.lines = new Map();
    this.watched = new WatchedRows();
    this.changed = false;
  }

  /** @param {WatchView} view */
  snapshot(view) {
    this.watched.snapshot(view);
    this.changed = true;
  }

  /** @param {WatchChanges} changes */
  update(changes) {
    this.watched.update(changes);
    this.changed = true;
  }

  /**
   * @param {string} shown the pair in view
   * @param {SignalSettings} [levels]
   */
  draw(shown, levels) {
    if (!this.changed || !this.watched.known) return;
    this.changed = false;
    const pairs = [...this.watched.pairs.values()];
    this.empty.hidden = pairs.length > 0;
    setText(this.empty, "No pair is followed.");
    const wanted = new Set(pairs.map(({ pair }) => pair));
    for (const [pair, { root }] of this.lines) {
      if (wanted.has(pair)) continue;
      root.remove();
      this.lines.delete(pair);
    }
    for (const { pair, row } of pairs) {
      const line = this.lines.get(pair) ?? this.#line(pair);
      const [z, reason] = row ? valueOf(row, "z") : [null, "no row yet"];
      setText(line.z, z === null ? "\u2013" : fixed(z, 2, { sign: true }));
      line.z.title = reason ?? "";
      setText(line.state, row ? positionWords(row.state) : "no row yet");
      const size = Math.abs((row && numberOf(row, "z")) ?? 0);
      setData(
        line.root,
        "zone",
        row?.stale || !levels ? "" : size >= levels.stop ? "stop" : size >= levels.entry ? "entry" : "",
      );
      setData(line.root, "stale", Boolean(row?.stale));
      line.root.setAttribute("aria-current", String(pair === shown));
    }
  }

  /** @param {string} pair */
  #line(pair) {
    const root = element("button");
    root.type = "button";
    const line = { root, z: element("b"), state: element("span", "of") };
    root.append(element("span", "name", pair), line.z, line.state);
    root.addEventListener("click", () => wantShown({ pair }));
    const item = element("li");
    item.append(root);
    this.list.append(item);
    this.lines.set(pair, { ...line, root: item });
    return { ...line, root: item };
  }
}
