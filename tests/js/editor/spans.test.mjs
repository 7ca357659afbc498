import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSpan, spanText } from "../../../src/spreadscope/dashboard/assets/editor/spans.js";

test("a length is a number with its unit, or bare seconds", () => {
  const cases = [
    ["30s", 30],
    [" 5 M ", 300],
    ["1.5h", 5400],
    ["90", 90],
    ["0", 0],
    ["", null],
    ["  ", null],
  ];
  for (const [text, seconds] of cases) assert.equal(parseSpan(text), seconds, text);
});

test("what is no length is no number", () => {
  for (const text of ["soon", "5d", "-3s", "1h30m", "s", "5 minutes"]) assert.ok(Number.isNaN(parseSpan(text)), text);
});

test("a length is written with the largest unit that fits, and read back as the same", () => {
  assert.deepEqual([0, 45, 60, 90, 3600, 5400, 7200].map(spanText), ["", "45s", "1m", "90s", "1h", "90m", "2h"]);
  for (const seconds of [1, 59, 60, 61, 3600, 3660]) assert.equal(parseSpan(spanText(seconds)), seconds);
});
