import assert from "node:assert/strict";
import { test } from "node:test";
import { Tape } from "../../src/spreadscope/dashboard/assets/tape.js";
import { bar } from "./support/contract.mjs";

const told = (tape) => tape.prints.map(({ leg, price, trades, volume, move }) => [leg, price, trades, volume, move]);

test("from look to look the tape has what was traded between", () => {
  const tape = new Tape();
  tape.take("y", bar({ trades: 5, volume: 3, close: 10 }), 1);
  assert.deepEqual(told(tape), [], "the first look says where counting begins");
  tape.take("y", bar({ trades: 7, volume: 4, close: 11 }), 2);
  tape.take("y", bar({ trades: 7, volume: 4, close: 11 }), 3);
  tape.take("x", null, 3);
  assert.deepEqual(told(tape), [["y", 11, 2, 1, 1]]);
  // The bar closes with one trade more, and the next opens with two.
  tape.take("y", bar({ trades: 8, volume: 4.5, close: 11 }), 4);
  tape.take("y", bar({ open_time: 2000, trades: 2, volume: 1, close: 9 }), 4);
  assert.deepEqual(told(tape).slice(0, 2), [
    ["y", 9, 2, 1, -1],
    ["y", 11, 1, 0.5, 0],
  ]);
  tape.take("y", bar({ open_time: 1000, trades: 20 }), 5);
  assert.equal(tape.prints.length, 3, "a correction of the past is no new trade");
});

test("the tape is bounded, and numbers its prints", () => {
  const tape = new Tape();
  for (let trades = 1; trades < 400; trades += 1) tape.take("x", bar({ trades }), trades);
  assert.equal(tape.prints.length, 100);
  assert.equal(tape.prints[0].number, 398);
});
