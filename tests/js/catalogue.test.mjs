import assert from "node:assert/strict";
import { after, test } from "node:test";
import { card, line, statistic } from "./support/contract.mjs";
import { browser } from "./support/browser.mjs";

const { window, restore } = browser();
after(restore);
window.localStorage.setItem("spreadscope.lines", JSON.stringify({ hidden: false, extra: true }));
const { cardsOf, lastCatalogue, namedInRules, panesOf, remember } =
  await import("../../src/spreadscope/dashboard/assets/catalogue.js");
const { isDrawn, mayBeHidden, toggle } = await import("../../src/spreadscope/dashboard/assets/chosen_lines.js");

const catalogue = [
  statistic({ key: "late", card: card({ order: 9 }) }),
  statistic({ key: "none" }),
  statistic({ key: "first", card: card({ order: 1 }), line: line({ pane: "ratio" }) }),
  statistic({ key: "same", shown: false, card: card({ order: 0 }), line: line({ pane: "unseen" }) }),
  statistic({ key: "z", line: line({ pane: "z", thresholds: true }), rule: { name: "zscore" } }),
  statistic({ key: "hidden", line: line({ pane: "z" }) }),
  statistic({ key: "extra", line: line({ pane: "ratio", chosen: false }) }),
  statistic({ key: "unchosen", line: line({ pane: "other", chosen: false }) }),
];

test("cards come in their order, of what is shown and has one", () => {
  assert.deepEqual(
    cardsOf(catalogue).map(({ key }) => key),
    ["first", "late"],
  );
});

test("panes come as lines name them, with what is drawn: as declared, or as somebody chose", () => {
  const panes = panesOf(catalogue).map(({ name, lines, thresholds }) => [
    name,
    lines.map(({ key }) => key),
    thresholds,
  ]);
  assert.deepEqual(panes, [
    ["ratio", ["first", "extra"], false],
    ["z", ["z"], true],
  ]);
});

test("rules know a statistic by another name than its key", () => {
  assert.equal(namedInRules(catalogue, "zscore").key, "z");
  assert.equal(namedInRules(catalogue, "z"), undefined);
});

test("a choice is remembered, and turns over", () => {
  const other = statistic({ key: "other", line: line() });
  assert.equal(isDrawn(other), true);
  toggle(other);
  assert.equal(isDrawn(other), false);
  assert.deepEqual(JSON.parse(window.localStorage.getItem("spreadscope.lines")), {
    hidden: false,
    extra: true,
    other: false,
  });
  toggle(other);
  assert.equal(isDrawn(other), true);
});

test("a line on which signals or bands lie stays", () => {
  const may = (given) => mayBeHidden(statistic({ line: given }));
  assert.deepEqual([null, line(), line({ thresholds: true }), line({ bands: ["m", "s"] })].map(may), [
    false,
    true,
    false,
    false,
  ]);
});

test("a tab keeps the last catalogue", () => {
  assert.deepEqual(lastCatalogue(), []);
  remember(catalogue);
  assert.equal(lastCatalogue(), catalogue);
});
