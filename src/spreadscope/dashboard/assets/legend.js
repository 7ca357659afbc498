// A line of words at the top of each pane: what it shows, and the figures under the cross-hair, else the newest.

import { element, setData, setText } from "./dom.js";
import { amount, basisPoints, dateAndClock, decimalsSeen, fixed, localTime, typeset, written } from "./format.js";
import { FOLDED } from "./layout/model.js";
import { band, numberOf, valueOf } from "./row_values.js";
import { actionWords, cautionWords } from "./signal_words.js";
import { colourOf } from "./theme.js";
import { valueTraded } from "./volume.js";

/**
 * @import { AnalyticsSettings, Bar, Executable, Row, Signal } from "./contract.d.ts"
 * @import { DrawnStatistic } from "./chosen_lines.js"
 * @import { PairChart } from "./chart.js"
 * @import { Writer } from "./format.js"
 * @import { Figure } from "./row_values.js"
 * @import { KeyedByTime, Legs, PairStore } from "./store.js"
 */
/**
 * @typedef {object} Line
 * @property {DrawnStatistic | null} statistic null: the candles of a leg
 * @property {HTMLElement} heading
 * @property {HTMLElement} words
 *
 * @typedef {{ name: string, root: HTMLElement, reason: HTMLElement, lines: Line[] }} LegendPane
 */

const NOTHING = "–";

