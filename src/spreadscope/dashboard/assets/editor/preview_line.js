// The line under a preview's marks: the quantity that the rule looks at, from a snapshot of the pair (topic `pair:…`).

import { number } from "../drawn.js";
import { tradedField } from "../traded.js";

// Names of the rule language, and the fields of a row that hold them.
const FIELDS = {
  z: "z",
  spread: "spread",
  beta: "beta",
  corr: "correlation",
  adf_p: "adf_p",
  coint_p: "eg_p",
  half_life: "half_life",
  kalman_z: "kalman_z",
  r_squared: "r_squared",
  breakdown: "breakdown",
  spread_sd: "spread_sd",
};
const WAIT = 5000;

// {name, points: [{time, value}]}, or null where there is no such line: a rule of any pair has many, one of volume none here.
export async function fetchLine(socket, rule, check, hedge, signal) {
  const pair = rule.subject.includes("/") ? rule.subject : null;
  const name = (check?.needs ?? []).map((need) => need.toLowerCase()).find((need) => FIELDS[need]);
  if (pair === null || name === undefined) return null;
  const snapshot = await fetchSnapshot(socket, `pair:${pair}:${check.timeframe ?? rule.timeframe}`, signal);
  if (snapshot === null) return null;
  const points = snapshot.rows.map((row) => ({ time: row.time, value: number(row[tradedField(FIELDS[name], hedge)]) }));
  return points.some(({ value }) => value !== null) ? { name, points } : null;
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
