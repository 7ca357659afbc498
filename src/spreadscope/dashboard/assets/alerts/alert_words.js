// States, figures and stamps of alerts as a trader reads them.

import { age, clock, dateAndClock, decimalsSeen, fixed, scientific } from "../format.js";

/** @import { Alert, Rule } from "../contract.d.ts" */

/** @param {number | null} value */
export function figure(value) {
  if (value === null) return "";
  const size = Math.abs(value);
  if (size > 0 && size < 1e-6) return scientific(value); // a p-value may well be so small, and is not zero
  return fixed(value, size >= 100 ? 2 : size >= 0.01 || size === 0 ? 4 : 6);
}

// A number somebody wrote, as it was written: 2, not 2.0000.
/** @type {(value: number) => string} */
export const limit = (value) => fixed(value, decimalsSeen([value]));

/** @type {(judged: { value: number | null }) => string} */
export const valueWords = ({ value }) => (value === null ? "" : `: ${figure(value)}`);

// When, and how long ago by the market's own clock, where that is known.
/**
 * @param {number} since
 * @param {number | null} now
 */
export function sinceWords(since, now) {
  if (!since) return "";
  const stamp = now !== null && now - since > 86400000 ? dateAndClock(since) : clock(since);
  return now === null || now < since ? `${stamp} UTC` : `${stamp} UTC, ${age(now - since)}`;
}

// 1691480700000 → "15:45 UTC", with the date where it is another day's.
/**
 * @param {number} until
 * @param {number | null} now
 */
export function untilWords(until, now) {
  const sameDay = now !== null && Math.floor(until / 86400000) === Math.floor(now / 86400000);
  return `${sameDay ? clock(until).slice(0, 5) : dateAndClock(until).slice(0, 16)} UTC`;
}

/** @type {(rule: Pick<Rule, "name" | "text">) => string} */
export const ruleName = (rule) => rule.name || rule.text;

// Why somebody was not told, or was told late.
/** @param {Pick<Alert, "suppressed" | "late">} alert */
export function remarks(alert) {
  /** @type {Record<Alert["suppressed"], string>} */
  const words = {
    "": "",
    muted: "muted",
    acknowledged: "acknowledged",
    cooldown: "not sent: cooldown",
    cap: "not sent: over the hour's cap",
  };
  return [words[alert.suppressed], alert.late ? "late" : ""].filter(Boolean).join(", ");
}
