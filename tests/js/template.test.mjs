import assert from "node:assert/strict";
import { test } from "node:test";
import { filled, positionWords } from "../../src/spreadscope/dashboard/assets/template.js";

const values = { z: 1.25, sd: 0.5, none: null };
const fill = (template, state) => filled(template, (key) => values[key], state);

test("fields are written in their formats", () => {
  assert.equal(fill("z {z:signed:1} of {sd:fixed:2}"), "z +1.3 of 0.50");
  assert.equal(fill("no field"), "no field");
  assert.equal(fill("{state}", "SHORT"), "short spread");
});

test("without its first number a note says nothing; others are a dash, or go with their brackets", () => {
  assert.equal(fill("{none:fixed:1} of {z:fixed:1}"), "");
  assert.equal(fill("{z:fixed:1} of {none:fixed:1}"), "1.3 of \u2013");
  assert.equal(fill("{z:fixed:1}[ of {none:fixed:1}][ sd {sd:fixed:1}]"), "1.3 sd 0.5");
});

test("a position that is not known is no position", () => {
  assert.equal(fill("{state}"), "");
  assert.equal(fill("{z:fixed:1} {state}"), "1.3 \u2013");
});

test("a field without a format is an error", () => assert.throws(() => fill("{z}"), RangeError));

test("every position has words", () => {
  assert.deepEqual(["FLAT", "LONG", "SHORT"].map(positionWords), ["flat", "long spread", "short spread"]);
});
