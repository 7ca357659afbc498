import assert from "node:assert/strict";
import { test } from "node:test";
import { drawTrail } from "../../../src/spreadscope/dashboard/assets/watch/trail.js";

const SIZE = { width: 122, height: 24 };
const COLOURS = { line: "line", level: "level", zero: "zero" };

// What a pen was told: [{at, x, y}] of the line, and the heights of the levels.
function drawn(trail, entry = 2) {
  const moves = [];
  const levels = [];
  const pen = {
    clearRect: () => {},
    beginPath: () => {},
    stroke: () => {},
    fillRect: (_, y) => levels.push([pen.fillStyle, y]),
    moveTo: (x, y) => moves.push(["move", x, y]),
    lineTo: (x, y) => moves.push(["line", x, y]),
  };
  drawTrail(pen, SIZE, { trail, entry }, COLOURS);
  return { moves, levels };
}

test("the newest row is at the right, mean in the middle, levels at their heights", () => {
  const { moves, levels } = drawn([
    [0, 0],
    [1, 2.5],
    [2, -2.5],
  ]);
  assert.deepEqual(moves, [
    ["move", 116, 12],
    ["line", 118, 2],
    ["line", 120, 22],
  ]);
  assert.deepEqual(levels, [
    ["level", 4],
    ["zero", 12],
    ["level", 20],
  ]);
});

test("a row without z is a hole, and a far z is inside", () => {
  const { moves } = drawn([
    [0, 1],
    [1, null],
    [2, 10],
    [3, -10],
  ]);
  assert.deepEqual(
    moves.map(([kind, , y]) => [kind, y]),
    [
      ["move", 11],
      ["move", 2],
      ["line", 22],
    ],
  );
  assert.deepEqual(drawn([]).moves, []);
  assert.equal(drawn([], 0).levels.length, 3);
});
