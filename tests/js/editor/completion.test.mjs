import assert from "node:assert/strict";
import { test } from "node:test";
import {
  complete,
  completions,
  forPart,
  unitsAt,
  withFor,
} from "../../../src/spreadscope/dashboard/assets/editor/completion.js";

const term = (name, kind) => ({ name, kind, unit: "", meaning: `the ${name}`, example: "" });
const vocabulary = [
  term("z", "pair"),
  term("half_life", "pair"),
  term("price", "symbol"),
  term("gap", "symbol"),
  term("abs", "function"),
  term("crosses", "word"),
];
const watched = { pairs: ["C/D", "A/B"], symbols: ["C", "A", "B"], subject: "A/B" };
const offer = (text, of = watched) => completions(text, text.length, vocabulary, of);
const inserts = (text, of) => offer(text, of)?.items.map(({ insert }) => insert);

test("nothing typed: all there is; a beginning: what begins so, then what holds it", () => {
  assert.deepEqual(inserts(""), ["z", "half_life", "price(", "gap", "abs(", "crosses "]);
  assert.deepEqual(inserts("a"), ["abs(", "half_life", "gap"]);
  assert.deepEqual(inserts("HALF"), ["half_life"]);
  assert.equal(offer("nothing_such"), null);
});

test("what is typed of a name gives way to it", () => {
  const { from, to, typed } = offer("z > 2 and pri");
  assert.deepEqual([from, to, typed], [10, 13, "pri"]);
});

test("a quantity wants its subject in a rule of another kind, but for those of both legs", () => {
  assert.deepEqual(inserts("pric"), ["price("]);
  assert.deepEqual(inserts("gap"), ["gap"]);
  assert.deepEqual(inserts("pric", { ...watched, subject: "A" }), ["price"]);
  assert.deepEqual(inserts("z", { ...watched, subject: "A" }), ["z("]);
  assert.deepEqual(inserts("z", { ...watched, subject: "any pair" }), ["z"]);
});

test("in its brackets stand what is watched and fits, the rule's own first", () => {
  assert.deepEqual(inserts("price("), ["A)", "B)", "C)", "any symbol)"]);
  assert.deepEqual(inserts("z( "), ["A/B)", "C/D)", "any pair)"]);
  assert.deepEqual(inserts("price(c"), ["C)"]);
  assert.deepEqual(inserts("abs(half"), ["half_life"], "a function's are quantities");
});

test("a number with its unit is no name", () => {
  assert.equal(offer("z > 2 for 30s"), null);
  assert.equal(offer("z > 2 for 5m"), null);
});

test("twelve names at most", () => {
  const many = Array.from({ length: 30 }, (_, index) => term(`name_${index}`, "pair"));
  assert.equal(completions("name", 4, many, watched).items.length, 12);
});

test("a bracket or blank that is there is not doubled", () => {
  assert.deepEqual(complete("pri > 2", { from: 0, to: 3 }, { insert: "price(" }), { text: "price( > 2", cursor: 6 });
  assert.deepEqual(complete("pri(A)", { from: 0, to: 3 }, { insert: "price(" }), { text: "price(A)", cursor: 6 });
  assert.deepEqual(complete("ab z", { from: 0, to: 2 }, { insert: "z" }), { text: "z z", cursor: 1 });
  assert.deepEqual(complete("zz", { from: 0, to: 1 }, { insert: "z" }), { text: "zz", cursor: 1 });
});

test("a position of the engine's counts characters, one of the browser's units", () => {
  assert.equal(unitsAt("a\u{1F600}b", 2), 3);
  assert.equal(unitsAt("abc", 2), 2);
  assert.equal(unitsAt("ab", 9), 2);
});

test("the part that says how long is found, put in its place, and taken out", () => {
  assert.equal(forPart("z > 2 for 30s on 1m"), "30s");
  assert.equal(forPart("z > 2 for 3 bars"), "3 bars");
  assert.equal(forPart("z > 2"), "");
  assert.equal(withFor("z > 2", "30s"), "z > 2 for 30s");
  assert.equal(withFor("z > 2 on 1m", "30s"), "z > 2 for 30s on 1m");
  assert.equal(withFor("z > 2 for 30s on 5m", "2m"), "z > 2 for 2m on 5m");
  assert.equal(withFor("z > 2 for 30s on 1s", ""), "z > 2 on 1s");
});
