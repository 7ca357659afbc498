import assert from "node:assert/strict";
import { test } from "node:test";
import { LONGEST_TYPED, itemsFor } from "../../../src/spreadscope/dashboard/assets/bar/palette_items.js";

const KNOWN = {
  pairs: ["BTCUSDT/ETHUSDT", "SOLUSDT/ETHUSDT"],
  symbols: ["BTCUSDT", "ETHUSDT", "SOLUSDT"],
  listed: ["BTCUSDT", "ETHUSDT", "XRPUSDT", "binance-spot:BTCUSDT"],
  pages: [
    { title: "Live", path: "" },
    { title: "Alerts", path: "alerts" },
  ],
  commands: [{ id: "print", title: "Print this page" }],
  timeframes: ["1s", "1m"],
  shown: "BTCUSDT/ETHUSDT",
};
const found = (typed, known = KNOWN) => itemsFor(known, typed).map(({ kind, value }) => `${kind} ${value}`);

test("nothing typed offers pairs, timeframes, pages and commands, and no symbol", () => {
  assert.deepEqual(found(""), [
    "pair BTCUSDT/ETHUSDT",
    "pair SOLUSDT/ETHUSDT",
    "timeframe 1s",
    "timeframe 1m",
    "page ",
    "page alerts",
    "command print",
  ]);
  assert.equal(itemsFor(KNOWN, "")[0].note, "in view");
});

test("a few letters find a pair before its symbol", () => {
  assert.equal(found("sol")[0], "pair SOLUSDT/ETHUSDT");
  assert.equal(found("SOL ETH")[0], "pair SOLUSDT/ETHUSDT");
  assert.equal(found("alrt")[0], "page alerts");
  assert.equal(found("print")[0], "command print");
  assert.ok(found("xrp").includes("symbol XRPUSDT"));
});

test("two legs are a pair to follow, of the symbols that fit best", () => {
  assert.equal(found("btcusdt/xrp")[0], "follow BTCUSDT/XRPUSDT");
  assert.equal(found("btcusdt, xrpusdt")[0], "follow BTCUSDT/XRPUSDT");
  assert.equal(found("ethusdt/btcusdt")[0], "follow ETHUSDT/BTCUSDT", "reversed it is another pair");
  assert.ok(!found("btcusdt/eth").includes("follow BTCUSDT/ETHUSDT"), "it is followed already");
  assert.equal(found("btcusdt/eth")[0], "pair BTCUSDT/ETHUSDT");
  assert.ok(!found("btcusdt/btcusdt").includes("follow BTCUSDT/BTCUSDT"));
});

test("what nothing is called finds nothing, whatever it is", () => {
  for (const typed of ["zzzz", "\u{1F680}\u{1F680}z", "<b>hi</b>", "A".repeat(LONGEST_TYPED), "q/q", "BTC/ETH/SOL/q"]) {
    assert.deepEqual(found(typed), [], typed);
  }
});

test("of many there are few", () => {
  const many = Array.from({ length: 600 }, (_, n) => `A${n}USDT`);
  assert.equal(found("usdt", { ...KNOWN, pairs: [], listed: many }).length, 12);
  assert.equal(found("", { ...KNOWN, pairs: many.map((each) => `${each}/B`) }).length, 40);
});
