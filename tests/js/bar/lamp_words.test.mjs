import assert from "node:assert/strict";
import { test } from "node:test";
import { lampOf } from "../../../src/spreadscope/dashboard/assets/bar/lamp_words.js";
import { status } from "../support/contract.mjs";

const rest = (banned_seconds = 0) => ({ ...status().rest, banned_seconds });
const calm = (given = {}) => ({
  ...status(),
  starting: "",
  alarms: [],
  demo: false,
  venues: [],
  rest: rest(),
  ...given,
});

test("the lamp has one colour and one word, of the worst that is known", () => {
  assert.deepEqual(lampOf(null, null, []), { level: "warn", word: "Connecting" });
  assert.deepEqual(lampOf(calm(), null, ["good"]), { level: "good", word: "Live" });
  assert.deepEqual(lampOf(calm({ demo: true }), null, ["good"]), { level: "good", word: "Demo runs" });
  assert.deepEqual(lampOf(calm(), null, ["good", "old"]), { level: "old", word: "Old" });
  assert.deepEqual(lampOf(calm(), null, ["old", "warn"]), { level: "warn", word: "Doubtful" });
  assert.deepEqual(lampOf(calm(), null, ["warn", "bad"]), { level: "bad", word: "Fault" });
  assert.deepEqual(lampOf(calm({ starting: "fetching" }), null, ["warn"]), { level: "warn", word: "Starting" });
  assert.deepEqual(lampOf(calm({ alarms: [{ level: "error", message: "x", runbook: null }] }), null, []).word, "Fault");
  assert.deepEqual(lampOf(calm({ rest: rest(60) }), null, ["good"]), { level: "bad", word: "Banned" });
  const venues = [{ name: "spot", title: "Spot", exchange_clock: {}, rest: rest(5) }];
  assert.equal(lampOf(calm({ venues }), null, []).word, "Banned");
});

test("a loss is said before all else", () => {
  for (const [state, word] of [
    ["server", "Dashboard lost"],
    ["engine", "Engine lost"],
    ["silent", "Engine silent"],
    ["feed", "Exchange silent"],
  ]) {
    assert.deepEqual(lampOf(calm(), { state, title: "", words: "" }, ["good"]), { level: "bad", word });
  }
  assert.equal(lampOf(calm(), { state: "loading", title: "", words: "" }, ["good"]).word, "Live");
});
