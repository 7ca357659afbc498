// The line under a preview's marks: the quantity that the rule looks at, from a snapshot of the pair (topic `pair:…`).

import { namedInRules } from "../catalogue.js";
import { numberOf } from "../row_values.js";

/** @import { CheckPassed, PairView, RuleBody, RuleLevel, Timeframe } from "../contract.d.ts" */
/**
 * @typedef {{ name: string, points: { time: number, value: number | null }[], limits: number[] }} Line
 * @typedef {RuleBody & { subject: string, timeframe: Timeframe }} Written a rule as the editor has it
 */

const WAIT = 5000;

// {name, points: [{time, value}], limits: [number]}, or null where there is no such line: a rule of any pair has many,
// one of volume none here. `levels`: what of the rule is a level, of which the first of a row's statistics is drawn.
/**
 * @param {string} socket
 * @param {Written} rule
 * @param {CheckPassed | null} check
 * @param {RuleLevel[]} levels
 * @param {AbortSignal} signal
 * @returns {Promise<Line | null>}
 */
export async function fetchLine(socket, rule, check, levels, signal) {
  const level = levels.find(({ statistic }) => statistic !== "");
  const pair = level?.subject || rule.subject;
  if (!pair.includes("/")) return null;
  const snapshot = await fetchSnapshot(socket, `pair:${pair}:${check?.timeframe ?? rule.timeframe}`, signal);
  if (snapshot === null) return null;
  const named = [level?.name, ...(check?.needs ?? [])].filter((name) => name !== undefined);
  const statistic = named.map((name) => namedInRules(snapshot.statistics, name)).find((found) => found !== undefined);
  if (statistic === undefined) return null;
  const points = snapshot.rows.map((row) => ({ time: row.time, value: numberOf(row, statistic.key) }));
  if (points.every(({ value }) => value === null)) return null;
  const limits = levels.filter((each) => each.statistic === statistic.key && (each.subject || rule.subject) === pair);
  return { name: statistic.rule?.name ?? statistic.key, points, limits: limits.map((each) => each.level) };
}

// One snapshot over a socket of its own, which is closed again; null when none comes.
/**
 * @param {string} path
 * @param {string} topic
 * @param {AbortSignal} signal
 * @returns {Promise<PairView | null>}
 */
function fetchSnapshot(path, topic, signal) {
  const url = new URL(path, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    /** @type {(snapshot: PairView | null) => void} */
    const finish = (snapshot) => {
      window.clearTimeout(timer);
      resolve(snapshot);
      socket.close();
    };
    const timer = window.setTimeout(() => finish(null), WAIT);
    signal.addEventListener("abort", () => finish(null));
    socket.addEventListener("open", () => socket.send(JSON.stringify({ op: "subscribe", topic, ref: topic })));
    socket.addEventListener("message", (event) => {
      const message = JSON.parse(event.data);
      if (message.topic !== topic) return;
      if (message.type === "snapshot") finish(message.data);
      else if (message.type === "error") finish(null);
    });
    socket.addEventListener("close", () => finish(null));
  });
}
