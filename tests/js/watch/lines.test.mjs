import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf } from "../../../src/spreadscope/dashboard/assets/watch/columns.js";
import { EVERYTHING } from "../../../src/spreadscope/dashboard/assets/watch/filter.js";
import { linesOf, sameLines, stepped } from "../../../src/spreadscope/dashboard/assets/watch/lines.js";
import { statistic } from "../support/contract.mjs";
import { watched } from "./support.mjs";

const pairs = [
  watched("SOLUSDT/ETHUSDT", { z: [1, null] }),
  watched("BTCUSDT/ETHUSDT", { z: [-3, null] }),
  watched("BTCUSDT/SOLUSDT", { z: [2, null] }),
];
const EVERY = {
  columns: [],
  order: { key: null, down: true },
  filter: EVERYTHING,
  grouping: "",
  groups: {},
};
const columns = columnsOf([statistic({})]);
const lines = (choices) => linesOf(pairs, { ...EVERY, ...choices }, columns);
const told = (choices) => lines(choices).map(({ watched: pair, head }) => head ?? pair.pair);

test("what matches, in its order, below the heads of groups", () => {
  assert.deepEqual(told({}), ["SOLUSDT/ETHUSDT", "BTCUSDT/ETHUSDT", "BTCUSDT/SOLUSDT"]);
  const order = { key: "z", down: true };
  assert.deepEqual(told({ order, grouping: "base" }), [
    "BTC (2)",
    "BTCUSDT/ETHUSDT",
    "BTCUSDT/SOLUSDT",
    "SOL (1)",
    "SOLUSDT/ETHUSDT",
  ]);
  const filter = { text: "eth", state: "", least: 2, evidence: false };
  assert.deepEqual(told({ order, grouping: "base", filter }), ["BTC (1)", "BTCUSDT/ETHUSDT"]);
  assert.deepEqual(told({ filter: { ...filter, text: "none" } }), []);
});

test("the same lines are the same pairs and heads in one order", () => {
  assert.ok(sameLines(lines({}), lines({})));
  assert.ok(!sameLines(lines({}), lines({ order: { key: "z", down: true } })));
  assert.ok(!sameLines(lines({}), lines({ grouping: "base" })));
  assert.ok(!sameLines(lines({}), lines({}).slice(1)));
});

test("a step goes from pair to pair over the heads, and stops at the ends", () => {
  const all = lines({ grouping: "base", order: { key: "pair", down: false } });
  const [first, second, last] = ["BTCUSDT/ETHUSDT", "BTCUSDT/SOLUSDT", "SOLUSDT/ETHUSDT"];
  assert.equal(stepped(all, null, 1), first);
  assert.equal(stepped(all, null, -1), last);
  assert.equal(stepped(all, second, 1), last);
  assert.equal(stepped(all, last, 1), last);
  assert.equal(stepped(all, last, -9), first);
  assert.equal(stepped(all, "GONE/X", 1), first);
  assert.equal(stepped([], first, 1), null);
});
