import assert from "node:assert/strict";
import { test } from "node:test";
import { filledWords, slicedWords } from "../../../src/spreadscope/dashboard/assets/portfolio/paper_words.js";
import { trade } from "./support.mjs";

const order = (given) => ({
  kind: "ladder",
  measure: "z",
  words: "1 of 3 rungs filled",
  slices: [
    { state: "filled", level: -2 },
    { state: "waiting", level: -3 },
    { state: "waiting", level: -4 },
  ],
  ...given,
});

test("an order in slices says how far it is and what comes next", () => {
  assert.equal(slicedWords(order()), "ladder: 1 of 3 rungs filled, next at z \u22123.00");
  assert.equal(
    slicedWords(order({ measure: "ratio", slices: [{ state: "waiting", level: 15.25 }] })),
    "ladder: 1 of 3 rungs filled, next at ratio 15.25",
  );
  const twap = { kind: "TWAP", words: "2 of 5 slices filled", slices: [{ state: "waiting", level: null }] };
  assert.equal(slicedWords(order(twap)), "TWAP: 2 of 5 slices filled");
});

test("z of the fills is told once there are any", () => {
  assert.equal(filledWords(trade({ z_filled: -2.5 })), "filled at \u22122.50; ");
  assert.equal(filledWords(trade({ z_filled: null })), "");
});
