import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AlertBook,
  hasEnded,
  identity,
  instances,
  isMuted,
  isOpen,
} from "../../../src/spreadscope/dashboard/assets/alerts/alert_book.js";
import { alert, instance, rule } from "../support/contract.mjs";

const times = (alerts) => alerts.map(({ time }) => time);

test("the first snapshot is the past; what a later one has more is news, oldest first", () => {
  const book = new AlertBook();
  assert.deepEqual(book.apply("snapshot", { rules: [], history: [alert({ time: 2 }), alert({ time: 1 })] }), []);
  assert.equal(book.known, true);
  const history = [alert({ time: 4 }), alert({ time: 3 }), alert({ time: 2 })];
  assert.deepEqual(times(book.apply("snapshot", { rules: [], history })), [3, 4]);
  assert.deepEqual(times(book.history), [4, 3, 2], "a snapshot is all there is");
});

test("an update adds to the history, the newest first; what is known already is no news", () => {
  const book = new AlertBook();
  book.apply("snapshot", { rules: [], history: [alert({ time: 5 })] });
  assert.deepEqual(
    times(book.apply("update", { history: [alert({ time: 3 }), alert({ time: 7 }), alert({ time: 5 })] })),
    [3, 7],
  );
  assert.deepEqual(times(book.history), [7, 5, 3]);
  assert.deepEqual(book.apply("update", { rules: [rule()] }), []);
  assert.deepEqual(times(book.history), [7, 5, 3]);
});

test("an update before the first snapshot is kept, and is no news", () => {
  const book = new AlertBook();
  assert.deepEqual(book.apply("update", { history: [alert()] }), []);
  assert.equal(book.known, false);
  assert.equal(book.history.length, 1);
});

test("two hundred alerts are kept", () => {
  const book = new AlertBook();
  book.apply("snapshot", { rules: [], history: [] });
  const many = Array.from({ length: 250 }, (_, time) => alert({ time }));
  assert.equal(book.apply("update", { history: many }).length, 250);
  assert.equal(book.history.length, 200);
  assert.equal(book.history[0].time, 249);
});

test("an alert is one rule's, of one subject, at one time, in one state", () => {
  const others = [{ rule_id: "r2" }, { subject: "B" }, { time: 1 }, { state: "resolved" }].map((each) =>
    identity(alert(each)),
  );
  assert.equal(new Set([identity(alert()), ...others]).size, 5);
  assert.equal(identity(alert({ value: 9 })), identity(alert()));
});

test("rules stand by their state, those that are off last", () => {
  const book = new AlertBook();
  const states = ["inactive", "no data", "firing", "pending", "recovering"];
  const rules = [
    rule({ rule_id: "off", state: "firing", enabled: false }),
    ...states.map((state) => rule({ rule_id: state, state })),
  ];
  book.apply("snapshot", { rules, history: [] });
  assert.deepEqual(
    book.sorted().map(({ rule_id }) => rule_id),
    ["firing", "recovering", "pending", "no data", "inactive", "off"],
  );
});

test("instances stand by their state, and in one state the newest first", () => {
  const made = rule({
    instances: [
      instance({ subject: "a", state: "inactive" }),
      instance({ subject: "b", state: "firing", since: 1 }),
      instance({ subject: "c", state: "firing", since: 2 }),
    ],
  });
  assert.deepEqual(
    instances(made).map(({ subject }) => subject),
    ["c", "b", "a"],
  );
});

test("open is what has an incident, the worst first, of rules that are on and not muted", () => {
  const open = instance({ incident: "i" });
  const book = new AlertBook();
  const rules = [
    rule({ rule_id: "open", instances: [instance(), open, instance({ state: "no data", incident: "j" })] }),
    rule({ rule_id: "off", enabled: false, instances: [open] }),
    rule({ rule_id: "muted", muted_until: 100, instances: [open] }),
  ];
  book.apply("snapshot", { rules, history: [] });
  const at = (now) => book.open(now).map((each) => `${each.rule.rule_id} ${each.instance.incident}`);
  assert.deepEqual(at(99), ["open j", "open i"]);
  assert.deepEqual(at(100), ["open j", "open i", "muted i"]);
  assert.equal(isOpen(instance({ state: "firing" })), false);
});

test("a rule is muted until its time comes, and while no time is known", () => {
  const until = (muted_until, now) => isMuted(rule({ muted_until }), now);
  assert.deepEqual([until(0, 5), until(10, null), until(10, 9), until(10, 10)], [false, true, true, false]);
});

test("anything new has another name", () => {
  const book = new AlertBook();
  const names = [book.newest()];
  book.apply("snapshot", { rules: [rule()], history: [] });
  names.push(book.newest());
  book.apply("update", { rules: [rule({ state: "firing" })] });
  names.push(book.newest());
  book.apply("update", { history: [alert()] });
  names.push(book.newest());
  assert.equal(new Set(names).size, 4);
});

test("an alert has ended when it is resolved", () => {
  assert.deepEqual(
    ["firing", "resolved", "no data"].map((state) => hasEnded(alert({ state }))),
    [false, true, false],
  );
});