export class Legends {
  // `chart`: a PairChart; onPane(name, what) for what is asked of a pane.
  /**
   * @param {HTMLElement} stage
   * @param {PairChart} chart
   * @param {Legs} legs
   * @param {string} timeframe
   * @param {(name: string, what: "fold" | "up" | "down") => void} onPane
   */
  constructor(stage, chart, legs, timeframe, onPane) {
    this.chart = chart;
    this.onPane = onPane;
    this.legs = legs;
    this.timeframe = timeframe;
    this.root = element("div", "legends");
    stage.append(this.root);
    // Panes grow and shrink with the window and when a separator is dragged.
    this.observer = new ResizeObserver(() => this.#place());
    /** @type {Set<Element>} */
    this.observed = new Set();
    this.panes = this.#panes();
    this.placed = false;
    this.#place();
  }

  // Another pair, or other bars.
  /**
   * @param {Legs} legs
   * @param {string} timeframe
   */
  name(legs, timeframe) {
    this.legs = legs;
    this.timeframe = timeframe;
    this.y = this.x = undefined;
    this.build();
  }

  // Anew, where the chart has other panes now.
  build() {
    this.root.replaceChildren();
    this.panes = this.#panes();
    this.observer.disconnect();
    this.observed.clear();
    this.#place();
  }

  #panes() {
    const panes = [
      this.#pane("y", [{ title: `${this.legs.y} ${this.timeframe}`, statistic: null }]),
      this.#pane("x", [{ title: `${this.legs.x} ${this.timeframe}`, statistic: null }]),
      this.#pane("volume", [{ title: "Volume by value", statistic: null }]),
      ...this.chart.panes.map(({ name, lines }) =>
        this.#pane(
          name,
          lines.map((each) => ({ title: each.line.title, statistic: each })),
        ),
      ),
    ];
    // Where there is no number, the middle of the pane says why.
    for (const { lines, reason } of panes) if (lines[0].statistic) this.root.append(reason);
    return panes;
  }

  /**
   * @param {string} name
   * @param {{ title: string, statistic: DrawnStatistic | null }[]} lines
   * @returns {LegendPane}
   */
  #pane(name, lines) {
    const root = element("div", "legend");
    root.dataset.pane = name;
    const made = lines.map(({ title, statistic }) => {
      const heading = element("b", "", title);
      const words = element("span", "figures");
      root.append(heading, words);
      return { statistic, heading, words };
    });
    root.append(this.#tools(name, lines[0].title));
    this.root.append(root);
    return { name, root, reason: element("div", "reason"), lines: made };
  }

  // Its signs are of the style sheet: the words of a legend are read out.
  /**
   * @param {string} name
   * @param {string} title
   */
  #tools(name, title) {
    const tools = element("span", "pane-tools");
    /** @type {["fold" | "up" | "down", string][]} */
    const all = [
      ["fold", "Fold or open"],
      ["up", "Move up"],
      ["down", "Move down"],
    ];
    for (const [what, words] of all) {
      const button = element("button", what);
      button.type = "button";
      button.title = `${words}: ${title}`;
      button.setAttribute("aria-label", `${words}: ${title}`);
      button.addEventListener("click", () => this.onPane(name, what));
      tools.append(button);
    }
    return tools;
  }

  // The panes were moved, folded or opened.
  place() {
    this.#place();
  }

  // A pane has no element before the library has drawn it.
  #place() {
    const top = this.root.getBoundingClientRect().top;
    this.placed = true;
    for (const { name, root, reason } of this.panes) {
      const part = this.chart.paneOf(name)?.getHTMLElement();
      if (!part) {
        this.placed = false;
        continue;
      }
      this.#observe(part);
      const box = part.getBoundingClientRect();
      const folded = box.height < FOLDED * 1.5;
      root.classList.toggle("folded", folded);
      root.style.top = `${box.top - top + (folded ? 3 : 4)}px`;
      reason.style.top = `${box.top - top + box.height / 2}px`;
      reason.hidden = folded;
    }
  }

  // Once: who is observed anew is told of at once, and would be for ever.
  /** @param {Element} part */
  #observe(part) {
    if (this.observed.has(part)) return;
    this.observed.add(part);
    this.observer.observe(part);
  }

  /**
   * @param {PairStore} store
   * @param {number | null} hovered
   */
  draw(store, hovered) {
    const { row: newest } = store.current();
    const row = hovered === null ? newest : (store.rows.get(hovered) ?? (newest?.time === hovered ? newest : null));
    const barY = pick(store.barsY, store.formingY, hovered);
    const barX = pick(store.barsX, store.formingX, hovered);
    if (!this.placed) this.#place();
    this.#seen(store);
    setData(this.root, "time", hovered ?? newest?.time);
    const local = hovered === null ? "" : localTime(hovered);
    const stamp = hovered === null ? "" : `${dateAndClock(hovered)} UTC${local ? ` (${local} here)` : ""}  `;
    const [first, second, third, ...panes] = this.panes;
    this.#set(first, [stamp + barWords(barY, this.y, barY === store.formingY)], mayLack(barY, store.formingY));
    this.#set(second, [barWords(barX, this.x, barX === store.formingX)], mayLack(barX, store.formingX));
    this.#set(third, [volumeWords(barY, barX)], mayLack(barY, store.formingY) || mayLack(barX, store.formingX));
    const signal = hovered === null ? null : store.signals.find((each) => each.time === hovered);
    for (const pane of panes) {
      const words = pane.lines.map(({ statistic }) => (row && statistic ? this.#figure(statistic, row, signal) : ""));
      // At the quotes of now, so beside the newest alone.
      if (hovered === null && store.executable && pane.lines[0].statistic?.line.thresholds) {
        words[0] += `  ${executableWords(store.executable)}`;
      }
      this.#set(pane, words, row !== null && (row.stale || row.incomplete));
      this.#why(pane, newest, store.analytics);
      pane.lines.forEach(({ statistic, heading }) => {
        const named = pane.lines.length > 1 && statistic !== null;
        heading.style.color = named ? colourOf(this.chart.theme, statistic.line.colour) : "";
      });
    }
  }

  get titles() {
    return this.panes.map(({ name, lines }) => ({ name, title: lines[0].heading.textContent ?? name }));
  }

  // Of the prices of both legs.
  get decimals() {
    return { y: this.y ?? 2, x: this.x ?? 2 };
  }

  // The figures of z, for a picture.
  get newest() {
    const acted = this.panes.find(({ lines }) => lines[0].statistic?.line.thresholds);
    return acted ? `${acted.lines[0].heading.textContent} ${acted.lines[0].words.textContent}` : "";
  }

  // All of it, as it is read out.
  words() {
    return this.panes.map(({ root }) => root.textContent).join(". ");
  }

  /**
   * @param {DrawnStatistic} statistic
   * @param {Row} row
   * @param {Signal | null | undefined} signal
   */
  #figure({ key, format, measure, line }, row, signal) {
    const write = written(format);
    /** @type {Writer} */
    const inBasisPoints = (value) => (measure === "log" ? ` (${basisPoints(value)})` : "");
    const words = [valueWords(valueOf(row, key), (value) => write(value) + inBasisPoints(value))];
    if (line.bands) words.push(...bandWords(row, line.bands, this.chart.thresholds?.entry, write));
    if (line.thresholds) words.push(...actWords(row, signal));
    return words.join("  ");
  }

  /**
   * @param {LegendPane} pane
   * @param {Row | null} newest
   * @param {AnalyticsSettings} [analytics]
   */
  #why({ lines, reason }, newest, analytics) {
    const values = newest ? lines.flatMap(({ statistic }) => (statistic ? [valueOf(newest, statistic.key)] : [])) : [];
    const missing = values.length > 0 && values.every(([value]) => value === null) ? values[0][1] : null;
    const window = analytics?.hedge_window;
    const rows = window ? `${newest?.n} of ${window} rows` : `${newest?.n} rows so far`;
    setText(reason, missing === null ? "" : `${missing} \u00b7 ${rows}`);
  }

  /**
   * @param {LegendPane} pane
   * @param {string[]} words
   * @param {boolean} doubtful
   */
  #set({ root, lines }, words, doubtful) {
    lines.forEach((line, index) => setText(line.words, words[index]));
    root.classList.toggle("doubtful", doubtful);
  }

  /** @param {PairStore} store */
  #seen(store) {
    if (this.y !== undefined || !store.barsY.items.size || !store.barsX.items.size) return;
    /** @type {(bars: KeyedByTime<Bar>) => number} */
    const of = (bars) => decimalsSeen([...bars.items.values()].slice(-400).map((bar) => bar.close));
    this.y = of(store.barsY);
    this.x = of(store.barsX);
  }

  destroy() {
    this.observer.disconnect();
    this.root.remove();
  }
}

