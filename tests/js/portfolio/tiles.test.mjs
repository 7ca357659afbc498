import assert from "node:assert/strict";
import { test } from "node:test";
import { figuresOf } from "../../../src/spreadscope/dashboard/assets/portfolio/tiles.js";
import { NOW, account, trade } from "./support.mjs";

const figure = (key, of, trades = [], now = NOW) => figuresOf(of, trades, now).find((each) => each.key === key);

test("the result of the day is a share of what the day began with", () => {
  const day = figure("day", account({ equity: 10_100, day_result: 100 }));
  assert.deepEqual([day.value, day.note, day.tone], ["+100.00", "+1.00% since 0 h UTC", "gain"]);
});

test("a figure that nears its limit is orange, one that reaches it red; one without a limit says so", () => {
  const tones = [10, 64, 80].map((percent) => figure("margin", account({ margin_percent: percent })).tone);
  assert.deepEqual(tones, ["", "warn", "stop"]);
  const free = figure("margin", account({ margin_percent: 99 }, { margin_percent: 0 }));
  assert.deepEqual([free.tone, free.note], ["", "no limit is set"]);
  assert.equal(figure("gross", account({ leverage: 2.5 })).tone, "warn");
  assert.equal(figure("gross", account({ leverage: null })).note, "no equity is left, net 0");
});

test("a leg that is alone makes the residual orange, with the time that is left", () => {
  const alone = trade({ residual: 12, deadline: NOW + 2500 });
  const residual = figure("residual", account({ residual: 12 }), [trade({ id: 2 }), alone]);
  assert.deepEqual([residual.value, residual.tone], ["12.00", "warn"]);
  assert.equal(residual.note, "AUSDT/BUSDT: one leg is alone, 3 s to mend it");
  assert.equal(figure("residual", account(), [trade()]).tone, "");
});
