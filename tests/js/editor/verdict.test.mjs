import assert from "node:assert/strict";
import { test } from "node:test";
import { lookOf } from "../../../src/spreadscope/dashboard/assets/editor/verdict.js";

const passed = (given) => ({
  ok: true,
  words: "z of A/B is above 2",
  timeframe: "1s",
  needs: ["z"],
  defaults: { recover: null, cooldown_seconds: 0 },
  unwatched: [],
  warnings: [],
  ...given,
});

test("a rule is said in words, its doubts first", () => {
  const nothing = { suggestion: null, position: null };
  assert.deepEqual(lookOf(passed()), { ...nothing, state: "right", words: "Z of A/B is above 2." });
  assert.deepEqual(lookOf(passed({ warnings: ["never seen"], unwatched: ["CUSDT"] })), {
    ...nothing,
    state: "doubtful",
    words: "Never seen. CUSDT is not watched yet. Z of A/B is above 2.",
  });
});

test("what is no rule says why, where, and what was perhaps meant", () => {
  assert.deepEqual(lookOf({ ok: false, message: "no name is so called", position: 3, suggestion: "z" }), {
    state: "wrong",
    words: "No name is so called.",
    position: 3,
    suggestion: "z",
  });
});

test("where nobody answers nothing is said to be wrong", () => {
  const look = lookOf({ ok: false, down: "the engine does not answer" });
  assert.deepEqual(look, { state: "down", words: "The engine does not answer.", suggestion: null, position: null });
});

test("what is not known yet says nothing", () => {
  assert.deepEqual(lookOf(null), { state: "none", words: "", suggestion: null, position: null });
});
