import assert from "node:assert/strict";
import { test } from "node:test";
import { measured } from "../../src/spreadscope/dashboard/assets/measure.js";
import { row } from "./support/contract.mjs";

const ROW = row({ beta: [0.5, null], spread_sd: [0.001, null] });
const write = (value) => value.toFixed(2).replace("-", "\u2212");
const words = (given) =>
  measured({
    pane: "y",
    start: { time: 1000, value: 100 },
    end: { time: 61000, value: 101 },
    bars: 60,
    row: ROW,
    isLog: true,
    write,
    ...given,
  });

test("of a leg: bars, time, the change, its share, and what it is in z", () => {
  assert.deepEqual(words({}), ["60 bars \u00b7 60.0 s", "Δ +1.00 (+1.00%)", "+9.95 z"]);
  assert.deepEqual(words({ pane: "x" })[2], "\u22124.98 z", "X moves the spread the other way, by β of it");
  assert.equal(words({ isLog: false })[2], "+1,000.00 z", "of prices as they are");
});

test("of the spread in deviations, of z as it is, of other panes not at all", () => {
  const spread = { pane: "spread", start: { time: 0, value: 0.001 }, end: { time: 1000, value: -0.001 }, bars: -1 };
  assert.deepEqual(words(spread).slice(0, 1), ["1 bar \u00b7 1.0 s"]);
  assert.equal(words(spread)[1], "Δ \u22120.00 (\u221220.00 bp)");
  assert.equal(words(spread)[2], "\u22122.00 z");
  assert.deepEqual(words({ pane: "z", start: { time: 0, value: 1 }, end: { time: 1000, value: 3 } }).length, 2);
  assert.deepEqual(words({ pane: "volume" }).length, 2);
});

test("without a deviation or a ratio it says nothing of z", () => {
  for (const pane of ["y", "x", "spread"]) assert.equal(words({ pane, row: row() }).length, 2, pane);
  assert.equal(words({ row: null }).length, 2);
  assert.equal(words({ pane: "x", row: row({ spread_sd: [0.001, null] }) }).length, 2);
  assert.equal(words({ start: { time: 0, value: 0 } }).length, 2, "a price of nothing has no logarithm");
});
