import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { DrawingPace } from "../../src/spreadscope/dashboard/assets/drawing_pace.js";

let clock;
let frames;
let drawn;
let pace;
beforeEach(() => {
  clock = 1000;
  frames = [];
  drawn = [];
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(performance, "now", () => clock);
  globalThis.window = {
    setTimeout: (call, wait) => setTimeout(call, wait),
    clearTimeout: (timer) => clearTimeout(timer),
    requestAnimationFrame: (call) => frames.push(call),
    cancelAnimationFrame: () => (frames = []),
  };
  pace = new DrawingPace(() => drawn.push(clock), 60);
});
afterEach(() => {
  pace.end();
  mock.timers.reset();
  mock.restoreAll();
  delete globalThis.window;
});

function frame() {
  const due = frames;
  frames = [];
  for (const call of due) call();
}

function later(ms) {
  clock += ms;
  mock.timers.tick(ms);
}

test("the first data are drawn in the next frame, however many messages they are", () => {
  for (let number = 0; number < 5; number += 1) pace.soon();
  assert.equal(frames.length, 1);
  frame();
  assert.deepEqual(drawn, [1000]);
});

test("data that come again at once wait for the gap, and are then drawn once", () => {
  pace.soon();
  frame();
  for (let number = 0; number < 5; number += 1) {
    later(10);
    pace.soon();
    frame();
  }
  assert.deepEqual(drawn, [1000]);
  later(10);
  frame();
  assert.deepEqual(drawn, [1000, 1060]);
  later(200);
  frame();
  assert.equal(drawn.length, 2); // nothing has come since
});

test("what a person does is drawn in the next frame, and takes along what waits", () => {
  pace.soon();
  frame();
  later(10);
  pace.soon();
  pace.now();
  pace.now();
  frame();
  assert.deepEqual(drawn, [1000, 1010]);
  later(60);
  frame();
  assert.deepEqual(drawn, [1000, 1010]);
});

test("after the end nothing is drawn", () => {
  pace.soon();
  pace.end();
  frame();
  pace.soon();
  frame();
  later(5);
  pace.soon();
  pace.end();
  later(500);
  frame();
  assert.equal(drawn.length, 1);
});
