// The strip of present figures. Each carries its validity: without a number it says why, never 0.

import { element, setData, setText } from "./dom.js";
import { LENGTHS } from "./drawn.js";
import { age, basisPoints, decimalsSeen, duration, fixed, probability } from "./format.js";
import { staleAfter } from "./health.js";
import { explain } from "./help.js";
import { hedgeOf, traded } from "./traded.js";

// Of a value [number, null] or [null, reason]: what to show.
const shown = (pair, format) => (pair[0] === null ? { reason: pair[1] ?? "not available" } : { value: pair[0], text: format(pair[0]) });

const signed = (decimals) => (value) => fixed(value, decimals, { sign: true });

// The t-like statistic beside a p-value.
const tau = (value) => (value[0] === null ? "" : `\u03c4 ${signed(2)(value[0])}`);

// How well the filter fits: its z, the deviation of z, which is near 1 when its variances are right, and whether z is white.
// No evidence. The test has a line of its own, beside a number or a dash, so that the strip keeps its height.
const kalmanFit = (row) => {
  if (row.kalman_z[0] === null) return "";
  const deviation = row.kalman_sd_z?.[0];
  const white = row.kalman_ljung_box_p?.[0];
  const fit = `z ${signed(1)(row.kalman_z[0])}${deviation == null ? "" : ` sd ${fixed(deviation, 2)}`}`;
  return `${fit}\nLjung\u2013Box p ${white == null ? "\u2013" : probability(white)}`;
};

const STATISTICS = [
  {
    key: "z",
    label: "z-score",
    help: "The spread in standard deviations from its mean over the rows before it; signals act on it.",
    of: (row, hedge) => traded(row, hedge).z,
    format: signed(2),
    note: (row) => positionWords(row.state),
  },
  {
    key: "spread",
    label: "Spread",
    help: "ln Y − β ln X − α. One basis point (bp) is 0.0001.",
    of: (row, hedge) => traded(row, hedge).spread,
    format: signed(6),
    note: (row, hedge) => basisPoints(traded(row, hedge).spread[0]),
  },
  {
    key: "beta",
    label: "β (OLS)",
    help: "Hedge ratio by least squares over the window, with its standard error.",
    of: (row) => row.beta,
    format: (value) => fixed(value, 4),
    note: (row) => (row.beta_se[0] === null ? "" : `± ${fixed(row.beta_se[0], 4)} s.e.`),
  },
  {
    key: "kalman_beta",
    label: "β (Kalman)",
    help: "Hedge ratio of the Kalman filter. Below: its own z-score; that score's standard deviation, near 1 when the filter's variances are right; and the Ljung–Box p of the score, where a small p says that z is not white, so the filter lags or is too quick. Both say how well the filter fits. Neither is evidence of cointegration.",
    of: (row) => row.kalman_beta,
    format: (value) => fixed(value, 4),
    note: kalmanFit,
  },
  {
    key: "correlation",
    label: "Correlation",
    help: "Of the legs' returns, over the correlation window.",
    of: (row) => row.correlation,
    format: signed(3),
    note: () => "of returns",
  },
  {
    key: "half_life",
    label: "Half-life",
    help: "Time in which the spread is expected to come half-way back to its mean.",
    of: (row) => row.half_life,
    format: duration,
    note: () => "of the spread",
  },
  {
    key: "eg_p",
    label: "Engle–Granger p",
    help: "The evidence of cointegration: small means that so steady a spread would be rare in unrelated legs.",
    of: (row) => row.eg_p,
    format: probability,
    note: (row) => tau(row.eg_stat),
  },
  {
    key: "adf_p",
    label: "ADF p",
    help: "Unit-root test of the spread by itself: a description, while Engle–Granger is the evidence.",
    of: (row) => row.adf_p,
    format: probability,
    note: (row) => tau(row.adf_stat),
  },
  {
    key: "breakdown",
    label: "Breakdown",
    help: "Drift of the spread since β was frozen at entry, against what chance would do: 1 or more says that the pair came apart.",
    of: (row) => row.breakdown ?? [null, "not measured"],
    format: (value) => fixed(value, 2),
    note: (row) => (row.breakdown?.[0] >= 1 ? "came apart" : "of 1 at most"),
  },
  {
    key: "n",
    label: "Sample n",
    help: "Joint rows in the estimation window.",
    of: (row) => [row.n, null],
    format: (value) => fixed(value, 0),
    note: (row, hedge, analytics) => (analytics?.hedge_window ? `of ${analytics.hedge_window}` : "rows"),
  },
];

export class KpiStrip {
  constructor(legs) {
    this.legs = legs;
    this.root = element("div", "kpis");
    this.cards = new Map();
    this.#add("price_y", legs.y, "Last trade.");
    this.#add("price_x", legs.x, "Last trade.");
    for (const { key, label, help } of STATISTICS) this.#add(key, label, help);
  }

