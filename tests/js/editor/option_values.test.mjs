import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOf, valuesOf } from "../../../src/spreadscope/dashboard/assets/editor/option_values.js";

const written = (given) => ({
  name: "",
  recover: "",
  keep: "",
  cooldown: "",
  cap: "",
  once: false,
  resolved: true,
  noData: false,
  channels: [],
  ...given,
});
const always = { once: false, notify_resolved: true, notify_no_data: false, channels: [] };

test("of a new rule what is empty is left out", () => {
  assert.deepEqual(valuesOf(written(), false), always);
});

test("one that is edited has no level and no pause where nothing is written", () => {
  assert.deepEqual(valuesOf(written(), true), { ...always, recover: null, keep_seconds: 0, cooldown_seconds: 0 });
});

test("what is written is taken as it is meant", () => {
  const given = { name: " wide ", keep: "1m", cooldown: "2h", cap: " 12 ", once: true, channels: ["mail"] };
  assert.deepEqual(valuesOf(written({ ...given, recover: "1.5" }), false), {
    name: "wide",
    recover: 1.5,
    keep_seconds: 60,
    cooldown_seconds: 7200,
    cap_per_hour: 12,
    once: true,
    notify_resolved: true,
    notify_no_data: false,
    channels: ["mail"],
  });
});

test("the end of an alert is a number, a condition, or none", () => {
  const recover = (text) => valuesOf(written({ recover: text }), false).recover;
  assert.deepEqual(["-0.5", "0", "abs(z) < 1.5", "none", "OFF", "-", "no", "nonesuch"].map(recover), [
    -0.5,
    0,
    "abs(z) < 1.5",
    null,
    null,
    null,
    null,
    "nonesuch",
  ]);
});

test("what is wrong is said by its label", () => {
  const problem = (given) => problemOf(valuesOf(written(given), false));
  assert.equal(problem({}), "");
  assert.equal(problem({ keep: "30s", cooldown: "0", cap: "1" }), "");
  assert.equal(problem({ keep: "soon" }), "Keep open for: write a length such as 30s, 5m or 1h.");
  assert.equal(problem({ cooldown: "5d" }), "Cooldown: write a length such as 30s, 5m or 1h.");
  for (const cap of ["0", "-1", "1.5", "many"]) {
    assert.equal(problem({ cap }), "At most an hour: write a whole number, such as 12.", cap);
  }
});
