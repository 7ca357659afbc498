// What there is to say of a figure: definition, window, sample, source, and how far it holds now. No screen here.

import { LENGTHS } from "./drawn.js";
import { clock, duration, fixed, written } from "./format.js";
import { valueOf } from "./row_values.js";

/** @import { AnalyticsSettings, Row, Statistic } from "./contract.d.ts" */

const HEDGE = "hedge_window";
const Z = "z_window";
const CORRELATION = "correlation_window";
const LONG = "evidence_window";
const EVER = "";
// The setting that says of how many rows a statistic is; those that are not named here say it in their definition.
/** @type {Record<string, string>} */
const WINDOWS = {
  beta: HEDGE,
  alpha: HEDGE,
  beta_se: HEDGE,
  r_squared: HEDGE,
  spread: HEDGE,
  half_life: HEDGE,
  adf_stat: HEDGE,
  adf_p: HEDGE,
  eg_stat: HEDGE,
  eg_p: HEDGE,
  ols_beta: HEDGE,
  theil_sen_beta: HEDGE,
  realised_correlation: HEDGE,
  z: Z,
  spread_mean: Z,
  spread_sd: Z,
  kalman_sd_z: Z,
  correlation: CORRELATION,
  value_ratio: CORRELATION,
  kalman_beta: EVER,
  kalman_alpha: EVER,
  kalman_z: EVER,
  kalman_spread: EVER,
  cointegrated: LONG,
  coint_p: LONG,
  look_p: LONG,
  looks: LONG,
  looks_passed: LONG,
  half_life_unbiased: LONG,
  half_life_low: LONG,
  half_life_high: LONG,
  z_tail: LONG,
  z_width: LONG,
};

// [what, words], in the order in which they are read.
/**
 * @param {Statistic} statistic
 * @param {Row | null} row
 * @param {boolean} live whether the row moves with each trade
 * @param {AnalyticsSettings} [analytics]
 * @param {string} [old] why the row is not of now
 * @returns {[string, string][]}
 */
export function explanation(statistic, row, live, analytics, old = "") {
  const { key, help, source, format, measure, unit, rule } = statistic;
  const window = row && windowWords(key, row, analytics);
  return [
    ["Now", nowWords(key, format, row)],
    ["Validity", validityWords(row, live, old)],
    ["Definition", help],
    ...(window ? [/** @type {[string, string]} */ (["Window", window])] : []),
    [
      "Sample",
      row
        ? `n ${fixed(row.n, 0)} joint rows${analytics ? ` of ${fixed(analytics.hedge_window, 0)}` : ""}`
        : "no row yet",
    ],
    ["Counted in", [measure, unit].filter(Boolean).join(", ")],
    ["Source", source],
    ["Called", `${key} in exports${rule ? `, ${rule.name} in rules` : ""}`],
  ];
}

/**
 * @param {string} key
 * @param {string} format
 * @param {Row | null} row
 */
function nowWords(key, format, row) {
  if (row === null) return "no row yet";
  const [value, reason] = valueOf(row, key);
  return value === null ? `no number: ${reason ?? "no reason was given"}` : written(format)(value);
}

/**
 * @param {Row | null} row
 * @param {boolean} live
 * @param {string} old
 */
function validityWords(row, live, old) {
  if (row === null) return "nothing is known yet";
  const doubts = [old, row.stale ? "a leg's price is stale" : "", row.incomplete ? "bars of it lack trades" : ""];
  const against = doubts.filter(Boolean);
  const of = live
    ? "of the open bar, it moves with each trade"
    : `of the bar of ${clock(row.time)} UTC, which has closed`;
  return against.length ? `${of}; ${against.join("; ")}: do not act on it` : `${of}; nothing speaks against it`;
}

/**
 * @param {string} key
 * @param {Row} row
 * @param {AnalyticsSettings} [analytics]
 */
function windowWords(key, row, analytics) {
  const setting = WINDOWS[key];
  if (setting === undefined) return null;
  if (setting === EVER) return "all rows since the pair was taken up, the newest weigh most";
  const settings = /** @type {Record<string, unknown> | undefined} */ (/** @type {unknown} */ (analytics));
  const rows = settings?.[setting];
  if (typeof rows !== "number") return null;
  if (rows === 0) return "the long window, whose length the engine chooses by itself";
  return `${fixed(rows, 0)} rows of ${row.timeframe}, ${duration((rows * LENGTHS[row.timeframe]) / 1000)} (${setting})`;
}
