// What somebody has written beside a rule's text, as the engine takes it, and what is wrong with it. No screen here.

import { parseSpan } from "./spans.js";

/**
 * @import { RuleBody } from "../contract.d.ts"
 *
 * @typedef {object} Written what stands in the fields
 * @property {string} name
 * @property {string} recover
 * @property {string} keep
 * @property {string} cooldown
 * @property {string} cap
 * @property {boolean} once
 * @property {boolean} resolved
 * @property {boolean} noData
 * @property {string[]} channels
 *
 * @typedef {Pick<RuleBody, "name" | "recover" | "keep_seconds" | "cooldown_seconds" | "cap_per_hour" | "once"
 *   | "notify_resolved" | "notify_no_data" | "channels">} Values
 */

// Said in place of a level: it ends as soon as its condition is false.
const NONE = /^(none|no|off|-)$/i;

// Of a new rule whatever is left empty is left out, as it has a default; one that is edited has what is written and no
// more.
/**
 * @param {Written} written
 * @param {boolean} editing
 * @returns {Values}
 */
export function valuesOf(written, editing) {
  const empty = editing ? 0 : undefined;
  /** @type {Values} */
  const values = {
    name: written.name.trim() || undefined,
    recover: recoverOf(written.recover.trim(), editing),
    keep_seconds: parseSpan(written.keep) ?? empty,
    cooldown_seconds: parseSpan(written.cooldown) ?? empty,
    cap_per_hour: written.cap.trim() ? Number(written.cap) : undefined,
    once: written.once,
    notify_resolved: written.resolved,
    notify_no_data: written.noData,
    channels: written.channels,
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/**
 * @param {string} text
 * @param {boolean} editing
 */
function recoverOf(text, editing) {
  if (text === "") return editing ? null : undefined;
  if (NONE.test(text)) return null;
  return Number.isFinite(Number(text)) ? Number(text) : text;
}

// What is wrong, "" when nothing is.
/** @param {Values} values */
export function problemOf({ keep_seconds, cooldown_seconds, cap_per_hour: cap }) {
  const wrong = Number.isNaN(keep_seconds) ? "Keep open for" : Number.isNaN(cooldown_seconds) ? "Cooldown" : "";
  if (wrong) return `${wrong}: write a length such as 30s, 5m or 1h.`;
  if (cap === undefined || (Number.isInteger(cap) && cap > 0)) return "";
  return "At most an hour: write a whole number, such as 12.";
}
