import assert from "node:assert/strict";
import { test } from "node:test";
import { band, numberOf, valueOf } from "../../src/spreadscope/dashboard/assets/row_values.js";
import { row } from "./support/contract.mjs";

const known = row({ spread_mean: [10, null], spread_sd: [2, null], z: [0, null] });

test("a value is a number, or none with the reason", () => {
  assert.deepEqual(valueOf(known, "spread_mean"), [10, null]);
  assert.deepEqual(valueOf(known, "beta"), [null, "warming up"]);
  assert.equal(numberOf(known, "z"), 0);
  assert.equal(numberOf(known, "beta"), null);
});

test("a statistic that a row does not have was not measured", () => {
  assert.deepEqual(valueOf(known, "another"), [null, "not measured"]);
  assert.equal(numberOf(known, "another"), null);
});

test("a band lies so many deviations from the mean, and nowhere where one of them is missing", () => {
  assert.equal(band(known, ["spread_mean", "spread_sd"], 2), 14);
  assert.equal(band(known, ["spread_mean", "spread_sd"], -0.5), 9);
  assert.equal(band(known, ["spread_mean", "beta"], 2), null);
  assert.equal(band(known, ["beta", "spread_sd"], 2), null);
});