// Whether a bar is closed and lacks trades.
/** @type {(bar: Bar | null, forming: Bar | null) => boolean} */
const mayLack = (bar, forming) => bar !== null && bar !== forming && !bar.complete;

/**
 * @param {KeyedByTime<Bar>} bars
 * @param {Bar | null} forming
 * @param {number | null} hovered
 * @returns {Bar | null}
 */
function pick(bars, forming, hovered) {
  if (hovered === null) return forming ?? bars.newest();
  return bars.get(hovered) ?? (forming?.open_time === hovered ? forming : null);
}

/**
 * @param {Bar | null} bar
 * @param {number} [decimals]
 * @param {boolean} [forming]
 */
function barWords(bar, decimals = 2, forming = false) {
  if (!bar) return NOTHING;
  /** @type {Writer} */
  const price = (value) => fixed(value, decimals);
  const incomplete = bar.complete || forming ? "" : "  incomplete";
  const source = bar.origin === "kline" ? "  from the exchange's candles" : "";
  const prices = `O ${price(bar.open)}  H ${price(bar.high)}  L ${price(bar.low)}  C ${price(bar.close)}`;
  return `${prices}  V ${fixed(bar.volume, 3)}${incomplete}${source}`;
}

// Y is drawn upward, X downward.
/**
 * @param {Bar | null} barY
 * @param {Bar | null} barX
 */
function volumeWords(barY, barX) {
  const [y, x] = [barY, barX].map((bar) => (bar ? amount(valueTraded(bar)) : NOTHING));
  return `Y \u2191 ${y}  X \u2193 ${x}`;
}

// What one would have now: the spread bought at Y's ask and X's bid, and sold the other way round.
/** @param {Executable} executable */
function executableWords({ buy_z: buy, sell_z: sell }) {
  const write = written("signed:2");
  return `buy at ${write(buy)}  sell at ${write(sell)}`;
}

/**
 * @param {Figure} figure
 * @param {Writer} write
 */
function valueWords([value, reason], write) {
  return value === null ? (reason ?? NOTHING) : write(value);
}

/**
 * @param {Row} row
 * @param {[string, string]} bands
 * @param {number | undefined} deviations
 * @param {Writer} write
 */
function bandWords(row, bands, deviations, write) {
  if (deviations === undefined) return [];
  const mean = numberOf(row, bands[0]);
  const edges = [-deviations, deviations].map((each) => band(row, bands, each)).filter((edge) => edge !== null);
  if (mean === null || edges.length < 2) return [];
  return [`mean ${write(mean)}`, `±${deviations} sd ${edges.map(write).join(" … ")}`];
}

// What is done about it: the position, what speaks against the row, and a signal.
/**
 * @param {Row} row
 * @param {Signal | null | undefined} signal
 */
function actWords(row, signal) {
  /** @type {string[]} */
  const words = [row.state];
  if (row.stale) words.push("stale");
  if (row.incomplete) words.push("incomplete");
  if (signal) words.push(`${actionWords[signal.action]}: ${typeset(signal.cause)}`);
  if (signal && cautionWords(signal)) words.push(cautionWords(signal));
  return words;
}
