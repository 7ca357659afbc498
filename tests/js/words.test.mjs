import assert from "node:assert/strict";
import { test } from "node:test";
import { demoWords, isRecording } from "../../src/spreadscope/dashboard/assets/demo.js";
import { actionWords, cautionWords } from "../../src/spreadscope/dashboard/assets/signal_words.js";

test("a demo is made up, or a recording", () => {
  assert.equal(isRecording({ source: "recording um_btcusdt" }), true);
  assert.equal(isRecording({ source: "synthetic market" }), false);
  assert.equal(demoWords({ source: "recording x" }), "a recording of a market, not the market now");
  assert.equal(demoWords({ source: "synthetic market" }), "made up, not market data");
});

test("what speaks against an entry is said, where something does", () => {
  assert.equal(
    cautionWords({ cautions: ["move below fees", "β not above 0"] }),
    "against it: move below fees, β not above 0",
  );
  assert.equal(cautionWords({ cautions: [] }), "");
  assert.equal(cautionWords({ cautions: null }), "");
});

test("each action has words of its own", () => {
  assert.equal(new Set(Object.values(actionWords)).size, 4);
  assert.equal(actionWords.SELL_SPREAD, "Sell spread");
});
