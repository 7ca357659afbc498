// A line of words at the top of each pane: what it shows, and the figures under the cross-hair, else the newest.

import { element, setData, setText } from "./dom.js";
import { band, number } from "./drawn.js";
import { basisPoints, dateAndClock, decimalsSeen, fixed, typeset } from "./format.js";
import { actionWords, cautionWords } from "./markers.js";
import { traded } from "./traded.js";

const NOTHING = "–";

export class Legends {
  constructor(stage, chart, legs, timeframe) {
    this.chart = chart;
    this.names = [`${legs.y} ${timeframe}`, `${legs.x} ${timeframe}`, "Spread ln Y − β ln X − α", "z-score", "Correlation of returns"];
    this.root = element("div", "legends");
    this.lines = this.names.map((name, index) => {
      const line = element("div", "legend");
      line.dataset.pane = ["y", "x", "spread", "z", "correlation"][index];
      const words = element("span", "figures");
      line.append(element("b", "", name), words);
      this.root.append(line);
      return { line, words };
    });
    // Where there is no number, the middle of the pane says why.
    this.reasons = { 2: element("div", "reason"), 3: element("div", "reason"), 4: element("div", "reason") };
    this.root.append(...Object.values(this.reasons));
    stage.append(this.root);
    // Panes grow and shrink with the window and when a separator is dragged.
    this.observer = new ResizeObserver(() => this.#place());
    for (const pane of chart.panes()) {
      const part = pane.getHTMLElement();
      if (part) this.observer.observe(part);
    }
    this.#place();
  }

  #place() {
    const top = this.root.getBoundingClientRect().top;
    this.chart.panes().forEach((pane, index) => {
      const part = pane.getHTMLElement();
      if (!part) return;
      const box = part.getBoundingClientRect();
      this.lines[index].line.style.top = `${box.top - top + 4}px`;
      if (this.reasons[index]) this.reasons[index].style.top = `${box.top - top + box.height / 2}px`;
    });
  }

  // `analytics`: the engine's windows, once they are known.
  draw(store, hovered, chart, analytics) {
    this.analytics = analytics;
    this.hedge = chart.hedge;
    const { row: newest } = store.current();
    const row = hovered === null ? newest : (store.rows.get(hovered) ?? (newest?.time === hovered ? newest : null));
    const barY = pick(store.barsY, store.formingY, hovered);
    const barX = pick(store.barsX, store.formingX, hovered);
    this.#decimals(store);
    setData(this.root, "time", hovered ?? newest?.time);
    this.#why(newest);
    const stamp = hovered === null ? "" : `${dateAndClock(hovered)} UTC  `;
    this.#set(0, stamp + barWords(barY, this.y, barY === store.formingY), barY === store.formingY ? null : barY);
    this.#set(1, barWords(barX, this.x, barX === store.formingX), barX === store.formingX ? null : barX);
    this.#set(2, row ? spreadWords(traded(row, this.hedge), chart.k) : "", row);
    this.#set(3, row ? zWords(row, traded(row, this.hedge).z, store, hovered) : "", row);
    this.#set(4, row ? valueWords(row.correlation, (value) => fixed(value, 3, { sign: true })) : "", row);
  }

  // All of it, as it is read out.
  words() {
    return this.lines.map(({ line }) => line.textContent).join(". ");
  }

  #why(newest) {
    const figures = newest && traded(newest, this.hedge);
    const values = { 2: figures?.spread, 3: figures?.z, 4: newest?.correlation };
    for (const [index, node] of Object.entries(this.reasons)) {
      const value = values[index];
      const reason = value && value[0] === null ? value[1] : null;
      const window = this.analytics?.hedge_window;
      const rows = window ? `${newest?.n} of ${window} rows` : `${newest?.n} rows so far`;
      setText(node, reason === null ? "" : `${reason} \u00b7 ${rows}`);
    }
  }

  #set(index, text, item) {
    setText(this.lines[index].words, text);
    const doubtful = Boolean(item?.stale || item?.incomplete || item?.complete === false);
    this.lines[index].line.classList.toggle("doubtful", doubtful);
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

function spreadWords(figures, k) {
  const value = valueWords(figures.spread, (spread) => `${fixed(spread, 6, { sign: true })} (${basisPoints(spread)})`);
  const upper = k === null ? null : band(figures, k);
  if (upper === null || number(figures.mean) === null) return value;
  const six = (each) => fixed(each, 6, { sign: true });
  return `${value}  mean ${six(number(figures.mean))}  ±${k} sd ${six(band(figures, -k))} … ${six(upper)}`;
}

function zWords(row, figure, store, hovered) {
  const value = valueWords(figure, (z) => fixed(z, 2, { sign: true }));
  const words = [value, row.state];
  if (row.stale) words.push("stale");
  if (row.incomplete) words.push("incomplete");
  const signal = hovered === null ? null : store.signals.find((each) => each.time === hovered);
  if (signal) words.push(`${actionWords[signal.action] ?? signal.action}: ${typeset(signal.cause)}`);
  if (signal && cautionWords(signal)) words.push(cautionWords(signal));
  return words.join("  ");
}
