// What the transport says of a playback, in words.

import { dateAndClock } from "../format.js";

/** @import { Playback } from "../contract.d.ts" */

export const SPEEDS = [1, 5, 20, 100, null];

/** @type {(speed: number | null) => string} */
export const speedWords = (speed) => (speed === null ? "max" : `\u00d7${speed}`);

/** @type {(time: number) => string} */
export const timeWords = (time) => `${dateAndClock(time)} UTC`;

// Where it stands: what it does now, or how it ended.
/** @param {Playback} playback */
export function stateWords({ state, fraction, progress, equal, error }) {
  if (state === "playing") return "plays";
  if (state === "paused") return "paused";
  if (state === "seeking") return fraction === null ? progress : `${progress}: ${Math.round(100 * fraction)}%`;
  if (state === "failed") return `stopped: ${error ?? "nothing more can be played"}`;
  if (equal === null) return "at its end";
  return equal ? "at its end: every fact is as it was recorded" : "at its end: its facts are NOT those recorded";
}

// The part of the way from start to end at which a time lies, 0 to 1.
/**
 * @param {number} time
 * @param {{ start: number, end: number }} span
 */
export function placeOf(time, { start, end }) {
  if (end <= start) return 0;
  return Math.min(1, Math.max(0, (time - start) / (end - start)));
}
