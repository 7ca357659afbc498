import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Feed } from "../../src/spreadscope/dashboard/assets/feed.js";
import { FakeSocket, browser } from "./support/browser.mjs";
import { connection, status } from "./support/contract.mjs";

let page;
let feed;
let seen;
let changes;
beforeEach(() => {
  page = browser();
  seen = [];
  changes = 0;
  feed = new Feed("/live", "watch:1s", "On its way.", {
    onData: (type, data) => seen.push([type, data]),
    onChange: () => (changes += 1),
  });
  FakeSocket.newest.opens();
  FakeSocket.newest.says({ type: "engine", state: "connected", detail: "" });
});
afterEach(() => {
  feed.close();
  page.restore();
});

const says = (message) => FakeSocket.newest.says(message);
const state = () => feed.liveness.words(true)?.state ?? null;

test("it asks for its topic and the status, and gives on what is said of its topic alone", () => {
  assert.deepEqual(
    FakeSocket.newest.sent.map(({ topic }) => topic),
    ["watch:1s", "status"],
  );
  says({ type: "snapshot", topic: "status", data: status({ market_time: 77 }), ref: null });
  says({ type: "snapshot", topic: "watch:1m", data: "another's", ref: null });
  says({ type: "snapshot", topic: "watch:1s", data: "whole", ref: null });
  says({ type: "update", topic: "watch:1s", data: "part" });
  assert.deepEqual(seen, [
    ["snapshot", "whole"],
    ["update", "part"],
  ]);
  assert.equal(feed.now, 77);
});

test("before the first status there is no time", () => {
  assert.equal(feed.now, null);
  assert.equal(feed.status, null);
});

test("a refusal of its topic is said until data come; one of another topic changes nothing", () => {
  says({ type: "error", topic: "watch:1s", message: "there is no such timeframe", ref: "watch:1s" });
  assert.equal(state(), "refused");
  says({ type: "error", topic: "status", message: "not yet", ref: "status" });
  assert.equal(state(), "refused");
  says({ type: "update", topic: "watch:1s", data: "part" });
  assert.equal(state(), null);
  says({ type: "error", topic: "status", message: "not yet", ref: "status" });
  assert.equal(state(), null);
});

test("a silence of the engine shows by itself, and ends with the next word", () => {
  page.pass(4000);
  assert.equal(state(), null);
  page.pass(1000);
  assert.equal(state(), "silent");
  says({ type: "update", topic: "watch:1s", data: "part" });
  assert.equal(state(), null);
});

test("a silence of the exchange is a fault, but for an engine that starts or a feed that is read no more", () => {
  const silent = [connection({ silent_ms: 8000 })];
  says({ type: "update", topic: "status", data: status({ connections: silent }) });
  assert.equal(state(), "feed");
  says({ type: "update", topic: "status", data: status({ connections: silent, starting: "reading" }) });
  assert.equal(state(), null);
  says({
    type: "update",
    topic: "status",
    data: status({ connections: [connection({ silent_ms: 8000, paused: true })] }),
  });
  assert.equal(state(), null);
});

test("whoever looks is told of every message, every second and of the socket", () => {
  const before = changes;
  says({ type: "update", topic: "watch:1s", data: "part" });
  page.pass(1000);
  FakeSocket.newest.ends();
  assert.equal(changes, before + 3);
  assert.equal(state(), "server");
});
