import assert from "node:assert/strict";
import { test } from "node:test";
import { rangesOf } from "../../src/spreadscope/dashboard/assets/ranges.js";

const names = (timeframe) => rangesOf(timeframe).map(([name]) => name);

test("a timeframe offers the stretches that it carries", () => {
  assert.deepEqual(names("1s"), ["15m", "1h", "all"]);
  assert.deepEqual(names("1m"), ["15m", "1h", "4h", "1d", "all"]);
  assert.deepEqual(names("5m"), ["1h", "4h", "1d", "all"]);
});
