// Where the cells of the heat map lie.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cellAt, moved, placeOf } from "../../../src/spreadscope/dashboard/assets/heatmap/heat_cells.js";

test("every pair has its own place, in the order of the contract", () => {
  const count = 7;
  let place = 0;
  for (let first = 0; first < count; first += 1) {
    for (let second = first + 1; second < count; second += 1) {
      assert.equal(placeOf(first, second, count), place);
      assert.equal(placeOf(second, first, count), place);
      place += 1;
    }
  }
});

test("a point is in a cell, on the diagonal, or beside the map", () => {
  assert.deepEqual(cellAt(0, 99, 100, 4), { row: 3, column: 0 });
  assert.deepEqual(cellAt(99.9, 0, 100, 4), { row: 0, column: 3 });
  for (const [x, y] of [
    [10, 10],
    [-1, 50],
    [50, -0.1],
    [100, 0],
    [0, 100],
  ]) {
    assert.equal(cellAt(x, y, 100, 4), null);
  }
});

test("arrows step over the diagonal and stop at the edge", () => {
  assert.deepEqual(moved({ row: 1, column: 0 }, "ArrowRight", 4), { row: 1, column: 2 });
  assert.deepEqual(moved({ row: 2, column: 0 }, "ArrowUp", 4), { row: 1, column: 0 });
  assert.deepEqual(moved({ row: 1, column: 0 }, "ArrowUp", 4), { row: 1, column: 0 }); // above it is the diagonal
  assert.deepEqual(moved({ row: 3, column: 0 }, "ArrowDown", 4), { row: 3, column: 0 });
  assert.deepEqual(moved({ row: 2, column: 0 }, "End", 4), { row: 2, column: 3 });
  assert.deepEqual(moved({ row: 3, column: 0 }, "End", 4), { row: 3, column: 2 });
  assert.deepEqual(moved({ row: 0, column: 3 }, "Home", 4), { row: 0, column: 1 });
  assert.equal(moved({ row: 0, column: 3 }, "Tab", 4), null);
});
