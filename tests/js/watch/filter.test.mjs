import assert from "node:assert/strict";
import { test } from "node:test";
import { EVERYTHING, isFiltering, matches } from "../../../src/spreadscope/dashboard/assets/watch/filter.js";
import { watched } from "./support.mjs";

const pairs = [
  watched("BTCUSDT/ETHUSDT", { z: [2.5, null], state: "SHORT", cointegrated: [1, null] }),
  watched("SOLUSDT/ETHUSDT", { z: [-3, null], state: "LONG", cointegrated: [0, null] }),
  watched("binance-spot:BTCUSDT/BTCUSDT", { z: [null, "warming up"], state: "FLAT" }),
  watched("ADAUSDT/ETHUSDT", null),
];
const found = (filter) => pairs.filter((pair) => matches(pair, { ...EVERYTHING, ...filter })).map(({ pair }) => pair);
const [btc, sol, spot, ada] = pairs.map(({ pair }) => pair);

test("without a filter there is everything", () => {
  assert.deepEqual(found({}), [btc, sol, spot, ada]);
  assert.equal(isFiltering(EVERYTHING), false);
  assert.equal(isFiltering({ ...EVERYTHING, text: "  " }), false);
  for (const filter of [{ text: "b" }, { state: "open" }, { least: 1 }, { evidence: true }]) {
    assert.equal(isFiltering({ ...EVERYTHING, ...filter }), true);
  }
});

test("each typed word is a part of the name, in any case", () => {
  assert.deepEqual(found({ text: "btc" }), [btc, spot]);
  assert.deepEqual(found({ text: " eth  sol " }), [sol]);
  assert.deepEqual(found({ text: "btc,eth" }), [btc]);
  assert.deepEqual(found({ text: "SPOT:" }), [spot]);
  assert.deepEqual(found({ text: "<b>\u{1f600}" }), []);
});

test("by state, by the size of z, with evidence", () => {
  assert.deepEqual(found({ state: "LONG" }), [sol]);
  assert.deepEqual(found({ state: "FLAT" }), [spot]);
  assert.deepEqual(found({ state: "open" }), [btc, sol]);
  assert.deepEqual(found({ least: 2.5 }), [btc, sol]);
  assert.deepEqual(found({ least: 2.6 }), [sol]);
  assert.deepEqual(found({ evidence: true }), [btc]);
  assert.deepEqual(found({ evidence: true, state: "LONG" }), []);
});
