import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Drawn,
  LENGTHS,
  barEndedBy,
  candle,
  linePoint,
  seconds,
} from "../../src/spreadscope/dashboard/assets/drawn.js";
import { TIMEFRAMES } from "../../src/spreadscope/dashboard/assets/enums.js";
import { bar, row } from "./support/contract.mjs";

const theme = { gray: "gray", background: "black" };

class FakeSeries {
  calls = [];

  setData(points) {
    this.calls.push(["all", points.map(({ time }) => time)]);
  }

  update(point, historical = false) {
    this.calls.push([historical ? "old" : "new", point.time]);
  }
}

test("a new point and one that is there are drawn; one in between is not", () => {
  const series = new FakeSeries();
  const drawn = new Drawn(series);
  drawn.all([{ time: 1 }, { time: 3 }]);
  assert.deepEqual(
    [4, 4, 3, 2, 1].map((time) => drawn.put({ time })),
    [true, true, true, false, true],
  );
  assert.deepEqual(series.calls, [
    ["all", [1, 3]],
    ["new", 4],
    ["new", 4],
    ["old", 3],
    ["old", 1],
  ]);
  assert.deepEqual([...drawn.times], [1, 3, 4]);
});

test("what is drawn anew holds only what it was given", () => {
  const drawn = new Drawn(new FakeSeries());
  drawn.all([{ time: 5 }]);
  drawn.all([]);
  assert.equal(drawn.last, -Infinity);
  assert.equal(drawn.put({ time: 1 }), true);
});

test("a bar is [start, end): what ends with it belongs to it", () => {
  assert.equal(barEndedBy(60_000, "1m"), 0);
  assert.equal(barEndedBy(60_001, "1m"), 60);
  assert.equal(barEndedBy(1_000, "1s"), 0);
  assert.equal(barEndedBy(900_000, "5m"), 600);
  assert.equal(seconds(1999), 1);
});

test("every timeframe has its length", () => {
  assert.deepEqual(
    TIMEFRAMES.map((each) => LENGTHS[each]),
    [1_000, 60_000, 300_000],
  );
});

test("a closed candle that may lack trades is grey; one that forms is not", () => {
  const whole = { time: 1, open: 10, high: 12, low: 9, close: 11 };
  assert.deepEqual(candle(bar(), theme), whole);
  assert.deepEqual(candle(bar({ complete: false }), theme, true), whole);
  const grey = { borderColor: "gray", wickColor: "gray" };
  assert.deepEqual(candle(bar({ complete: false }), theme), { ...whole, ...grey, color: "black" });
  assert.equal(candle(bar({ complete: false, close: 9.5 }), theme).color, "gray");
});

test("without a number there is a hole in a line, and a doubtful point is grey", () => {
  assert.deepEqual(linePoint(row(), null, theme), { time: 1 });
  assert.deepEqual(linePoint(row(), Number.NaN, theme), { time: 1 });
  assert.deepEqual(linePoint(row(), 0, theme), { time: 1, value: 0 });
  for (const doubt of [{ stale: true }, { incomplete: true }]) {
    assert.deepEqual(linePoint(row(doubt), 2, theme), { time: 1, value: 2, color: "gray" });
  }
});
