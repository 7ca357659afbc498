import assert from "node:assert/strict";
import { test } from "node:test";
import { applySuggestion } from "../../../src/spreadscope/dashboard/assets/editor/suggestion.js";

const cases = [
  ["a wrong word gives way", "zz > 2", 0, "z", "z > 2"],
  ["and nothing behind it does", "z > 2 adn corr < 1", 6, "and", "z > 2 and corr < 1"],
  ["a missing bracket is put in", "abs(z > 2", 5, ")", "abs(z) > 2"],
  ["a comparison gives way whole", "z => 2", 3, ">=", "z >= 2"],
  ["a second comparison wants its own quantity", "1 < z < 2", 6, "and", "1 < z and z < 2"],
  ["a number goes with its unit", "z > 2 for 30x", 10, "30s", "z > 2 for 30s"],
  ["a bare quantity gets its symbol", "price > 2", 0, "price(BTCUSDT)", "price(BTCUSDT) > 2"],
  ["what stands in the brackets gives way too", "price(BTC) > 2", 6, "price(BTCUSDT)", "price(BTCUSDT) > 2"],
  ["the length of bars goes to the end", "z > 2 for 3d", 10, "on 5m", "z > 2 for 3d on 5m"],
  ["and takes the place of another", "z > 2 for 3d on 1s ", 10, "on 5m", "z > 2 for 3d on 5m"],
  ["a whole rule takes the place of all", "help", 0, "z > 2", "z > 2"],
];

for (const [name, text, position, suggestion, wanted] of cases) {
  test(`${name}: ${text}`, () => {
    const made = applySuggestion(text, position, suggestion);
    assert.equal(made.text, wanted);
    assert.ok(made.cursor > 0 && made.cursor <= made.text.length);
  });
}

test("the cursor stands behind what was put in", () => {
  assert.deepEqual(applySuggestion("zz > 2", 0, "z"), { text: "z > 2", cursor: 1 });
});
