// Which rules are levels on the chart of a pair, and which alerts are marks on it. No screen here.

import { barEndedBy } from "../drawn.js";
import { ruleName } from "./alert_words.js";

/**
 * @import { Alert, Rule, RuleLevel, Timeframe } from "../contract.d.ts"
 * @import { Legs } from "../store.js"
 * @import { UTCTimestamp } from "../vendor/lightweight-charts.standalone.production.mjs"
 *
 * @typedef {{ pair: string, timeframe: Timeframe, legs: Legs }} Shown
 *
 * @typedef {object} Level a line of the chart
 * @property {string} of a leg ("y", "x") or the key of a statistic
 * @property {number} level
 * @property {string} title
 * @property {boolean} firing
 */

const MOST = 12;
const LONGEST_TITLE = 22;

// Only what of a rule is a level, as the engine says it: z > 2, price > 90000. The rest is told beside the chart.
/**
 * @param {Rule[]} rules
 * @param {Shown} shown
 * @param {(statistic: string) => boolean} isDrawn
 * @returns {Level[]}
 */
export function alertLevels(rules, shown, isDrawn) {
  return rules
    .filter((rule) => rule.enabled)
    .flatMap((rule) =>
      rule.levels.flatMap((each) => {
        const of = placeOf(each, rule, shown, isDrawn);
        if (of === null) return [];
        return [{ of, level: each.level, title: shortened(ruleName(rule)), firing: firesHere(rule, shown) }];
      }),
    )
    .slice(0, MOST);
}

/**
 * @param {RuleLevel} level
 * @param {Rule} rule
 * @param {Shown} shown
 * @param {(statistic: string) => boolean} isDrawn
 */
function placeOf({ name, statistic, subject }, rule, { pair, timeframe, legs }, isDrawn) {
  const about = subject || rule.subject;
  if (name === "price") return about === legs.y ? "y" : about === legs.x ? "x" : null;
  // z of other bars is another quantity.
  const ours = (about === pair || about === "any pair") && rule.timeframe === timeframe;
  return ours && isDrawn(statistic) ? statistic : null;
}

/** @type {(rule: Rule, shown: Shown) => boolean} */
function firesHere(rule, { pair, legs }) {
  const ours = [pair, legs.y, legs.x];
  return rule.instances.some(({ subject, state }) => state === "firing" && ours.includes(subject));
}

/** @type {(text: string) => string} */
const shortened = (text) => (text.length > LONGEST_TITLE ? `${text.slice(0, LONGEST_TITLE - 1)}\u2026` : text);

// The bars at whose end an alert of the pair has fired, ascending: an alert has the time of its bar's end, a bar on the
// chart that of its start. What is older than `first` would be drawn at the beginning of the line, and is left out.
/**
 * @param {Alert[]} history
 * @param {Shown} shown
 * @param {number} first
 * @returns {UTCTimestamp[]}
 */
export function firedBars(history, { pair, timeframe }, first) {
  const times = history
    .filter((alert) => alert.state === "firing" && alert.subject === pair && alert.timeframe === timeframe)
    .map((alert) => barEndedBy(alert.time, timeframe))
    .filter((time) => time >= first);
  return [...new Set(times)].sort((a, b) => a - b);
}
