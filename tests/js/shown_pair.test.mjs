import assert from "node:assert/strict";
import { test } from "node:test";
import { ShownPair } from "../../src/spreadscope/dashboard/assets/shown_pair.js";

const A = { pair: "A/B", timeframe: "1s" };
const C = { pair: "C/D", timeframe: "1s" };

test("what the user wants is shown at once and told until the script has it", () => {
  const shown = new ShownPair(A);
  assert.deepEqual(shown.want({ pair: "C/D" }), C);
  assert.equal(shown.want({ pair: "C/D" }), null, "it is shown already");
  assert.equal(shown.untold, true);
  assert.equal(shown.scriptRan(A), null, "a run that was under way knows only the pair before");
  assert.equal(shown.untold, true);
  assert.equal(shown.scriptRan(C), null);
  assert.equal(shown.untold, false);
});

test("what the script gives anew is shown, as after a pair was added or removed", () => {
  const shown = new ShownPair(A);
  assert.deepEqual(shown.scriptRan(C), C);
  assert.deepEqual(shown.wanted, C);
  assert.deepEqual(shown.want({ timeframe: "1m" }), { pair: "C/D", timeframe: "1m" });
  assert.deepEqual(shown.scriptRan(A), A, "the script's newest word counts");
});
