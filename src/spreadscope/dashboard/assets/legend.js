// A line of words at the top of each pane: what it shows, and the figures under the cross-hair, else the newest.

import { valueOf } from "./catalogue.js";
import { element, setData, setText } from "./dom.js";
import { band, number } from "./drawn.js";
import { basisPoints, dateAndClock, decimalsSeen, fixed, typeset, written } from "./format.js";
import { actionWords, cautionWords } from "./markers.js";

const NOTHING = "–";

export class Legends {
  // `chart`: a PairChart.
  constructor(stage, chart, legs, timeframe) {
    this.chart = chart;
    this.legs = [
      ["y", `${legs.y} ${timeframe}`],
      ["x", `${legs.x} ${timeframe}`],
    ];
    this.root = element("div", "legends");
    stage.append(this.root);
    // Panes grow and shrink with the window and when a separator is dragged.
    this.observer = new ResizeObserver(() => this.#place());
    this.build();
  }

  // Anew, where the chart has other panes now.
  build() {
    this.root.replaceChildren();
    this.panes = [
      ...this.legs.map(([name, title]) => this.#pane(name, [{ title }])),
      ...this.chart.panes.map(({ name, lines }) =>
        this.#pane(
          name,
          lines.map((each) => ({ title: each.line.title, statistic: each })),
        ),
      ),
    ];
    // Where there is no number, the middle of the pane says why.
    for (const pane of this.panes) {
      pane.reason = element("div", "reason");
      if (pane.lines[0].statistic) this.root.append(pane.reason);
    }
    this.observer.disconnect();
    this.observed = new Set();
    this.#place();
  }

  #pane(name, lines) {
    const root = element("div", "legend");
    root.dataset.pane = name;
    const made = lines.map(({ title, statistic }) => {
      const heading = element("b", "", title);
      const words = element("span", "figures");
      root.append(heading, words);
      return { statistic, heading, words };
    });
    this.root.append(root);
    return { root, lines: made };
  }

  // A pane has no element before the library has drawn it.
  #place() {
    const top = this.root.getBoundingClientRect().top;
    this.placed = true;
    this.chart.chart.panes().forEach((pane, index) => {
      const part = pane.getHTMLElement();
      if (!part || !this.panes[index]) {
        this.placed = false;
        return;
      }
      this.#observe(part);
      const box = part.getBoundingClientRect();
      this.panes[index].root.style.top = `${box.top - top + 4}px`;
      this.panes[index].reason.style.top = `${box.top - top + box.height / 2}px`;
    });
  }

  // Once: who is observed anew is told of at once, and would be for ever.
  #observe(part) {
    if (this.observed.has(part)) return;
    this.observed.add(part);
    this.observer.observe(part);
  }

  // `analytics`: the engine's windows, once they are known.
  draw(store, hovered, analytics) {
    const { row: newest } = store.current();
    const row = hovered === null ? newest : (store.rows.get(hovered) ?? (newest?.time === hovered ? newest : null));
    const barY = pick(store.barsY, store.formingY, hovered);
    const barX = pick(store.barsX, store.formingX, hovered);
    if (!this.placed) this.#place();
    this.#decimals(store);
    setData(this.root, "time", hovered ?? newest?.time);
    const stamp = hovered === null ? "" : `${dateAndClock(hovered)} UTC  `;
    const [first, second, ...panes] = this.panes;
    this.#set(first, [stamp + barWords(barY, this.y, barY === store.formingY)], barY === store.formingY ? null : barY);
    this.#set(second, [barWords(barX, this.x, barX === store.formingX)], barX === store.formingX ? null : barX);
    const signal = hovered === null ? null : store.signals.find((each) => each.time === hovered);
    for (const pane of panes) {
      const words = pane.lines.map(({ statistic }) => (row ? this.#figure(statistic, row, signal) : ""));
      this.#set(pane, words, row);
      this.#why(pane, newest, analytics);
      pane.lines.forEach(({ statistic, heading }) => {
        heading.style.color = pane.lines.length > 1 ? this.chart.theme[statistic.line.colour] : "";
      });
    }
  }

  // All of it, as it is read out.
  words() {
    return this.panes.map(({ root }) => root.textContent).join(". ");
  }

  #figure({ key, format, measure, line }, row, signal) {
    const write = written(format);
    const inBasisPoints = (value) => (measure === "log" ? ` (${basisPoints(value)})` : "");
    const words = [valueWords(valueOf(row, key), (value) => write(value) + inBasisPoints(value))];
    if (line.bands) words.push(...bandWords(row, line.bands, this.chart.thresholds?.entry, write));
    if (line.thresholds) words.push(...actWords(row, signal));
    return words.join("  ");
  }

  #why({ lines, reason }, newest, analytics) {
    const values = newest ? lines.map(({ statistic }) => valueOf(newest, statistic.key)) : [];
    const missing = values.length > 0 && values.every(([value]) => value === null) ? values[0][1] : null;
    const window = analytics?.hedge_window;
    const rows = window ? `${newest?.n} of ${window} rows` : `${newest?.n} rows so far`;
    setText(reason, missing === null ? "" : `${missing} \u00b7 ${rows}`);
  }

  #set({ root, lines }, words, item) {
    lines.forEach((line, index) => setText(line.words, words[index]));
    const doubtful = Boolean(item?.stale || item?.incomplete || item?.complete === false);
    root.classList.toggle("doubtful", doubtful);
  }

  #decimals(store) {
    if (this.y !== undefined || !store.barsY.items.size || !store.barsX.items.size) return;
    const of = (bars) => decimalsSeen([...bars.items.values()].slice(-400).map((bar) => bar.close));
    this.y = of(store.barsY);
    this.x = of(store.barsX);
  }

  destroy() {
    this.observer.disconnect();
    this.root.remove();
  }
}

function pick(bars, forming, hovered) {
  if (hovered === null) return forming ?? bars.newest();
  return bars.get(hovered) ?? (forming?.open_time === hovered ? forming : null);
}

function barWords(bar, decimals = 2, forming = false) {
  if (!bar) return NOTHING;
  const price = (value) => fixed(value, decimals);
  const incomplete = bar.complete || forming ? "" : "  incomplete";
  const source = bar.origin === "kline" ? "  from the exchange's candles" : "";
  return `O ${price(bar.open)}  H ${price(bar.high)}  L ${price(bar.low)}  C ${price(bar.close)}  V ${fixed(bar.volume, 3)}${incomplete}${source}`;
}

function valueWords(pair, format) {
  return pair[0] === null ? (pair[1] ?? NOTHING) : format(pair[0]);
}

function bandWords(row, bands, deviations, write) {
  const mean = number(row[bands[0]]);
  const edges = deviations === undefined ? [null] : [-deviations, deviations].map((each) => band(row, bands, each));
  if (mean === null || edges.includes(null)) return [];
  return [`mean ${write(mean)}`, `±${deviations} sd ${edges.map(write).join(" … ")}`];
}

// What is done about it: the position, what speaks against the row, and a signal.
function actWords(row, signal) {
  const words = [row.state];
  if (row.stale) words.push("stale");
  if (row.incomplete) words.push("incomplete");
  if (signal) words.push(`${actionWords[signal.action] ?? signal.action}: ${typeset(signal.cause)}`);
  if (signal && cautionWords(signal)) words.push(cautionWords(signal));
  return words;
}
