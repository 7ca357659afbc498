import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf } from "../../../src/spreadscope/dashboard/assets/watch/columns.js";
import { oldestAge, pressed, sorted } from "../../../src/spreadscope/dashboard/assets/watch/order.js";
import { row, statistic } from "../support/contract.mjs";
import { watched } from "./support.mjs";

const columns = columnsOf([statistic({})]);
const names = (pairs, order) => sorted(pairs, order, columns).map(({ pair }) => pair);

test("without a column, or with one that is not there, the order is that of the engine", () => {
  const pairs = [watched("B"), watched("A")];
  assert.deepEqual(names(pairs, { key: null, down: true }), ["B", "A"]);
  assert.deepEqual(names(pairs, { key: "gone", down: true }), ["B", "A"]);
});

test("figures are ordered by size, and those without a number come last either way", () => {
  const pairs = [
    watched("none", null),
    watched("small", { z: [0.5, null] }),
    watched("warming", {}),
    watched("below", { z: [-3, null] }),
    watched("above", { z: [2, null] }),
  ];
  assert.deepEqual(names(pairs, { key: "z", down: true }), ["below", "above", "small", "none", "warming"]);
  assert.deepEqual(names(pairs, { key: "z", down: false }), ["small", "above", "below", "none", "warming"]);
});

test("a pair with a leg that has no price yet has no age, and comes last either way", () => {
  const pairs = [
    watched("no y", { age_y: null, age_x: 10 }),
    watched("young", { age_y: 10, age_x: 20 }),
    watched("no row", null),
    watched("old", { age_y: 900, age_x: 20 }),
  ];
  assert.deepEqual(names(pairs, { key: "age", down: true }), ["old", "young", "no y", "no row"]);
  assert.deepEqual(names(pairs, { key: "age", down: false }), ["young", "old", "no y", "no row"]);
  assert.equal(oldestAge(row({ age_y: 3, age_x: 7 })), 7);
  assert.equal(oldestAge(row({ age_y: 3, age_x: null })), null);
});

test("by name, by state, by what the list alone has", () => {
  const pairs = [
    watched("B", { state: "FLAT" }, { break_even: [3, null] }),
    watched("C", { state: "SHORT" }, { break_even: [null, "warming up"] }),
    watched("A", { state: "LONG" }, { break_even: [1, null] }),
  ];
  assert.deepEqual(names(pairs, { key: "pair", down: false }), ["A", "B", "C"]);
  assert.deepEqual(names(pairs, { key: "state", down: true }), ["C", "A", "B"]);
  assert.deepEqual(names(pairs, { key: "break_even", down: false }), ["A", "B", "C"]);
  assert.deepEqual(
    pairs.map(({ pair }) => pair),
    ["B", "C", "A"],
  );
});

test("a press begins with the largest, of names with the first, and turns over at the next", () => {
  assert.deepEqual(pressed({ key: null, down: true }, "z"), { key: "z", down: true });
  assert.deepEqual(pressed({ key: "z", down: true }, "z"), { key: "z", down: false });
  assert.deepEqual(pressed({ key: "z", down: false }, "z"), { key: "z", down: true });
  assert.deepEqual(pressed({ key: "z", down: true }, "pair"), { key: "pair", down: false });
});
