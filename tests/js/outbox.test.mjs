import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Outbox } from "../../src/spreadscope/dashboard/assets/outbox.js";
import { onUndone } from "../../src/spreadscope/dashboard/assets/shared_state.js";
import { browser } from "./support/browser.mjs";

let page;
let sent;
let outbox;
beforeEach(() => {
  page = browser();
  sent = [];
  outbox = new Outbox("alert-rules");
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
  const counted = new Outbox("alert-rules", () => (changes += 1));
  counted.ask({ op: "cancel" });
  counted.scriptRan([], () => {});
  assert.equal(changes, 1);
  counted.scriptRan([counted.actions[0].id], () => {});
  assert.equal(changes, 2);
});

test("what is not done when its page is left is told by who listens, then or later, and once", () => {
  const bar = new Outbox("bar");
  const told = [];
  bar.scriptRan([], (actions) => told.push(actions.map(({ op, source }) => `${source} ${op}`)));
  outbox.ask({ op: "enable" });
  outbox.destroy();
  const stop = onUndone((actions) => bar.takeOver(actions));
  assert.deepEqual(told, [["alert-rules enable"]]);
  const other = new Outbox("portfolio");
  other.ask({ op: "close" });
  other.destroy();
  assert.deepEqual(told.at(-1), ["alert-rules enable", "portfolio close"]);
  page.pass(3000);
  assert.equal(told.length, 3, "told again until it is done");
  bar.scriptRan(
    bar.actions.map(({ id }) => id),
    () => assert.fail("nothing is left to tell"),
  );
  new Outbox("watch").destroy();
  page.pass(60_000);
  stop();
  bar.destroy();
  assert.equal(page.timers.waiting.size, 0);
});
