import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf, textOf } from "../../../src/spreadscope/dashboard/assets/watch/columns.js";
import { positionsOf } from "../../../src/spreadscope/dashboard/assets/watch/paper_positions.js";
import { trade } from "../portfolio/support.mjs";
import { watched } from "./support.mjs";

test("a pair has the side and the result of its open trade at the timeframe, or the sum of several", () => {
  const trades = [
    trade({ pair: "A/B", result: 1.5 }),
    trade({ pair: "C/D", side: -1, result: -2 }),
    trade({ pair: "C/D", side: 1, result: 0.5 }),
    trade({ pair: "E/F", timeframe: "5m" }),
  ];
  const positions = positionsOf(trades, "1m");
  assert.deepEqual(
    [...positions].map(([pair, { words }]) => [pair, words]),
    [
      ["A/B", "long +1.50"],
      ["C/D", "2 trades \u22121.50"],
    ],
  );
  assert.equal(positionsOf([trade({ side: -1, result: 0 })], "1m").get("AUSDT/BUSDT").words, "short 0.00");
});

test("a watched pair is written anew only when its position has changed", () => {
  const column = columnsOf([]).find(({ key }) => key === "paper");
  const pair = watched("A/B", {});
  assert.equal(textOf(pair, column), "");
  const { version } = pair;
  pair.setPaper(null);
  assert.equal(pair.version, version);
  pair.setPaper({ words: "long +1.50", result: 1.5 });
  assert.deepEqual([textOf(pair, column), column.place(pair), pair.version], ["long +1.50", 1.5, version + 1]);
  pair.setPaper({ words: "long +1.50", result: 1.504 });
  assert.equal(pair.version, version + 1);
});
