// Where a value stands to what asks for an act: the alarm of its card, or the thresholds of signals.

/**
 * @import { SignalSettings, StatisticCard } from "./contract.d.ts"
 *
 * @typedef {"" | "entry" | "stop"} Zone
 */

/** @type {(value: number | null, card: StatisticCard) => boolean} */
export const isAlarming = (value, { alarm }) => alarm !== null && value !== null && value >= alarm;

/**
 * @param {number | null} value
 * @param {StatisticCard} card
 * @param {Pick<SignalSettings, "entry" | "stop">} [levels] once they are known
 * @returns {Zone}
 */
export function zoneOf(value, card, levels) {
  if (isAlarming(value, card)) return "stop";
  if (value === null || !card.thresholds || levels === undefined) return "";
  const distance = Math.abs(value);
  return distance >= levels.stop ? "stop" : distance >= levels.entry ? "entry" : "";
}
