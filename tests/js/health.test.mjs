import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Freshness } from "../../src/spreadscope/dashboard/assets/freshness.js";
import { chipsOf } from "../../src/spreadscope/dashboard/assets/health.js";
import { connection, status, symbol } from "./support/contract.mjs";

let now = 0;
beforeEach(() => {
  now = 0;
  mock.method(performance, "now", () => now);
});
afterEach(() => mock.restoreAll());

const pages = (given, lost = false) => {
  const fresh = new Freshness();
  if (given) fresh.take(status(given));
  return Object.fromEntries(chipsOf(["AUSDT"], fresh, lost).map((chip) => [chip.key, chip.runbook]));
};

test("whatever is not well has the page that says what to do", () => {
  assert.equal(pages(null).engine, "engine-down");
  assert.equal(pages({}, true).engine, "engine-down");
  assert.equal(pages({ starting: "fetching" }).engine, "not-ready");
  assert.equal(pages({ market_time: 0 }).market, "exchange-silent");
  const leg = (given) => pages({ symbols: [symbol(given)] })["symbol-AUSDT"];
  assert.equal(leg({ state: "stalled" }), "symbol-silent");
  assert.equal(leg({ state: "lagging" }), "symbol-late");
  assert.equal(leg({ state: "ok", open_gaps: 1, missing: 3 }), "holes-open");
  assert.equal(pages({ symbols: [] })["symbol-AUSDT"], "not-ready");
  const socket = (given) => pages({ connections: [connection(given)] })["connection-market"];
  assert.equal(socket({ state: "reconnecting" }), "connection-down");
  assert.equal(socket({ silent_ms: 9000 }), "exchange-silent");
  assert.equal(socket({ paused: true }), "queue-filling");
});
