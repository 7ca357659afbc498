import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Outbox } from "../../src/spreadscope/dashboard/assets/outbox.js";
import { browser } from "./support/browser.mjs";

let page;
let sent;
let outbox;
beforeEach(() => {
  page = browser();
  sent = [];
  outbox = new Outbox();
  outbox.scriptRan([], (actions) => sent.push(actions.map(({ op }) => op)));
});
afterEach(() => {
  outbox.destroy();
  page.restore();
});

test("what was asked for is told again, all of it, until it is done", () => {
  outbox.ask({ op: "edit" });
  outbox.ask({ op: "delete" });
  assert.deepEqual(sent, [["edit"], ["edit", "delete"]]);
  page.pass(3000);
  assert.deepEqual(sent.at(-1), ["edit", "delete"]);
  const [first, second] = outbox.actions;
  assert.notEqual(first.id, second.id);
  outbox.scriptRan([first.id, "another's"], (actions) => sent.push(actions.map(({ op }) => op)));
  page.pass(3000);
  assert.deepEqual(sent.at(-1), ["delete"]);
  assert.equal(outbox.empty, false);
  outbox.scriptRan([second.id], () => assert.fail("nothing is left to tell"));
  page.pass(60_000);
  assert.equal(outbox.empty, true);
  assert.equal(page.timers.waiting.size, 0);
});

test("a change is what was asked for and what is done, and nothing else", () => {
  let changes = 0;
  const counted = new Outbox(() => (changes += 1));
  counted.ask({ op: "cancel" });
  counted.scriptRan([], () => {});
  assert.equal(changes, 1);
  counted.scriptRan([counted.actions[0].id], () => {});
  assert.equal(changes, 2);
});
