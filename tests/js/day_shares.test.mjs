// How complete days are called: never rounded up, and what proves nothing is none of it.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  daysOf,
  levelOf,
  months,
  percent,
  sharesByDay,
} from "../../src/spreadscope/dashboard/assets/data/day_shares.js";

/**
 * @param {string} symbol
 * @param {number} trades
 * @param {number} open
 * @param {Partial<import("../../src/spreadscope/dashboard/assets/contract.d.ts").CompleteDay>} [other]
 */
function day(symbol, trades, open, other = {}) {
  return {
    symbol,
    day: "2026-11-22",
    trades,
    retired: 0,
    first_id: 1,
    last_id: trades,
    first_time: 0,
    last_time: 1,
    missing: { open, refetched: 0, upstream: 7, permanent: 0 },
    share: trades / (trades + open),
    unprovable: null,
    closed: true,
    reported: true,
    ...other,
  };
}

test("the days of all symbols are added, those of one are its own", () => {
  const days = [
    day("A", 900, 100),
    day("B", 1000, 0),
    day("C", 50, 0, { share: null, unprovable: "x.csv", closed: false }),
  ];
  const all = sharesByDay(days, "").get("2026-11-22");
  assert.deepEqual([all?.trades, all?.lacking, all?.symbols, all?.unproved, all?.open], [1950, 100, 3, 50, true]);
  assert.equal(all?.share, 1900 / 2000);
  assert.equal(sharesByDay(days, "B").get("2026-11-22")?.share, 1);
  assert.equal(sharesByDay(days, "C").get("2026-11-22")?.share, null);
});

test("a level is what can be said of a day", () => {
  const level = (/** @type {ReturnType<typeof day>} */ one) => levelOf(sharesByDay([one], "").get("2026-11-22"));
  assert.equal(level(day("A", 1000, 0)), "whole");
  assert.equal(level(day("A", 1_000_000, 1)), "nearly");
  assert.equal(level(day("A", 995, 5)), "holes");
  assert.equal(level(day("A", 900, 100)), "broken");
  assert.equal(level(day("A", 0, 0, { retired: 5 })), "whole");
  assert.equal(level(day("A", 5, 0, { share: null })), "unproved");
  assert.equal(levelOf(undefined), "none");
});

test("a share is never rounded up to a whole", () => {
  assert.equal(percent(1), "100%");
  assert.equal(percent(0.99999999), "99.9999%");
  assert.equal(percent(0.5), "50.00%");
});

test("months go from the first to the last, and no further back than they may", () => {
  assert.deepEqual(months(["2026-02-03", "2025-11-30"], 36), ["2025-11", "2025-12", "2026-01", "2026-02"]);
  assert.deepEqual(months(["2026-02-03", "2025-11-30"], 2), ["2026-01", "2026-02"]);
  assert.deepEqual(months([], 5), []);
  assert.deepEqual([daysOf("2024-02"), daysOf("2026-02"), daysOf("2026-12")], [29, 28, 31]);
});