  #add(key, label, help) {
    const root = element("div", "kpi");
    explain(root, help);
    root.dataset.key = key;
    const value = element("div", "value", "…");
    const note = element("div", "note", "");
    const name = element("div", "label", label);
    root.append(name, value, note);
    this.root.append(root);
    this.cards.set(key, { root, label: name, value, note });
  }

  // `closed` is the last row whose bar has closed, which the engine keeps; tests compare it with what is stored.
  draw({ row, live, closed, store, fresh, lost }) {
    const { status } = fresh;
    const hedge = hedgeOf(status);
    this.#name(hedge);
    this.#price("price_y", row, store.formingY ?? store.barsY.newest(), store.barsY, fresh, this.legs.y, lost);
    this.#price("price_x", row, store.formingX ?? store.barsX.newest(), store.barsX, fresh, this.legs.x, lost);
    const ages = [this.legs.y, this.legs.x].map((symbol) => fresh.age(symbol)).filter((each) => each !== null);
    const oldest = ages.length ? Math.max(...ages) : null;
    // As the engine judges it: a leg may be as old as a bar is long.
    const old = lost || (oldest !== null && status !== null && oldest > Math.max(staleAfter(status), LENGTHS[row?.timeframe] ?? 0));
    for (const { key, of, format, note } of STATISTICS) {
      const figure = row ? shown(of(row, hedge), format) : { reason: "no row yet" };
      const words = old && oldest !== null && key !== "n" ? oldWords(oldest) : figure.reason || !row ? "" : note(row, hedge, status?.config.analytics);
      this.#show(key, figure, words, { row, live, stale: old || Boolean(row?.stale) });
      const last = closed ? of(closed, hedge)[0] : null;
      const { root } = this.cards.get(key);
      setData(root, "closed", last);
      setData(root, "closedTime", closed?.time);
    }
    // What is old asks nobody to act.
    this.#zone(old || !row ? null : traded(row, hedge).z[0], status);
    setData(this.cards.get("breakdown").root, "zone", !old && row?.breakdown?.[0] >= 1 ? "stop" : "");
  }

  // With the filter's hedge ratio it is the filter's z and spread that are traded.
  #name(hedge) {
    for (const key of ["z", "spread"]) {
      const { label } = STATISTICS.find((each) => each.key === key);
      setText(this.cards.get(key).label, hedge === "kalman" ? `${label} (Kalman)` : label);
    }
    for (const [key, of] of [["beta", "ols"], ["kalman_beta", "kalman"]]) setData(this.cards.get(key).root, "traded", of === hedge ? "1" : "");
  }

  #price(key, row, bar, bars, fresh, symbol, lost) {
    if (this.decimals?.[key] === undefined && bars.items.size) {
      this.decimals = { ...this.decimals, [key]: decimalsSeen([...bars.items.values()].slice(-400).map((each) => each.close)) };
    }
    const price = bar?.close ?? row?.[key] ?? null;
    const figure = price === null ? { reason: "no trade yet" } : { value: price, text: fixed(price, this.decimals?.[key] ?? 2) };
    const since = fresh.age(symbol);
    const note = since === null ? "" : oldWords(since);
    const faulty = ["stalled", "lagging", "never delivered", "halted", "silent"].includes(fresh.health(symbol)?.state);
    const stale = lost || faulty || Boolean(row?.stale) || (since !== null && fresh.status !== null && since > staleAfter(fresh.status));
    this.#show(key, figure, note, { row: bar ? { time: bar.open_time } : row, live: true, stale });
  }

  #show(key, figure, note, { row, live, stale }) {
    const { root, value, note: noteNode } = this.cards.get(key);
    setText(value, figure.reason ?? figure.text);
    setText(noteNode, note);
    root.classList.toggle("missing", figure.reason !== undefined);
    root.classList.toggle("stale", stale);
    setData(root, "value", figure.value);
    setData(root, "reason", figure.reason);
    setData(root, "time", row?.time);
    setData(root, "live", live ? "1" : "0");
  }

  // Colours z by where it stands to the thresholds.
  #zone(z, status) {
    const levels = status?.config.signals;
    let zone = "";
    if (z !== null && levels) {
      const distance = Math.abs(z);
      zone = distance >= levels.stop ? "stop" : distance >= levels.entry ? "entry" : "";
    }
    setData(this.cards.get("z").root, "zone", zone);
  }
}

const oldWords = (milliseconds) => `${age(milliseconds)} old`;

function positionWords(state) {
  return { FLAT: "flat", LONG: "long spread", SHORT: "short spread" }[state] ?? state;
}
