import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { begun, keep, linkTo } from "../../../src/spreadscope/dashboard/assets/watch/choices.js";
import { DEFAULT } from "../../../src/spreadscope/dashboard/assets/watch/columns.js";
import { browser } from "../support/browser.mjs";

const first = {
  columns: [...DEFAULT],
  order: { key: null, down: true },
  filter: { text: "", state: "", least: 0, evidence: false },
  grouping: "",
  groups: {},
};
const sent = (text) => begun(`?${new URLSearchParams({ list: text })}`);

let page;
beforeEach(() => (page = browser()));
afterEach(() => page.restore());

const chosen = {
  columns: ["z", "adf_p"],
  order: { key: "z", down: false },
  filter: { text: "btc", state: "open", least: 1.5, evidence: true },
  grouping: "own",
  groups: { "Majors & more": ["BTCUSDT/ETHUSDT"] },
};

test("what is kept comes back, and a link goes first", () => {
  assert.deepEqual(begun(""), first);
  keep(chosen);
  assert.deepEqual(begun("?pair=A"), chosen);
  const link = linkTo("http://127.0.0.1:8501/watch?timeframe=1m", { ...chosen, grouping: "venue" });
  const { searchParams, search } = new URL(link);
  assert.equal(searchParams.get("timeframe"), "1m");
  assert.equal(begun(search).grouping, "venue");
  assert.deepEqual(begun(search).groups, chosen.groups);
  assert.deepEqual(begun(""), chosen, "a link changes nothing of what is kept");
});

test("a link that no browser would take is not made", () => {
  const groups = { Long: Array.from({ length: 900 }, (_, index) => `SYMBOL${index}USDT/ETHUSDT`) };
  assert.equal(linkTo("http://127.0.0.1/watch", { ...chosen, groups }), null);
});

test("somebody's own writing is as at first, part by part", () => {
  for (const odd of ["", "{", "7", "null", "[]", '"x"', "x".repeat(9000)]) {
    assert.deepEqual(sent(odd), first);
  }
  const odd = {
    columns: ["z", 7, "z", "", "x".repeat(99)],
    order: { key: 7, down: "no" },
    filter: { text: 7, state: "DOWN", least: -1, evidence: "yes" },
    grouping: "<script>",
    groups: [],
  };
  assert.deepEqual(sent(JSON.stringify(odd)), { ...first, columns: ["z"] });
  assert.equal(sent('{"filter": {"least": 1e9}}').filter.least, 0);
});
