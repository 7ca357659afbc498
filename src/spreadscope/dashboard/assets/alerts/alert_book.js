// What the engine said of alerts (topic `alerts`): the rules as they stand, and what has fired, newest first.

/** @import { Alert, AlertState, AlertsChanges, Instance, Rule } from "../contract.d.ts" */

const LONGEST = 200;
// The most urgent first; a rule that is off comes last, whatever its state was.
/** @type {Record<AlertState, number>} */
const ORDER = { firing: 0, recovering: 1, pending: 2, "no data": 3, inactive: 4, resolved: 5, digest: 5 };

export class AlertBook {
  constructor() {
    /** @type {Rule[]} */
    this.rules = [];
    /** @type {Alert[]} */
    this.history = [];
    this.known = false;
  }

  // Takes a message in; gives back the alerts that are news, oldest first. A first snapshot holds the past alone, a
  // later one may hold alerts that came while the engine was lost.
  /**
   * @param {"snapshot" | "update"} type
   * @param {AlertsChanges} changes
   * @returns {Alert[]}
   */
  apply(type, { rules, history }) {
    if (rules) this.rules = rules;
    if (!history) return [];
    const seen = new Set(this.history.map(identity));
    const fresh = history.filter((alert) => !seen.has(identity(alert)));
    if (type === "snapshot") this.history = history;
    else if (fresh.length) this.history = [...fresh, ...this.history].sort((a, b) => b.time - a.time).slice(0, LONGEST);
    const news = this.known ? fresh : [];
    if (type === "snapshot") this.known = true;
    return [...news].sort((a, b) => a.time - b.time);
  }

  // Names the newest alert and the states of the rules, to tell whether anything is new.
  newest() {
    const states = this.rules.map((rule) => `${rule.rule_id} ${rule.state}`);
    return [this.history.length ? identity(this.history[0]) : "none", ...states].join();
  }

  sorted() {
    return [...this.rules].sort((a, b) => rank(a) - rank(b));
  }

  // Alerts that have not ended, each with its rule; those that nobody is to be told of are left out.
  /**
   * @param {number | null} now
   * @returns {{ rule: Rule, instance: Instance }[]}
   */
  open(now) {
    return this.rules
      .filter((rule) => rule.enabled && !isMuted(rule, now))
      .flatMap((rule) =>
        instances(rule)
          .filter(isOpen)
          .map((instance) => ({ rule, instance })),
      );
  }
}

/** @type {(alert: Alert) => string} */
export const identity = (alert) => `${alert.rule_id}|${alert.subject}|${alert.time}|${alert.state}`;

/** @type {(alert: Alert) => boolean} */
export const hasEnded = (alert) => alert.state === "resolved";

// One that lost its data keeps its incident, and is open until they say that it has ended.
/** @type {(instance: Instance) => boolean} */
export const isOpen = (instance) => Boolean(instance.incident);

/** @type {(rule: Rule, now: number | null) => boolean} */
export const isMuted = (rule, now) => Boolean(rule.muted_until) && (now === null || rule.muted_until > now);

// Of the worst state first, as the rules themselves.
/** @param {Rule} rule */
export function instances(rule) {
  return [...rule.instances].sort((a, b) => ORDER[a.state] - ORDER[b.state] || b.since - a.since);
}

/** @param {Rule} rule */
function rank(rule) {
  return rule.enabled ? ORDER[rule.state] : 9;
}
