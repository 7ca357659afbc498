// The lines of a study: their panes, their points, and why a number is missing.

import assert from "node:assert/strict";
import { test } from "node:test";

import { panesOf, placeOf, pointsOf, reasonAt } from "../../../src/spreadscope/dashboard/assets/lab/study_lines.js";

const line = (values, missing = []) => ({ values, missing });
const path = (model, traded) => ({ model, label: model, traded, beta: line([1]), spread: line([0]), z: line([2]) });
const set = {
  paths: [path("ols", true), path("kalman", false)],
  lines: { correlation: line([0.5]), eg_p: line([0.04]) },
  backtest: { equity: line([7]) },
};
const study = { legs: [{ symbol: "Y" }, { symbol: "X" }], sets: [set], price_y: line([10]), price_x: line([20]) };

test("only chosen models have lines, and only statistics that are there", () => {
  const panes = Object.fromEntries(panesOf(study, set, new Set(["kalman"])).map((pane) => [pane.name, pane.lines]));
  assert.deepEqual(
    panes.z.map(({ key }) => key),
    ["z-kalman"],
  );
  assert.deepEqual(
    panes.correlation.map(({ key }) => key),
    ["correlation"],
  );
  assert.deepEqual(
    panes.p.map(({ key }) => key),
    ["eg_p"],
  );
  assert.deepEqual(
    panes.equity.map(({ label }) => label),
    ["net"],
  );
});

test("the equity of both sets stands beside each other", () => {
  const both = { ...study, sets: [set, set] };
  const equity = panesOf(both, set, new Set()).find(({ name }) => name === "equity");
  assert.deepEqual(
    equity.lines.map(({ label }) => label),
    ["set A", "set B"],
  );
});

test("prices are shares of the first one, and a hole stays a hole", () => {
  const moved = { ...study, price_y: line([null, 50, null, 75]), price_x: line([null]) };
  const [prices] = panesOf(moved, set, new Set());
  assert.deepEqual(prices.lines[0].line.values, [null, 100, null, 150]);
  assert.deepEqual(prices.lines[1].line.values, [null]);
});

test("a row without a number is a point without a value", () => {
  assert.deepEqual(pointsOf([1000, 2000], line([3, null])), [{ time: 1, value: 3 }, { time: 2 }]);
});

test("the reason of a place is that of its run", () => {
  const found = line(
    [null, null, 1, null],
    [
      [0, 2, "warming up"],
      [3, 4, "stale leg"],
    ],
  );
  assert.equal(reasonAt(found, 1), "warming up");
  assert.equal(reasonAt(found, 3), "stale leg");
  assert.equal(reasonAt(found, 2), "no number");
});

test("the place of a time is its row, or the one before it", () => {
  const times = [1000, 2000, 5000];
  assert.deepEqual(
    [0, 1, 2, 3, 5, 9].map((time) => placeOf(times, time)),
    [-1, 0, 1, 1, 2, 2],
  );
});
