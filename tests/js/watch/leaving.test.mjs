import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Leaving } from "../../../src/spreadscope/dashboard/assets/watch/leaving.js";
import { browser } from "../support/browser.mjs";

const WAIT = 6000;

let page;
let gone;
let leaving;
beforeEach(() => {
  page = browser();
  gone = [];
  leaving = new Leaving({ onDue: (pairs) => gone.push(pairs), onChange: () => {} });
});
afterEach(() => page.restore());

test("a removed pair goes after a while, with all that were removed meanwhile", () => {
  leaving.add("A/B");
  assert.match(leaving.words, /^A\/B is about to be removed/);
  page.pass(WAIT - 1);
  leaving.add("C/D");
  assert.match(leaving.words, /^2 pairs/);
  page.pass(WAIT - 1);
  assert.deepEqual(gone, []);
  page.pass(1);
  assert.deepEqual(gone, [["A/B", "C/D"]]);
  assert.equal(leaving.has("A/B"), false);
});

test("undo keeps them, now does not wait, and a page that is left removes nothing", () => {
  leaving.add("A/B");
  leaving.undo();
  page.pass(2 * WAIT);
  leaving.add("C/D");
  leaving.now();
  leaving.now();
  assert.deepEqual(gone, [["C/D"]]);
  leaving.add("E/F");
  leaving.destroy();
  page.pass(2 * WAIT);
  assert.deepEqual(gone, [["C/D"]]);
});
