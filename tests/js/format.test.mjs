import assert from "node:assert/strict";
import { test } from "node:test";
import {
  age,
  basisPoints,
  clock,
  dateAndClock,
  decimalsOf,
  decimalsSeen,
  duration,
  figureOf,
  fixed,
  scientific,
  typeset,
  written,
} from "../../src/spreadscope/dashboard/assets/format.js";

const MINUS = "\u2212";

test("fixed decimals, with a real minus, no minus of a zero, and a plus only where it is asked for", () => {
  assert.equal(fixed(1234.5, 2), "1,234.50");
  assert.equal(fixed(-1.25, 1), `${MINUS}1.3`);
  assert.equal(fixed(-0.004, 2), "0.00");
  assert.equal(fixed(-0, 0), "0");
  assert.equal(fixed(0.004, 2, { sign: true }), "0.00");
  assert.equal(fixed(0.005, 2, { sign: true }), "+0.01");
  assert.equal(fixed(-2, 0, { sign: true }), `${MINUS}2`);
});

test("a figure has seven digits at most, whatever its format's decimals", () => {
  assert.equal(figureOf(0.0012345678, 6), "0.001235");
  assert.equal(figureOf(1234.56789, 6), "1,234.568");
  assert.equal(figureOf(-12345678, 6), `${MINUS}12,345,678`);
  assert.equal(figureOf(0, 2), "0.00");
});

test("each format of the catalogue has its writer", () => {
  const cases = [
    ["fixed:2", 1.005, "1.01"],
    ["signed:3", 0.5, "+0.500"],
    ["bp", -0.00123, `${MINUS}12.30 bp`],
    ["p", 0.0004, "< 0.001"],
    ["p", 0.001, "0.001"],
    ["duration", 90, "90.0 s"],
    ["percent", 0.1384, "13.8%"],
    ["fixed:0", 3, "3"],
    ["yes", 1, "yes"],
    ["yes", 0, "not shown"],
  ];
  for (const [format, value, text] of cases) assert.equal(written(format)(value), text, format);
});

test("a format that is none is an error that names it, when it is asked for", () => {
  for (const format of ["promille", "", "Fixed:2", "constructor", "toString"]) {
    assert.throws(() => written(format), { name: "RangeError", message: `"${format}" is no format of a number` });
  }
});

test("the decimals of a format", () => {
  assert.deepEqual(["fixed:4", "signed:0", "bp", "duration"].map(decimalsOf), [4, 0, 3, 3]);
});

test("a very small number keeps its size", () => {
  assert.equal(scientific(6.78e-13), `6.8e${MINUS}13`);
  assert.equal(scientific(-6.78e-13), `${MINUS}6.8e${MINUS}13`);
});

test("basis points are ten thousandths", () => assert.equal(basisPoints(0.0001), "+1.00 bp"));

test("a sentence has a minus before a number, and a hyphen between letters", () => {
  assert.equal(typeset("z -2.1 (-3), 1-2, a-b"), `z ${MINUS}2.1 (${MINUS}3), 1-2, a-b`);
});

test("lengths of time change their unit where two digits of it are enough", () => {
  assert.deepEqual([0, 119.9, 120, 7199, 7200, 172799, 172800].map(duration), [
    "0.0 s",
    "119.9 s",
    "2.0 min",
    "120.0 min",
    "2.0 h",
    "48.0 h",
    "2.0 d",
  ]);
  assert.deepEqual([-5, 0, 9999, 10000, 119999, 120000].map(age), [
    "0.0 s",
    "0.0 s",
    "10.0 s",
    "10 s",
    "120 s",
    "2.0 min",
  ]);
});

test("times are UTC", () => {
  const time = Date.UTC(2024, 1, 29, 23, 59, 58, 999);
  assert.equal(clock(time), "23:59:58");
  assert.equal(dateAndClock(time), "2024-02-29 23:59:58");
});

test("the decimals of prices are those that the data show, eight at most", () => {
  assert.equal(decimalsSeen([1, 1.5, 1.25]), 2);
  assert.equal(decimalsSeen([1e-7]), 7);
  assert.equal(decimalsSeen([0.1 + 0.2]), 8);
  assert.equal(decimalsSeen([Number.NaN, Infinity]), 0);
  assert.equal(decimalsSeen([]), 0);
});
