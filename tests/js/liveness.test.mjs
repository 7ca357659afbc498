import assert from "node:assert/strict";
import { test } from "node:test";
import { Liveness, sentence } from "../../src/spreadscope/dashboard/assets/liveness.js";

const open = () => {
  const made = new Liveness("On its way.");
  made.socket("open");
  made.engine("connected", "");
  return made;
};
const state = (liveness, hasData = true, starting = "") => liveness.words(hasData, starting)?.state ?? null;

test("all is well when the socket is open, the engine there and data known", () => {
  assert.equal(open().words(true, ""), null);
  assert.equal(open().lost, false);
});

test("before the first word it is loading, and says what", () => {
  assert.deepEqual(new Liveness("On its way.").words(false), {
    state: "loading",
    title: "Loading",
    words: "On its way.",
  });
  assert.deepEqual(open().words(false, "reading the store"), {
    state: "loading",
    title: "Engine starting",
    words: "Reading the store.",
  });
});

test("of several troubles the nearest is said", () => {
  const liveness = open();
  liveness.feed(9000, false);
  assert.equal(state(liveness), "feed");
  liveness.silence(5000);
  assert.equal(state(liveness), "silent");
  liveness.topic("there is no pair A/B");
  assert.equal(state(liveness), "refused");
  liveness.engine("lost", "connection refused");
  assert.equal(state(liveness), "engine");
  liveness.socket("closed");
  assert.equal(state(liveness), "server");
});

test("only the exchange's silence leaves the engine known", () => {
  const liveness = open();
  liveness.feed(9000, true);
  assert.deepEqual([liveness.lost, liveness.engineLost, liveness.serverLost], [true, false, false]);
  assert.match(liveness.words(true, "").words, /for 9\.0 s\. .*See whether the local exchange still runs\./);
  liveness.feed(9000, false);
  assert.match(liveness.words(true, "").words, /Check this machine's network/);
  liveness.feed(null, false);
  liveness.socket("closed");
  assert.deepEqual([liveness.lost, liveness.engineLost, liveness.serverLost], [true, true, true]);
});

test("a page that was never connected has not lost its server", () => {
  assert.equal(new Liveness("").serverLost, false);
  assert.equal(state(new Liveness(""), false), "loading");
});

test("a sentence begins large and ends with one stop", () => {
  assert.deepEqual(["it ended", "why?", " Done. ", ""].map(sentence), [
    "It ended.",
    "Why?",
    "Done.",
    "No reason was given.",
  ]);
});
