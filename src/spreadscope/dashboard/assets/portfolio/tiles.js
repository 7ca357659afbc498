// The figures of the account: each with its unit, and below it how much of its limit is used.

import { element, setData, setText } from "../dom.js";
import { fixed } from "../format.js";
import { leftWords, limit, money, percent, result, toneOf } from "./paper_words.js";

/** @import { PaperAccount, PaperTrade } from "../contract.d.ts" */
/**
 * @typedef {object} Figure
 * @property {string} key
 * @property {string} label
 * @property {string} value
 * @property {string} unit
 * @property {string} note
 * @property {"gain" | "loss" | "warn" | "stop" | ""} tone
 */

// From this share of a limit on a figure is orange.
const NEAR = 0.8;

/**
 * @param {number | null} value
 * @param {number} most
 * @returns {"warn" | "stop" | ""}
 */
const nearness = (value, most) => {
  if (!most || value === null) return "";
  return value >= most ? "stop" : value >= NEAR * most ? "warn" : "";
};

/** @type {(most: number, words: string) => string} */
const allowed = (most, words) => (most ? `${words} ${limit(most)}%` : "no limit is set");

/**
 * @param {PaperAccount} account
 * @param {PaperTrade[]} trades
 * @param {number | null} now
 * @returns {Figure[]}
 */
export function figuresOf(account, trades, now) {
  const { settings, equity, day_result: day } = account;
  const begun = equity - day;
  const alone = trades.filter(({ residual }) => residual > 0);
  const deadline = Math.min(...alone.map((trade) => trade.deadline ?? Infinity));
  const ends = Number.isFinite(deadline) ? `, ${leftWords(deadline, now)} to mend it` : "";
  const most = settings.max_leverage ? ` of ${limit(settings.max_leverage)}\u00d7` : "";
  const times = account.leverage === null ? "no equity is left" : `${fixed(account.leverage, 2)}\u00d7${most}`;
  return [
    {
      key: "equity",
      label: "Equity",
      value: money(equity),
      unit: "USDT",
      note: `wallet ${money(account.wallet)}`,
      tone: "",
    },
    {
      key: "day",
      label: "Result of the day",
      value: result(day),
      unit: "USDT",
      note: begun > 0 ? `${fixed((100 * day) / begun, 2, { sign: true })}% since 0 h UTC` : "since 0 h UTC",
      tone: toneOf(day),
    },
    {
      key: "unrealised",
      label: "Unrealised",
      value: result(account.unrealised),
      unit: "USDT",
      note: account.open_trades === 1 ? "1 open trade" : `${account.open_trades} open trades`,
      tone: toneOf(account.unrealised),
    },
    {
      key: "gross",
      label: "Gross",
      value: money(account.gross),
      unit: "USDT",
      note: `${times}, net ${fixed(account.net, 0, { sign: true })}`,
      tone: nearness(account.leverage, settings.max_leverage),
    },
    {
      key: "margin",
      label: "Margin used",
      value: percent(account.margin_percent),
      unit: "",
      note: allowed(settings.margin_percent, "of equity; stops at"),
      tone: nearness(account.margin_percent, settings.margin_percent),
    },
    {
      key: "drawdown",
      label: "Drawdown",
      value: percent(account.drawdown_percent),
      unit: "",
      note: allowed(settings.drawdown_percent, `peak ${fixed(account.peak_equity, 0)}; limit`),
      tone: nearness(account.drawdown_percent, settings.drawdown_percent),
    },
    {
      key: "residual",
      label: "Residual",
      value: money(account.residual),
      unit: "USDT",
      note: alone.length ? `${alone.map(({ pair }) => pair).join(", ")}: one leg is alone${ends}` : "no leg is alone",
      tone: alone.length ? "warn" : "",
    },
  ];
}

export class Tiles {
  constructor() {
    this.root = element("dl", "tiles");
    /** @type {Map<string, { root: HTMLElement, value: HTMLElement, unit: HTMLElement, note: HTMLElement }>} */
    this.tiles = new Map();
  }

  /** @param {Figure[]} figures */
  draw(figures) {
    for (const { key, label, value, unit, note, tone } of figures) {
      const tile = this.tiles.get(key) ?? this.#tile(key, label);
      setText(tile.value, value);
      setText(tile.unit, unit);
      setText(tile.note, note);
      setData(tile.root, "tone", tone);
    }
  }

  /**
   * @param {string} key
   * @param {string} label
   */
  #tile(key, label) {
    const root = element("div", "tile");
    root.dataset.key = key;
    const tile = { root, value: element("b"), unit: element("span", "unit"), note: element("dd", "below") };
    const figure = element("dd", "figure");
    figure.append(tile.value, tile.unit);
    root.append(element("dt", "", label), figure, tile.note);
    this.root.append(root);
    this.tiles.set(key, tile);
    return tile;
  }
}
