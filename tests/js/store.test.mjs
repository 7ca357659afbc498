import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyedByTime, PairStore, formingAfter } from "../../src/spreadscope/dashboard/assets/store.js";
import { bar, row, signal } from "./support/contract.mjs";

const keyed = (...times) => {
  const made = new KeyedByTime((item) => item.time);
  made.reset(times.map((time) => ({ time })));
  return made;
};
const view = (given) => ({
  pair: "AUSDT/BUSDT",
  timeframe: "1s",
  statistics: [],
  bars_y: [],
  bars_x: [],
  rows: [],
  signals: [],
  forming_y: null,
  forming_x: null,
  live: null,
  ...given,
});

test("what is set anew is drawn anew, once", () => {
  const items = keyed(1, 2);
  assert.deepEqual(items.take(), { all: true, changed: [] });
  assert.deepEqual(items.take(), { all: false, changed: [] });
  assert.equal(items.last, 2);
  assert.deepEqual(items.newest(), { time: 2 });
});

test("nothing has no newest", () => {
  assert.equal(keyed().newest(), null);
  assert.equal(keyed().last, null);
});

test("an entry that comes again replaces the old one; changes come ascending", () => {
  const items = keyed(1, 2);
  items.take();
  items.merge([{ time: 4 }, { time: 3 }, { time: 2, value: 7 }]);
  assert.deepEqual(items.get(2), { time: 2, value: 7 });
  assert.equal(items.last, 4);
  const { all, changed } = items.take();
  assert.equal(all, true, "3 came after 4, in between");
  assert.deepEqual(changed, []);
  items.merge([{ time: 5 }, { time: 2, value: 8 }]);
  assert.deepEqual(items.take(), { all: false, changed: [{ time: 2, value: 8 }, { time: 5 }] });
  assert.deepEqual(
    items.ascending().map(({ time }) => time),
    [1, 2, 3, 4, 5],
  );
});

test("the oldest go when there are more than ten thousand, and four thousand stay", () => {
  const items = keyed(...Array.from({ length: 10000 }, (_, index) => index));
  items.take();
  items.merge([{ time: 10000 }]);
  assert.equal(items.items.size, 4000);
  assert.equal(items.ascending()[0].time, 6001);
  assert.equal(items.last, 10000);
  assert.equal(items.take().all, true);
});

test("what is looked at stays, up to twice as many", () => {
  const items = keyed(...Array.from({ length: 10000 }, (_, index) => index));
  items.floor = 3000;
  items.merge([{ time: 10000 }]);
  assert.equal(items.ascending()[0].time, 3000);
  items.floor = 0;
  items.merge(Array.from({ length: 13000 }, (_, index) => ({ time: 10001 + index })));
  assert.equal(items.items.size, 4000);
  assert.equal(items.last, 23000);
});

test("older bars go before what is held, which stays as it is", () => {
  const store = new PairStore();
  store.snapshot(
    view({
      bars_y: [bar({ open_time: 5000 }), bar({ open_time: 6000, close: 9 })],
      rows: [row({ time: 6000 })],
      signals: [signal({ time: 6000 })],
    }),
  );
  assert.equal(store.coveredFrom, 6000, "everything is held from where the last of them begins");
  store.older({
    start: 3000,
    more: true,
    bars_y: [bar({ open_time: 3000 }), bar({ open_time: 6000, close: 1 })],
    bars_x: [],
    rows: [row({ time: 4000 })],
    signals: [signal({ time: 4000 })],
  });
  assert.deepEqual(
    store.barsY.ascending().map(({ open_time }) => open_time),
    [3000, 5000, 6000],
  );
  assert.equal(store.barsY.get(6000).close, 9, "what came live is newer than what was stored");
  assert.equal(store.barsY.last, 6000);
  assert.equal(store.barsY.redraw, true);
  assert.deepEqual(
    store.signals.map(({ time }) => time),
    [4000, 6000],
  );
  assert.equal(store.coveredFrom, 3000);
  store.older({ start: 0, more: false, bars_y: [bar({ open_time: 1000 })], bars_x: [], rows: [], signals: [] });
  assert.equal(store.coveredFrom, 1000);
  assert.equal(store.held, 4);
});

test("changes leave out what did not change, and null takes away what forms", () => {
  const store = new PairStore();
  store.snapshot(view({ forming_y: bar({ open_time: 2000 }), live: row({ time: 2000 }), rows: [row({ time: 1000 })] }));
  store.update({ forming_x: bar({ open_time: 2000, symbol: "BUSDT" }) });
  assert.equal(store.formingY?.open_time, 2000);
  assert.equal(store.formingX?.symbol, "BUSDT");
  store.update({ forming_y: null, live: null });
  assert.equal(store.formingY, null);
  assert.equal(store.formingX?.symbol, "BUSDT");
  assert.equal(store.live, null);
});

test("the present row is the moving one, unless a closed one is as new", () => {
  const store = new PairStore();
  assert.deepEqual(store.current(), { row: null, live: false });
  store.snapshot(view({ rows: [row({ time: 1000 })], live: row({ time: 2000, n: 9 }) }));
  assert.deepEqual(store.current(), { row: row({ time: 2000, n: 9 }), live: true });
  store.update({ rows: [row({ time: 2000, n: 10 })] });
  assert.deepEqual(store.current(), { row: row({ time: 2000, n: 10 }), live: false });
});

test("signals are ascending; one that comes again at its time replaces the old one", () => {
  const store = new PairStore();
  store.snapshot(view({ signals: [signal({ time: 3000 }), signal({ time: 1000 })] }));
  store.update({ signals: [signal({ time: 2000, action: "EXIT" }), signal({ time: 1000, cause: "again" })] });
  assert.deepEqual(
    store.signals.map(({ time, action, cause }) => [time, action, cause]),
    [
      [1000, "BUY_SPREAD", "again"],
      [2000, "EXIT", "z -2.1"],
      [3000, "BUY_SPREAD", "z -2.1"],
    ],
  );
});

test("a leg has traded when its open bar has another count of trades, or is another", () => {
  const store = new PairStore();
  const forming = (y, x) => ({ forming_y: bar(y), forming_x: x && bar(x) });
  store.snapshot(view(forming({ trades: 5 }, null)));
  assert.deepEqual(store.traded(), [], "the first is what was there");
  assert.deepEqual(store.traded(), []);
  store.update(forming({ trades: 6 }, { trades: 1 }));
  assert.deepEqual(store.traded(), ["y", "x"]);
  store.update({ forming_x: bar({ trades: 1, open_time: 2000 }) });
  assert.deepEqual(store.traded(), ["x"]);
  store.update({ forming_x: null });
  assert.deepEqual(store.traded(), [], "a bar that closed is no trade");
});

test("the open bar is drawn only after the last closed one", () => {
  const closed = new KeyedByTime((each) => each.open_time);
  const open = bar({ open_time: 2000 });
  assert.equal(formingAfter(open, closed), open);
  closed.reset([bar({ open_time: 1000 })]);
  assert.equal(formingAfter(open, closed), open);
  closed.reset([open]);
  assert.equal(formingAfter(open, closed), null);
  assert.equal(formingAfter(null, closed), null);
});
