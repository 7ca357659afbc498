import assert from "node:assert/strict";
import test from "node:test";

import {
  placeOf,
  speedWords,
  stateWords,
  timeWords,
} from "../../../src/spreadscope/dashboard/assets/transport/transport_words.js";

/** @import { Playback } from "../../../src/spreadscope/dashboard/assets/contract.d.ts" */

/** @type {(given?: Partial<Playback>) => Playback} */
const playback = (given) => ({
  title: "session 1",
  session: 1,
  state: "paused",
  speed: 1,
  time: 5,
  start: 0,
  end: 10,
  fraction: null,
  progress: "",
  marks: 0,
  hash: "",
  equal: null,
  error: null,
  ...given,
});

test("where a playback stands, in words", () => {
  assert.equal(stateWords(playback()), "paused");
  assert.equal(stateWords(playback({ state: "playing" })), "plays");
  const seeking = playback({ state: "seeking", progress: "runs to the chosen time" });
  assert.equal(stateWords({ ...seeking, fraction: 0.256 }), "runs to the chosen time: 26%");
  assert.equal(stateWords(seeking), "runs to the chosen time");
  assert.equal(stateWords(playback({ state: "failed", error: "trades are gone" })), "stopped: trades are gone");
});

test("the end of a session says whether its facts are those recorded", () => {
  assert.match(stateWords(playback({ state: "ended", equal: true })), /every fact is as it was recorded/);
  assert.match(stateWords(playback({ state: "ended", equal: false })), /NOT those recorded/);
  assert.equal(stateWords(playback({ state: "ended" })), "at its end");
});

test("speeds and times", () => {
  assert.deepEqual([1, 100, null].map(speedWords), ["\u00d71", "\u00d7100", "max"]);
  assert.equal(timeWords(1_750_000_000_000), "2025-06-15 15:06:40 UTC");
});

test("a place on the slider stays on it", () => {
  const span = { start: 100, end: 200 };
  assert.deepEqual(
    [50, 100, 150, 200, 900].map((time) => placeOf(time, span)),
    [0, 0, 0.5, 1, 1],
  );
  assert.equal(placeOf(5, { start: 7, end: 7 }), 0);
});
