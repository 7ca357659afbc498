import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { browser } from "./support/browser.mjs";

// The module listens for clicks from when it is loaded.
let page = browser();
const { Staleness } = await import("../../src/spreadscope/dashboard/assets/staleness.js");
const { window } = page;
after(() => page.restore());

let told;
let waits;
let staleness;
beforeEach(() => {
  page.restore();
  page = browser();
  page.pass(60_000); // long after any click
  told = [];
  waits = false;
  staleness = new Staleness(() => waits);
  staleness.scriptRan(["A/B"], (count) => told.push(count));
});

test("the first of its kind was there before; another is news, told once it has settled", () => {
  staleness.news("alerts", "one");
  page.pass(10_000);
  assert.deepEqual(told, []);
  staleness.news("alerts", "two");
  staleness.news("signals", "first");
  page.pass(499);
  assert.deepEqual(told, []);
  page.pass(1);
  assert.deepEqual(told, [1]);
  page.pass(60_000);
  assert.deepEqual(told, [1]);
});

test("more news within five seconds are told together", () => {
  staleness.news("alerts", "one");
  staleness.news("alerts", "two");
  page.pass(500);
  staleness.news("alerts", "three");
  staleness.news("alerts", "four");
  page.pass(4999);
  assert.deepEqual(told, [1]);
  page.pass(1);
  assert.deepEqual(told, [1, 2]);
});

test("other pairs count from the second status on, in whatever order they stand", () => {
  staleness.scriptRan(["B/C", "A/B"], (count) => told.push(count));
  staleness.followed(["A/B", "B/C"]);
  staleness.followed(["A/B"]);
  staleness.followed(["A/B", "B/C"]);
  staleness.followed(["A/B"]);
  page.pass(500);
  assert.deepEqual(told, []);
  staleness.followed(["A/B"]);
  page.pass(500);
  assert.deepEqual(told, [1]);
});

test("nobody is told while nobody looks, the script runs, something else waits, or just after a click", () => {
  const cases = [
    [() => (page.document.hidden = true), () => (page.document.hidden = false)],
    [() => (page.document.script = "running"), () => (page.document.script = "notRunning")],
    [() => (waits = true), () => (waits = false)],
  ];
  let last = 0;
  for (const [begin, end] of cases) {
    staleness.news("alerts", `before ${last}`);
    staleness.news("alerts", `after ${last}`);
    begin();
    page.pass(20_000);
    assert.equal(told.length, last);
    end();
    page.pass(5500);
    last += 1;
    assert.equal(told.length, last);
  }
  staleness.news("alerts", "x");
  page.pass(400);
  window.happens("pointerup");
  page.pass(999);
  assert.equal(told.length, last);
  page.pass(6000);
  assert.equal(told.length, last + 1);
});

test("what is gone tells nobody", () => {
  staleness.news("alerts", "one");
  staleness.news("alerts", "two");
  staleness.destroy();
  page.pass(60_000);
  assert.deepEqual(told, []);
});
