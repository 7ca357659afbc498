// States, figures and stamps of alerts as a trader reads them.

import { age, clock, dateAndClock, decimalsSeen, fixed, scientific } from "../format.js";

export function figure(value) {
  if (value === null || value === undefined) return "";
  const size = Math.abs(value);
  if (size > 0 && size < 1e-6) return scientific(value); // a p-value may well be so small, and is not zero
  return fixed(value, size >= 100 ? 2 : size >= 0.01 || size === 0 ? 4 : 6);
}

// A number somebody wrote, as it was written: 2, not 2.0000.
export const limit = (value) => fixed(value, decimalsSeen([value]));

export const valueWords = ({ value }) => (value === null || value === undefined ? "" : `: ${figure(value)}`);

// When, and how long ago by the market's own clock, where that is known.
export function sinceWords(since, now) {
  if (!since) return "";
  const stamp = now !== null && now - since > 86400000 ? dateAndClock(since) : clock(since);
  return now === null || now < since ? `${stamp} UTC` : `${stamp} UTC, ${age(now - since)}`;
}

// 1691480700000 → "15:45 UTC", with the date where it is another day's.
export function untilWords(until, now) {
  const sameDay = now !== null && Math.floor(until / 86400000) === Math.floor(now / 86400000);
  return `${sameDay ? clock(until).slice(0, 5) : dateAndClock(until).slice(0, 16)} UTC`;
}

export const ruleName = (rule) => rule.name || rule.text;

// Why somebody was not told, or was told late.
export function remarks(alert) {
  const words = {
    muted: "muted",
    acknowledged: "acknowledged",
    cooldown: "not sent: cooldown",
    cap: "not sent: over the hour's cap",
  };
  return [words[alert.suppressed], alert.late ? "late" : ""].filter(Boolean).join(", ");
}
