import assert from "node:assert/strict";
import { test } from "node:test";
import { chosenOf, columnsOf, DEFAULT, textOf } from "../../../src/spreadscope/dashboard/assets/watch/columns.js";
import { inSight, layoutOf } from "../../../src/spreadscope/dashboard/assets/watch/layout.js";
import { card, statistic } from "../support/contract.mjs";
import { watched } from "./support.mjs";

const statistics = [
  statistic({ key: "alpha", label: "α", format: "fixed:4" }),
  statistic({ key: "eg_p", label: "p", format: "p", card: card({ order: 80 }) }),
  statistic({ key: "spread", label: "Spread", format: "signed:6", card: card({ order: 20 }) }),
  statistic({ key: "z", card: card({ order: 10 }) }),
  statistic({ key: "hidden", shown: false }),
];
const columns = columnsOf(statistics);
const keys = (list) => list.map(({ key }) => key);

test("every shown statistic may be a column: those of the beginning first, then cards, then the rest", () => {
  assert.deepEqual(keys(columns), [
    "pair",
    "z",
    "state",
    "paper",
    "trail",
    "spread",
    "break_even",
    "age",
    "eg_p",
    "alpha",
  ]);
});

test("chosen are those that there are, in the user's order, behind the pair", () => {
  assert.deepEqual(keys(chosenOf(columns, ["age", "gone", "alpha", "pair"])), ["pair", "age", "alpha"]);
  assert.deepEqual(keys(chosenOf(columns, DEFAULT)), [
    "pair",
    "z",
    "state",
    "paper",
    "trail",
    "spread",
    "break_even",
    "age",
  ]);
});

test("a figure is written by its format; where there is no number, the reason; without a row, nothing", () => {
  const by = (key) => columns.find((each) => each.key === key);
  const pair = watched("A/B", { spread: [0.00012345, null], alpha: [null, "warming up"], state: "LONG" });
  const texts = ["spread", "alpha", "eg_p", "state", "break_even", "pair"].map((key) => textOf(pair, by(key)));
  assert.deepEqual(texts, ["+0.000123", "warming up", "warming up", "long spread", "1.00", "A/B"]);
  const none = watched("A/B", null);
  assert.deepEqual(
    ["spread", "state", "break_even", "age"].map((key) => textOf(none, by(key))),
    ["", "no row yet", "", ""],
  );
  assert.equal(by("z").number(pair), null);
});

test("a wide line has a column each; a narrow one two rows with what matters", () => {
  const chosen = chosenOf(columns, DEFAULT);
  const wide = layoutOf(chosen, 1400, 15);
  assert.equal(wide.narrow, false);
  assert.deepEqual(keys(wide.cells.map(({ column }) => column)), keys(chosen));
  assert.equal(wide.template.split("minmax").length - 1, chosen.length);
  assert.match(wide.template, /^minmax\(17ch, 1\.5fr\) minmax\(11ch, 1fr\)/);
  assert.match(layoutOf(chosen, 1400, 90).template, /^minmax\(40ch/);
  const narrow = layoutOf(chosen, 380, 15);
  assert.deepEqual(
    narrow.cells.map(({ column, place }) => [place, column.key]),
    [
      ["name", "pair"],
      ["main", "z"],
      ["words", "state"],
      ["more", "spread"],
      ["trail", "trail"],
    ],
  );
  assert.ok(narrow.height > wide.height);
  const few = layoutOf(chosenOf(columns, ["alpha"]), 380, 15);
  assert.deepEqual(
    few.cells.map(({ column, place }) => [place, column.key]),
    [
      ["name", "pair"],
      ["main", "alpha"],
    ],
  );
});

test("lines in sight with as many again around them; never more than there are", () => {
  assert.deepEqual(inSight(0, 300, 30, 200), [0, 17]);
  assert.deepEqual(inSight(3000, 300, 30, 200), [93, 117]);
  assert.deepEqual(inSight(5700, 300, 30, 200), [183, 200]);
  assert.deepEqual(inSight(0, 300, 30, 4), [0, 4]);
  assert.deepEqual(inSight(9000, 300, 30, 4), [4, 4], "the list has become shorter than where one looks");
  assert.deepEqual(inSight(0, 300, 30, 0), [0, 0]);
});
