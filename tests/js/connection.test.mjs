import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Connection } from "../../src/spreadscope/dashboard/assets/connection.js";
import { FakeSocket, browser } from "./support/browser.mjs";

let page;
let states;
let messages;
let connection;
beforeEach(() => {
  page = browser();
  mock.method(Math, "random", () => 0.5); // no jitter
  states = [];
  messages = [];
  connection = new Connection(
    "/spreadscope/live",
    (message) => messages.push(message),
    (state) => states.push(state),
  );
  connection.subscribe("status");
});
afterEach(() => {
  connection.close();
  page.restore();
});

test("it asks for its topics when it is open, on the page's own server", () => {
  assert.equal(FakeSocket.newest.url, "ws://127.0.0.1:8501/spreadscope/live");
  assert.deepEqual(FakeSocket.newest.sent, []);
  FakeSocket.newest.opens();
  connection.subscribe("alerts");
  assert.deepEqual(FakeSocket.newest.sent, [
    { op: "subscribe", topic: "status", ref: "status" },
    { op: "subscribe", topic: "alerts", ref: "alerts" },
  ]);
  assert.deepEqual(states, ["connecting", "open"]);
});

test("a page over https asks over wss", () => {
  page.window.location.href = "https://desk.example/spreadscope/";
  new Connection(
    "/live",
    () => {},
    () => {},
  ).close();
  assert.equal(FakeSocket.newest.url, "wss://desk.example/live");
});

test("it connects again, later each time up to three seconds, and asks anew", () => {
  const waits = [];
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const { length } = FakeSocket.made;
    FakeSocket.newest.ends();
    let waited = 0;
    while (FakeSocket.made.length === length && waited < 10_000) {
      page.pass(100);
      waited += 100;
    }
    waits.push(waited);
  }
  assert.deepEqual(waits, [500, 1000, 2000, 3000, 3000]);
  FakeSocket.newest.opens();
  assert.deepEqual(FakeSocket.newest.sent, [{ op: "subscribe", topic: "status", ref: "status" }]);
  FakeSocket.newest.ends();
  page.pass(500);
  assert.equal(FakeSocket.made.length, 7, "after it was open the first wait is short again");
});

test("a page that is looked at again does not wait", () => {
  FakeSocket.newest.ends();
  page.document.hidden = true;
  page.document.happens("visibilitychange");
  assert.equal(FakeSocket.made.length, 1);
  page.document.hidden = false;
  page.document.happens("visibilitychange");
  assert.equal(FakeSocket.made.length, 2);
  page.pass(10_000);
  assert.equal(FakeSocket.made.length, 2, "the wait that was on its way is called off");
});

test("a topic that was refused is asked for again after a second, one that nobody wants is not", () => {
  FakeSocket.newest.opens();
  FakeSocket.newest.says({ type: "error", topic: "status", message: "not yet", ref: "status" });
  FakeSocket.newest.says({ type: "error", topic: "other", message: "no", ref: null });
  assert.equal(messages.length, 2);
  page.pass(999);
  assert.equal(FakeSocket.newest.sent.length, 1);
  page.pass(1);
  assert.deepEqual(FakeSocket.newest.sent.at(-1), { op: "subscribe", topic: "status", ref: "status" });
  assert.equal(FakeSocket.newest.sent.length, 2);
});

test("what is closed says nothing, waits for nothing and comes back by nothing", () => {
  FakeSocket.newest.opens();
  FakeSocket.newest.says({ type: "error", topic: "status", message: "not yet", ref: "status" });
  connection.close();
  FakeSocket.newest.says({ type: "engine", state: "lost", detail: "" });
  page.window.happens("online");
  page.pass(10_000);
  assert.deepEqual([messages.length, FakeSocket.made.length, page.timers.waiting.size], [1, 1, 0]);
  assert.deepEqual(states, ["connecting", "open"]);
});
