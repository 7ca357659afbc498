import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Freshness, SILENT_AFTER } from "../../src/spreadscope/dashboard/assets/freshness.js";
import { connection, status, symbol } from "./support/contract.mjs";

let now = 0;
beforeEach(() => {
  now = 0;
  mock.method(performance, "now", () => now);
});
afterEach(() => mock.restoreAll());

test("ages grow by the browser's clock while no status comes", () => {
  const fresh = new Freshness();
  assert.equal(fresh.age("AUSDT"), null);
  assert.equal(fresh.since, 0);
  fresh.take(status());
  assert.equal(fresh.age("AUSDT"), 100);
  now = 3000;
  assert.equal(fresh.since, 3000);
  assert.equal(fresh.age("AUSDT"), 3100);
  assert.equal(fresh.silence(connection({ silent_ms: 50 })), 3050);
});

test("a status that waited on its way is as old as the one that came fastest shows", () => {
  const fresh = new Freshness();
  fresh.take(status({ now: 1_000_000 }));
  now = 5000;
  fresh.take(status({ now: 1_001_000 }));
  assert.equal(fresh.since, 4000);
});

test("the clock of an engine that was started anew is another", () => {
  const fresh = new Freshness();
  fresh.take(status({ now: 1_000_000, started: 1 }));
  now = 5000;
  fresh.take(status({ now: 500_000, started: 2 }));
  assert.equal(fresh.since, 0);
});

test("a trade that is seen overtakes what a status said before", () => {
  const fresh = new Freshness();
  fresh.take(status({ symbols: [symbol({ age_ms: 4000 })] }));
  now = 1000;
  fresh.heard("AUSDT");
  now = 1200;
  assert.equal(Math.round(fresh.age("AUSDT")), 200);
  assert.equal(fresh.age("BUSDT"), null);
});

test("a pause is no silence", () => {
  const fresh = new Freshness();
  fresh.take(status());
  now = 60_000;
  assert.equal(fresh.silence(connection({ paused: true })), 0);
});

test("a fault is a silence of all that was asked for, long enough, and known of each", () => {
  const fresh = new Freshness();
  const late = SILENT_AFTER + 500;
  fresh.take(
    status({
      connections: [
        connection({ name: "a", silent_ms: late }),
        connection({ name: "b" }),
        connection({ name: "c", silent_ms: late + 100 }),
      ],
      symbols: [
        symbol({ symbol: "A", connection: "a" }),
        symbol({ symbol: "B", connection: "b" }),
        symbol({ symbol: "C", connection: "c" }),
        symbol({ symbol: "N", connection: null }),
      ],
    }),
  );
  assert.equal(fresh.fault(["A"]), late);
  assert.equal(fresh.fault(["A", "C"]), late);
  assert.equal(fresh.fault(["A", "B"]), null);
  assert.equal(fresh.fault(["A", "N"]), null);
  assert.equal(fresh.fault(["A", "nobody"]), null);
  assert.equal(fresh.fault([]), null);
  now = SILENT_AFTER;
  assert.equal(fresh.fault(["A", "B"]), SILENT_AFTER);
});

test("the market's clock stands still from when it last moved; at first from the newest frame", () => {
  const fresh = new Freshness();
  assert.equal(fresh.still, 0);
  fresh.take(
    status({ connections: [connection({ last_frame_age_ms: 700 }), connection({ last_frame_age_ms: null })] }),
  );
  assert.equal(fresh.still, 700);
  now = 1000;
  fresh.take(status({ now: 1_001_000 }));
  assert.equal(fresh.still, 1700);
  fresh.take(status({ now: 1_001_000, market_time: 1_000_001 }));
  assert.equal(fresh.still, 0);
});
