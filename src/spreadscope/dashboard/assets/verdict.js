// What the figures of a row say together, in words and with their reasons: never a score.

import { LENGTHS } from "./drawn.js";
import { duration, fixed, written } from "./format.js";
import { numberOf, valueOf } from "./row_values.js";

/** @import { AnalyticsSettings, Row } from "./contract.d.ts" */
/**
 * @typedef {object} Verdict
 * @property {"tied" | "untied" | "unknown" | "broken"} tone
 * @property {string} headline
 * @property {string[]} reasons
 * @property {string} advice
 */

const LEVEL = 0.05;
// With fewer half-lives in the window a spread that comes back looks like one that does not.
const FEW_HALF_LIVES = 10;
// From so much of itself on β's error moves the spread more than a signal does.
const WIDE = 0.1;

const p = written("p");

/**
 * @param {Row | null} row
 * @param {AnalyticsSettings} [analytics]
 * @returns {Verdict}
 */
export function verdictOf(row, analytics) {
  if (row === null) {
    return {
      tone: "unknown",
      headline: "No verdict yet",
      reasons: ["there is no row of both legs"],
      advice: "Wait for the first.",
    };
  }
  const level = levelOf(analytics);
  const window = row.n * LENGTHS[row.timeframe];
  const doubts = doubtsOf(row, window);
  const breakdown = numberOf(row, "breakdown");
  if (breakdown !== null && breakdown >= 1) {
    return {
      tone: "broken",
      headline: "The pair came apart since the entry",
      reasons: [`breakdown ${fixed(breakdown, 2)} of 1 at most`, ...doubts.reasons],
      advice: "Do not enter; look at the exit.",
    };
  }
  const [eg, missing] = valueOf(row, "eg_p");
  const here = eg === null ? [] : [`this window alone: p ${p(eg)}`];
  const since = numberOf(row, "since_break");
  if (since !== null) {
    const ago = since > 0 ? `${duration(since)} ago` : "with the newest row";
    return {
      tone: "broken",
      headline: `No longer cointegrated: it broke ${ago}`,
      reasons: [...here, ...doubts.reasons],
      advice: "Do not enter; look at the exit of what is open. A new tie would show in later looks.",
    };
  }
  const tied = numberOf(row, "cointegrated");
  if (tied !== null && tied >= 0.5) {
    const evidence = numberOf(row, "coint_p");
    return {
      tone: "tied",
      headline: "Cointegrated, by the evidence so far",
      reasons: [...(evidence === null ? [] : [`evidence p ${p(evidence)}`]), ...here, ...doubts.reasons],
      advice: doubts.short ? "The window is short for it: take z with care." : "Costs still decide whether a z pays.",
    };
  }
  if (eg === null) {
    return {
      tone: "unknown",
      headline: "No verdict yet",
      reasons: [`the cointegration test has no number: ${missing ?? "no reason was given"}`, ...doubts.reasons],
      advice: waitWords(row, analytics),
    };
  }
  const [, unseen] = valueOf(row, "cointegrated");
  const looks =
    tied === null ? `the long window: ${unseen ?? "no look yet"}` : "the looks at the long window show nothing";
  const headline =
    eg <= level ? `Cointegrated in this window alone: p ${p(eg)}` : `Not cointegrated in this window: p ${p(eg)}`;
  return {
    tone: eg <= level ? "unknown" : "untied",
    headline,
    reasons: [...(eg <= level ? [looks] : []), ...doubts.reasons],
    advice: doubts.short
      ? waitWords(row, analytics)
      : eg <= level
        ? "Wait for the next look."
        : "A z here is no reason to enter.",
  };
}

/**
 * @param {Row} row
 * @param {number} window how long it is (ms)
 */
function doubtsOf(row, window) {
  const reasons = [];
  if (row.stale) reasons.push("a leg's price is stale");
  if (row.incomplete) reasons.push("bars of the window lack trades");
  const halfLife = numberOf(row, "half_life_unbiased") ?? numberOf(row, "half_life");
  const count = halfLife ? window / 1000 / halfLife : null;
  const short = count === null || count < FEW_HALF_LIVES;
  if (count !== null && halfLife !== null) {
    reasons.push(`the window is ${countWords(count)} long (${duration(halfLife)} each)`);
  } else reasons.push("no half-life is known");
  const [beta, error] = [numberOf(row, "beta"), numberOf(row, "beta_se")];
  if (beta !== null && beta <= 0) reasons.push("β is not above 0: both legs would be on one side");
  else if (beta && error !== null && error / beta >= WIDE) {
    reasons.push(`β is uncertain by ${fixed((100 * error) / beta, 0)}%`);
  }
  return { reasons, short };
}

/** @type {(count: number) => string} */
const countWords = (count) => {
  const text = fixed(count, count < 10 ? 1 : 0);
  return `${text} ${text === "1.0" ? "half-life" : "half-lives"}`;
};

/**
 * @param {Row} row
 * @param {AnalyticsSettings} [analytics]
 */
function waitWords(row, analytics) {
  const whole = analytics?.hedge_window;
  if (whole && row.n < whole) return `Wait until the window is full (${fixed(row.n, 0)} of ${fixed(whole, 0)} rows).`;
  return "Wait for a longer window.";
}

/** @param {AnalyticsSettings} [analytics] */
function levelOf(analytics) {
  const settings = /** @type {{ evidence_level?: unknown } | undefined} */ (analytics);
  return typeof settings?.evidence_level === "number" ? settings.evidence_level : LEVEL;
}
