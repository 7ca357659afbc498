import assert from "node:assert/strict";
import { test } from "node:test";
import { explanation } from "../../src/spreadscope/dashboard/assets/explanation.js";
import { row, statistic } from "./support/contract.mjs";

const SETTINGS = { hedge_window: 120, z_window: 60, evidence_window: 0 };
const told = (key, given, live = true, old = "") =>
  Object.fromEntries(
    explanation(statistic({ key, format: "signed:2", help: "What it is." }), given, live, SETTINGS, old),
  );

test("a figure says its value, window, sample, source and how far it holds", () => {
  const words = told("z", row({ z: [-1.5, null], n: 100 }));
  assert.equal(words.Now, "\u22121.50");
  assert.equal(words.Window, "60 rows of 1s, 60.0 s (z_window)");
  assert.equal(words.Sample, "n 100 joint rows of 120");
  assert.equal(words.Definition, "What it is.");
  assert.match(words.Validity, /^of the open bar, it moves with each trade; nothing speaks against it$/);
  assert.match(words.Called, /^z in exports/);
});

test("what speaks against it is said", () => {
  const words = told("z", row({ stale: true, incomplete: true }), false, "12 s old");
  assert.equal(words.Now, "no number: warming up");
  assert.match(
    words.Validity,
    /has closed; 12 s old; a leg's price is stale; bars of it lack trades: do not act on it$/,
  );
  assert.equal(told("z", null).Now, "no row yet");
});

test("a window that the engine chooses, none at all, and one that is not known", () => {
  assert.match(told("cointegrated", row()).Window, /the engine chooses/);
  assert.match(told("kalman_beta", row()).Window, /^all rows since/);
  assert.equal(told("something_new", row()).Window, undefined);
});
