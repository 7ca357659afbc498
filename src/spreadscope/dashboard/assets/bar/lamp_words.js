// One lamp for all that the chips say: its colour, and one word.

/**
 * @import { Status } from "../contract.d.ts"
 * @import { Level } from "../health.js"
 * @import { Trouble } from "../liveness.js"
 */
/** @typedef {{ level: Level, word: string }} Lamp */

/** @type {Record<Trouble["state"], string>} */
const TROUBLES = {
  server: "Dashboard lost",
  engine: "Engine lost",
  silent: "Engine silent",
  feed: "Exchange silent",
  loading: "Connecting",
  refused: "No data",
};

/**
 * @param {Status | null} status
 * @param {Trouble | null} trouble
 * @param {Level[]} levels of the chips
 * @returns {Lamp}
 */
export function lampOf(status, trouble, levels) {
  if (trouble !== null && trouble.state !== "loading") return { level: "bad", word: TROUBLES[trouble.state] };
  if (status === null) return { level: "warn", word: "Connecting" };
  const banned = [status.rest, ...status.venues.map(({ rest }) => rest)].some((rest) => rest.banned_seconds > 0);
  if (banned) return { level: "bad", word: "Banned" };
  if (status.alarms.some(({ level }) => level === "error") || levels.includes("bad")) {
    return { level: "bad", word: "Fault" };
  }
  if (status.starting) return { level: "warn", word: "Starting" };
  if (status.alarms.length || levels.includes("warn")) return { level: "warn", word: "Doubtful" };
  if (levels.includes("old")) return { level: "old", word: "Old" };
  return { level: "good", word: status.demo ? "Demo runs" : "Live" };
}
