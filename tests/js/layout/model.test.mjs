import assert from "node:assert/strict";
import { test } from "node:test";
import {
  FOLDED,
  NARROW,
  USUAL,
  arranged,
  decoded,
  encoded,
  placeOf,
  stretches,
  withFolded,
  withHeights,
  withMoved,
  withPart,
  withPartMoved,
} from "../../../src/spreadscope/dashboard/assets/layout/model.js";

const NAMES = ["y", "x", "volume", "spread", "z", "correlation"];
const order = (layout, names = NAMES) => arranged(layout, names).map(({ name }) => name);

test("a layout outlives being written and read", () => {
  let layout = withFolded(withMoved(USUAL, NAMES, "z", -4), NAMES, "x", true);
  layout = withPart({ ...layout, density: "compact" }, "tape", "below");
  layout = withHeights(layout, NAMES, new Map([["y", 200], ["z", 300], ["spread", 100]])); // prettier-ignore
  assert.deepEqual(decoded(encoded(layout)), layout);
  for (const each of [USUAL, NARROW]) assert.deepEqual(decoded(encoded(each)), each);
  assert.match(encoded(layout), /^[\w.*-]+$/, "an address need not spell it out");
});

test("what is no layout is none, and what is not understood is left out", () => {
  for (const text of [null, "", "nonsense", "\u{1F600}", "<b>", "top.".repeat(400)]) assert.equal(decoded(text), null);
  const layout = decoded("p.z-250.z-100.<b>.y-0.x-99999*top.verdict.verdict.chart.nope*main.tape.chart*d.huge");
  assert.deepEqual(layout?.panes, [
    { name: "z", weight: 2.5, folded: false },
    { name: "y", weight: null, folded: true },
  ]);
  assert.deepEqual(layout?.places, { top: ["verdict"], main: ["chart"], side: [], below: [] });
  assert.equal(layout?.density, "normal");
  assert.equal(decoded(`p.${Array.from({ length: 60 }, (_, n) => `a${n}`).join(".")}`)?.panes.length, 24);
});

test("panes that a layout does not name follow as they are declared, and those that are gone are left out", () => {
  assert.deepEqual(order(USUAL), NAMES);
  assert.deepEqual(order(NARROW), ["z", "spread", "y", "x", "volume", "correlation"]);
  assert.deepEqual(order(withMoved(USUAL, NAMES, "z", -99)), ["z", "y", "x", "volume", "spread", "correlation"]);
  assert.deepEqual(order(withMoved(USUAL, NAMES, "z", 99)), ["y", "x", "volume", "spread", "correlation", "z"]);
  const more = withMoved(USUAL, [...NAMES, "drift"], "drift", -1);
  assert.deepEqual(order(more), NAMES, "a pane that is not there now");
  assert.equal(order(more, [...NAMES, "drift"]).at(-2), "drift", "and its place when it comes back");
});

test("folded panes keep their few pixels, and the others share what is left", () => {
  const factors = stretches(
    [
      { weight: 2, folded: false },
      { weight: 5, folded: true },
      { weight: 1, folded: false },
    ],
    FOLDED + 300,
  );
  const unit = (FOLDED + 300) / factors.reduce((a, b) => a + b, 0);
  assert.deepEqual(
    factors.map((factor) => Math.round(factor * unit)),
    [200, FOLDED, 100],
  );
  assert.deepEqual(stretches([{ weight: 2, folded: true }], 300), [1], "nothing is open");
  assert.deepEqual(stretches([{ weight: 2, folded: false }], 0), [1], "before it is measured");
});

test("a dragged line keeps the heights, and a pane drawn small is folded", () => {
  const heights = new Map([["y", 100], ["x", 20], ["z", 300]]); // prettier-ignore
  const panes = arranged(withHeights(USUAL, ["y", "x", "z"], heights), ["y", "x", "z"]);
  assert.deepEqual(panes, [
    { name: "y", weight: 1, folded: false },
    { name: "x", weight: null, folded: true },
    { name: "z", weight: 3, folded: false },
  ]);
});

test("a part is in one place, or hidden; the chart is in the middle or nowhere", () => {
  const moved = withPart(USUAL, "figures", "side");
  assert.deepEqual(moved.places.side, ["alerts", "signals", "figures"]);
  assert.equal(placeOf(moved, "figures"), "side");
  assert.deepEqual(withPartMoved(moved, "figures", -1).places.side, ["alerts", "figures", "signals"]);
  assert.deepEqual(withPartMoved(moved, "figures", 1), moved, "it is the last");
  assert.equal(placeOf(withPart(USUAL, "figures", null), "figures"), null);
  assert.equal(placeOf(withPart(USUAL, "figures", "main"), "figures"), null);
  const chartless = withPart(USUAL, "chart", null);
  assert.equal(placeOf(chartless, "chart"), null);
  assert.equal(placeOf(withPart(chartless, "chart", "below"), "chart"), "main");
  assert.deepEqual(USUAL.places.side, ["alerts", "signals"], "the usual one is as it was");
});
