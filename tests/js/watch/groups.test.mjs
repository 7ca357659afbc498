import assert from "node:assert/strict";
import { test } from "node:test";
import { assigned, groupOf, readGroups, sectionsOf } from "../../../src/spreadscope/dashboard/assets/watch/groups.js";
import { watched } from "./support.mjs";

const pairs = ["SOLUSDT/ETHUSDT", "BTCUSDT/ETHUSDT", "binance-spot:BTCUSDT/BTCUSDT"].map((pair) => watched(pair, {}));
const told = (grouping, groups = {}) =>
  sectionsOf(pairs, grouping, groups).map((each) => [each.name, each.pairs.map(({ pair }) => pair)]);
const nameOf = (pair, grouping) => sectionsOf([watched(pair, {})], grouping, {})[0].name;
const [sol, btc, spot] = pairs.map(({ pair }) => pair);

test("the base asset is Y's symbol without what it is quoted in, wherever it trades", () => {
  const bases = { "BTCUSDT/ETHUSDT": "BTC", "binance-spot:ETHBTC/X": "ETH", "1000PEPEUSDC/X": "1000PEPE" };
  for (const [pair, base] of Object.entries(bases)) assert.equal(nameOf(pair, "base"), base);
  assert.equal(nameOf("BTCUSDT_261225/BTCUSDT", "base"), "BTC");
  assert.equal(nameOf("USDT/X", "base"), "USDT");
  assert.equal(nameOf("ODD/X", "base"), "ODD");
});

test("a pair over two venues has both", () => {
  assert.equal(nameOf(btc, "venue"), "binance-futures");
  assert.equal(nameOf("binance-spot:A/binance-spot:B", "venue"), "binance-spot");
  assert.equal(nameOf(spot, "venue"), "binance-spot and binance-futures");
});

test("sections by name; those of the user's have the rest last", () => {
  assert.deepEqual(told(""), [["", [sol, btc, spot]]]);
  assert.deepEqual(told("base"), [
    ["BTC", [btc, spot]],
    ["SOL", [sol]],
  ]);
  assert.deepEqual(told("venue"), [
    ["binance-futures", [sol, btc]],
    ["binance-spot and binance-futures", [spot]],
  ]);
  assert.deepEqual(told("own", { Zoo: [btc], Majors: [spot, "GONE/X"] }), [
    ["Majors", [spot]],
    ["Zoo", [btc]],
    ["In no group", [sol]],
  ]);
});

test("a pair is in one group; an empty group goes", () => {
  let groups = assigned({}, btc, "  Majors ");
  groups = assigned(groups, sol, "Majors");
  assert.deepEqual(groups, { Majors: [btc, sol] });
  groups = assigned(groups, btc, "Other");
  assert.deepEqual(groups, { Majors: [sol], Other: [btc] });
  assert.equal(groupOf(groups, btc), "Other");
  assert.equal(groupOf(groups, spot), null);
  assert.deepEqual(assigned(assigned(groups, btc, ""), sol, " "), {});
});

test("groups and names are bounded, and what is no groups is none", () => {
  let groups = {};
  for (let index = 0; index < 55; index += 1) groups = assigned(groups, `P${index}/X`, `g${index}`);
  assert.equal(Object.keys(groups).length, 50);
  assert.equal(Object.keys(assigned({}, btc, "x".repeat(99)))[0].length, 40);
  for (const odd of [null, 7, "x", [1], [[btc]]]) assert.deepEqual(readGroups(odd), {});
  assert.deepEqual(readGroups({ A: [btc, 7, btc, null], " ": [sol], B: btc, C: [btc, sol] }), { A: [btc], C: [sol] });
});
