// The line under a preview's marks: the quantity that the rule looks at, from a snapshot of the pair (topic `pair:…`).

import { namedInRules } from "../catalogue.js";
import { number } from "../drawn.js";

const WAIT = 5000;

// {name, points: [{time, value}], limits: [number]}, or null where there is no such line: a rule of any pair has many,
// one of volume none here. `levels`: what of the rule is a level, of which the first of a row's statistics is drawn.
export async function fetchLine(socket, rule, check, levels, signal) {
  const level = levels.find(({ statistic }) => statistic !== "");
  const pair = level?.subject || rule.subject;
  if (!pair.includes("/")) return null;
  const snapshot = await fetchSnapshot(socket, `pair:${pair}:${check?.timeframe ?? rule.timeframe}`, signal);
  if (snapshot === null) return null;
  const named = [level?.name, ...(check?.needs ?? [])].filter((name) => name !== undefined);
  const statistic = named.map((name) => namedInRules(snapshot.statistics, name)).find((found) => found !== undefined);
  if (statistic === undefined) return null;
  const points = snapshot.rows.map((row) => ({ time: row.time, value: number(row[statistic.key]) }));
  if (points.every(({ value }) => value === null)) return null;
  const limits = levels.filter((each) => each.statistic === statistic.key && (each.subject || rule.subject) === pair);
  return { name: statistic.rule.name, points, limits: limits.map((each) => each.level) };
}

// One snapshot over a socket of its own, which is closed again; null when none comes.
function fetchSnapshot(path, topic, signal) {
  const url = new URL(path, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
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
