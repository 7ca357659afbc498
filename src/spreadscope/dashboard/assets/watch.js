// Entry of the watch list: every pair with its figures as they are now, one line a pair, from the catalogue of
// statistics.

import { cardsOf, valueOf } from "./catalogue.js";
import { element, setData, setText } from "./dom.js";
import { Feed } from "./feed.js";
import { age, written } from "./format.js";
import { mounting } from "./mounting.js";
import { positionWords } from "./template.js";

class WatchView {
  constructor(parent, { timeframe, socket, link }, signature) {
    this.signature = signature;
    this.link = link;
    this.timeframe = timeframe;
    this.lines = new Map();
    this.order = { key: null, down: true };
    this.root = element("section", "watch");
    this.root.setAttribute("aria-label", "Watch list");
    this.note = element("p", "note");
    this.note.setAttribute("role", "status");
    const scroll = element("div", "scroll");
    this.table = element("table");
    this.head = element("thead");
    this.body = element("tbody");
    this.table.append(this.head, this.body);
    scroll.append(this.table);
    this.root.append(this.note, scroll);
    parent.append(this.root);
    this.feed = new Feed(socket, `watch:${timeframe}`, "The pairs are on their way.", {
      onData: (_, data) => {
        this.data = data;
      },
      onChange: () => this.#schedule(),
    });
  }

  #schedule() {
    if (this.frame !== undefined) return;
    this.frame = window.requestAnimationFrame(() => {
      this.frame = undefined;
      this.#draw();
    });
  }

  #draw() {
    const { liveness, status } = this.feed;
    const pairs = this.data?.pairs ?? [];
    const trouble = liveness.words(this.data !== undefined, status?.starting);
    const empty = this.data && !pairs.length ? "No pair is followed yet. Add one on the Live page." : "";
    this.root.classList.toggle("lost", this.data !== undefined && liveness.lost);
    setData(this.root, "state", trouble?.state ?? (pairs.length ? "live" : "empty"));
    setText(this.note, trouble ? `${trouble.title}. ${trouble.words}` : empty);
    this.note.hidden = this.note.textContent === "";
    this.table.hidden = !pairs.length;
    if (!pairs.length) return;
    this.#layHead();
    this.#drawLines(this.#sorted(pairs), status?.config.signals);
  }

  // The head is laid anew where the engine tells of other statistics.
  #layHead() {
    const key = JSON.stringify([this.data.statistics, this.order]);
    if (this.laid === key) return;
    this.laid = key;
    this.columns = cardsOf(this.data.statistics).map((each) => ({ ...each, write: written(each.format) }));
    const row = element("tr");
    const add = (label, help, name) => {
      const cell = element("th");
      const button = element("button", "", label);
      button.type = "button";
      button.title = `${help} Click: sort by it.`;
      button.addEventListener("click", () => this.#sortBy(name));
      const sorted = this.order.key === name;
      cell.setAttribute("aria-sort", !sorted ? "none" : this.order.down ? "descending" : "ascending");
      cell.dataset.key = name;
      cell.append(button);
      row.append(cell);
    };
    add("Pair", "Y and X.", "pair");
    add("Position", "What the signal holds.", "state");
    for (const { key: name, label, help } of this.columns) add(label, help, name);
    add("Age", "How old the older leg's price was at the last row.", "age");
    this.head.replaceChildren(row);
    for (const line of this.lines.values()) line.root.remove();
    this.lines.clear();
  }

  #sortBy(key) {
    this.order = { key, down: this.order.key === key ? !this.order.down : key !== "pair" };
    this.#schedule();
  }

  // By size where a figure has two sides; what has no number comes last.
  #sorted(pairs) {
    const { key, down } = this.order;
    if (key === null) return pairs;
    const of = ({ pair, row }) => {
      if (key === "pair") return pair;
      if (row === null) return null;
      if (key === "state") return row.state;
      if (key === "age") return Math.max(row.age_y ?? Infinity, row.age_x ?? Infinity);
      const value = valueOf(row, key)[0];
      return value === null ? null : Math.abs(value);
    };
    return [...pairs].sort((one, other) => {
      const [a, b] = [of(one), of(other)];
      if (a === null || b === null) return (a === null) - (b === null);
      const order = a < b ? -1 : a > b ? 1 : one.pair < other.pair ? -1 : 1;
      return down ? -order : order;
    });
  }

  #drawLines(pairs, levels) {
    const wanted = new Set(pairs.map(({ pair }) => pair));
    for (const [pair, line] of this.lines) {
      if (wanted.has(pair)) continue;
      line.root.remove();
      this.lines.delete(pair);
    }
    pairs.forEach(({ pair, row }, index) => {
      if (!this.lines.has(pair)) this.lines.set(pair, this.#line(pair));
      const line = this.lines.get(pair);
      if (this.body.children[index] !== line.root) this.body.insertBefore(line.root, this.body.children[index] ?? null);
      this.#fill(line, row, levels);
    });
  }

  #line(pair) {
    const root = element("tr");
    root.dataset.pair = pair;
    const name = element("th");
    const link = element("a", "", pair);
    link.href = `${this.link}?pair=${encodeURIComponent(pair)}&timeframe=${this.timeframe}`;
    link.target = "_top";
    name.append(link);
    name.scope = "row";
    const cells = new Map();
    for (const key of ["state", ...this.columns.map(({ key: each }) => each), "age"]) {
      const cell = element("td");
      cell.dataset.key = key;
      cells.set(key, cell);
    }
    root.append(name, ...cells.values());
    return { root, cells };
  }

  #fill({ root, cells }, row, levels) {
    root.classList.toggle("stale", Boolean(row?.stale));
    setText(cells.get("state"), row ? positionWords(row.state) : "no row yet");
    for (const { key, write, card } of this.columns) {
      const [value, reason] = row ? valueOf(row, key) : [null, ""];
      const cell = cells.get(key);
      setText(cell, value === null ? (reason ?? "") : write(value));
      cell.classList.toggle("missing", value === null);
      setData(cell, "value", value);
      const distance = value === null || !card.thresholds || !levels ? 0 : Math.abs(value);
      const alarm = card.alarm !== null && value !== null && value >= card.alarm;
      setData(
        cell,
        "zone",
        alarm || distance >= (levels?.stop ?? Infinity)
          ? "stop"
          : distance >= (levels?.entry ?? Infinity)
            ? "entry"
            : "",
      );
    }
    const oldest = row ? Math.max(row.age_y ?? Infinity, row.age_x ?? Infinity) : Infinity;
    setText(cells.get("age"), Number.isFinite(oldest) ? age(oldest) : "");
  }

  destroy() {
    this.feed.close();
    if (this.frame !== undefined) window.cancelAnimationFrame(this.frame);
    this.root.remove();
  }
}

export default mounting({
  make: (...given) => new WatchView(...given),
  signature: ({ timeframe, socket }) => JSON.stringify([timeframe, socket]),
  ran: () => {},
});
