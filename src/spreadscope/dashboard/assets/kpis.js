// The strip of present figures. Each carries its validity: without a number it says why, never 0.

import { element, setData, setText } from "./dom.js";
import { age, basisPoints, decimalsSeen, duration, fixed, probability } from "./format.js";

// Of a value [number, null] or [null, reason]: what to show.
const shown = (pair, format) => (pair[0] === null ? { reason: pair[1] ?? "not available" } : { value: pair[0], text: format(pair[0]) });

const signed = (decimals) => (value) => fixed(value, decimals, { sign: true });

const STATISTICS = [
  { key: "z", label: "z-score", of: (row) => row.z, format: signed(2), note: (row) => positionWords(row.state) },
  { key: "spread", label: "Spread", of: (row) => row.spread, format: signed(6), note: (row) => (row.spread[0] === null ? "" : basisPoints(row.spread[0])) },
  { key: "beta", label: "β (OLS)", of: (row) => row.beta, format: (value) => fixed(value, 4), note: (row) => (row.beta_se[0] === null ? "" : `± ${fixed(row.beta_se[0], 4)} s.e.`) },
  { key: "kalman_beta", label: "β (Kalman)", of: (row) => row.kalman_beta, format: (value) => fixed(value, 4), note: (row) => (row.kalman_z[0] === null ? "" : `z ${signed(2)(row.kalman_z[0])}`) },
  { key: "correlation", label: "Correlation", of: (row) => row.correlation, format: signed(3), note: () => "of returns" },
  { key: "half_life", label: "Half-life", of: (row) => row.half_life, format: duration, note: () => "of the spread" },
  { key: "eg_p", label: "Engle–Granger p", of: (row) => row.eg_p, format: probability, note: (row) => (row.eg_stat[0] === null ? "" : `τ ${signed(2)(row.eg_stat[0])}`) },
  { key: "adf_p", label: "ADF p", of: (row) => row.adf_p, format: probability, note: (row) => (row.adf_stat[0] === null ? "" : `τ ${signed(2)(row.adf_stat[0])}`) },
  { key: "n", label: "Sample n", of: (row) => [row.n, null], format: (value) => fixed(value, 0), note: () => "rows" },
];

export class KpiStrip {
  constructor(legs) {
    this.legs = legs;
    this.root = element("div", "kpis");
    this.cards = new Map();
    this.#add("price_y", legs.y);
    this.#add("price_x", legs.x);
    for (const { key, label } of STATISTICS) this.#add(key, label);
  }

  #add(key, label) {
    const root = element("div", "kpi");
    root.dataset.key = key;
    const value = element("div", "value", "…");
    const note = element("div", "note", "");
    root.append(element("div", "label", label), value, note);
    this.root.append(root);
    this.cards.set(key, { root, value, note });
  }

  // `closed` is the last row whose bar has closed, which the engine keeps; tests compare it with what is stored.
  draw({ row, live, closed, store, status }) {
    this.#price("price_y", row, store.formingY ?? store.barsY.newest(), store.barsY, status, this.legs.y);
    this.#price("price_x", row, store.formingX ?? store.barsX.newest(), store.barsX, status, this.legs.x);
    for (const { key, of, format, note } of STATISTICS) {
      const figure = row ? shown(of(row), format) : { reason: "no row yet" };
      this.#show(key, figure, figure.reason || !row ? "" : note(row), { row, live, stale: Boolean(row?.stale) });
      const last = closed ? of(closed)[0] : null;
      const { root } = this.cards.get(key);
      setData(root, "closed", last);
      setData(root, "closedTime", closed?.time);
    }
    this.#zone(row, status);
  }

  #price(key, row, bar, bars, status, symbol) {
    if (this.decimals?.[key] === undefined && bars.items.size) {
      this.decimals = { ...this.decimals, [key]: decimalsSeen([...bars.items.values()].slice(-400).map((each) => each.close)) };
    }
    const price = bar?.close ?? row?.[key] ?? null;
    const figure = price === null ? { reason: "no trade yet" } : { value: price, text: fixed(price, this.decimals?.[key] ?? 2) };
    const health = status?.symbols.find((each) => each.symbol === symbol);
    const note = health?.age_ms === null || health === undefined ? "" : `${age(health.age_ms)} old`;
    const stale = Boolean(row?.stale) || ["stalled", "never delivered", "halted"].includes(health?.state);
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
  #zone(row, status) {
    const z = row?.z[0] ?? null;
    const levels = status?.config.signals;
    let zone = "";
    if (z !== null && levels) {
      const distance = Math.abs(z);
      zone = distance >= levels.stop ? "stop" : distance >= levels.entry ? "entry" : "";
    }
    setData(this.cards.get("z").root, "zone", zone);
  }
}

function positionWords(state) {
  return { FLAT: "flat", LONG: "long spread", SHORT: "short spread" }[state] ?? state;
}
