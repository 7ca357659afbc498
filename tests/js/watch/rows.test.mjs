import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf, textOf } from "../../../src/spreadscope/dashboard/assets/watch/columns.js";
import { WatchedRows } from "../../../src/spreadscope/dashboard/assets/watch/rows.js";
import { statistic } from "../support/contract.mjs";
import { told } from "./support.mjs";

const rowsOf = (...pairs) => {
  const rows = new WatchedRows();
  rows.snapshot({ timeframe: "1m", statistics: [], pairs });
  return rows;
};

test("changed cells go into the row, the others stay; what was written of them is forgotten", () => {
  const rows = rowsOf(told("A/B", { z: [1, null], beta: [0.5, null] }), told("C/D", {}));
  const [z, beta] = ["z", "beta"].map((key) => columnsOf([statistic({ key })]).find((each) => each.key === key));
  const first = rows.pairs.get("A/B");
  assert.equal(textOf(first, z), "+1.00");
  assert.equal(textOf(first, beta), "+0.50");
  const { version } = first;
  const texts = first.texts.get("beta");
  rows.update({ changed: { "A/B": { row: { z: [-2.5, null], time: 9000 } } } });
  assert.equal(first.version, version + 1);
  assert.equal(first.texts.has("z"), false);
  assert.equal(first.texts.get("beta"), texts, "a figure that did not change is written once");
  assert.equal(textOf(first, z), "\u22122.50");
  assert.equal(first.row.time, 9000);
  assert.equal(first.z, -2.5);
  assert.equal(rows.pairs.get("C/D").version, 1);
});

test("an age is of both legs, a break-even of the pair: each is written anew when it changes", () => {
  const rows = rowsOf(told("A/B", { age_y: 100, age_x: 2000 }));
  const columns = columnsOf([]);
  const pair = rows.pairs.get("A/B");
  const text = (key) =>
    textOf(
      pair,
      columns.find((each) => each.key === key),
    );
  assert.deepEqual([text("age"), text("break_even")], ["2.0 s", "1.00"]);
  rows.update({ changed: { "A/B": { row: { age_x: 50 } } } });
  assert.equal(text("age"), "0.1 s");
  rows.update({ changed: { "A/B": { break_even: [null, "constant spread"] } } });
  assert.equal(text("break_even"), "constant spread");
});

test("rows that closed come behind the trail, each once, and the oldest go", () => {
  const trail = Array.from({ length: 60 }, (_, index) => [index * 1000, index / 10]);
  const rows = rowsOf(told("A/B", {}, { trail }));
  const pair = rows.pairs.get("A/B");
  const { trailVersion } = pair;
  rows.update({
    changed: {
      "A/B": {
        trail: [
          [58_000, 9],
          [59_000, 9],
        ],
      },
    },
  });
  assert.equal(pair.trailVersion, trailVersion, "a snapshot had them already");
  rows.update({
    changed: {
      "A/B": {
        trail: [
          [59_000, 9],
          [60_000, null],
        ],
      },
    },
  });
  assert.equal(pair.trailVersion, trailVersion + 1);
  assert.equal(pair.trail.length, 60);
  assert.deepEqual(
    [pair.trail[0], pair.trail.at(-2), pair.trail.at(-1)],
    [
      [1000, 0.1],
      [59_000, 5.9],
      [60_000, null],
    ],
  );
});

test("pairs come and go; one that comes again is another state of the same pair", () => {
  const rows = rowsOf(told("A/B", null), told("C/D", {}));
  const { members } = rows;
  const first = rows.pairs.get("A/B");
  rows.update({ changed: { "A/B": { row: { z: [1, null] } } } });
  assert.equal(first.row, null, "cells of a row that nobody has told of");
  rows.update({ added: [told("A/B", { z: [1, null] }), told("E/F", null)], removed: ["C/D"] });
  assert.deepEqual([...rows.pairs.keys()], ["A/B", "E/F"]);
  assert.equal(rows.pairs.get("A/B"), first);
  assert.equal(first.z, 1);
  assert.equal(rows.members, members + 1);
  rows.update({ changed: { "X/Y": { row: { z: [1, null] } } } });
  assert.equal(rows.pairs.size, 2);
});

test("a snapshot that comes again keeps what it knows of, in the order that it has", () => {
  const rows = rowsOf(told("A/B", {}), told("C/D", {}));
  const kept = rows.pairs.get("C/D");
  rows.snapshot({ timeframe: "1m", statistics: [], pairs: [told("C/D", { z: [3, null] }), told("A/B", {})] });
  assert.deepEqual([...rows.pairs.keys()], ["C/D", "A/B"]);
  assert.equal(rows.pairs.get("C/D"), kept);
  assert.equal(kept.z, 3);
});
