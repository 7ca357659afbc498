import assert from "node:assert/strict";
import { test } from "node:test";
import { isAlarming, zoneOf } from "../../src/spreadscope/dashboard/assets/zones.js";
import { card } from "./support/contract.mjs";

const levels = { entry: 2, stop: 4 };

test("on either side a value is at entry or at stop from the very threshold on", () => {
  const of = (value) => zoneOf(value, card({ thresholds: true }), levels);
  assert.deepEqual([0, 1.99, 2, -2, 3.99, 4, -4, -9].map(of), [
    "",
    "",
    "entry",
    "entry",
    "entry",
    "stop",
    "stop",
    "stop",
  ]);
});

test("without a number, thresholds or levels there is no zone", () => {
  assert.equal(zoneOf(null, card({ thresholds: true }), levels), "");
  assert.equal(zoneOf(9, card(), levels), "");
  assert.equal(zoneOf(9, card({ thresholds: true }), undefined), "");
});

test("an alarm is a stop from its value on, on one side, whatever the levels are", () => {
  const of = (value) => zoneOf(value, card({ alarm: 3 }), undefined);
  assert.deepEqual([2.9, 3, -3].map(of), ["", "stop", ""]);
  assert.deepEqual(
    [2.9, 3, null].map((value) => isAlarming(value, card({ alarm: 3 }))),
    [false, true, false],
  );
  assert.equal(isAlarming(1e9, card()), false);
});
