import assert from "node:assert/strict";
import { test } from "node:test";
import { verdictOf } from "../../src/spreadscope/dashboard/assets/verdict.js";
import { row } from "./support/contract.mjs";

const SETTINGS = { hedge_window: 120, evidence_level: 0.05 };
const told = (values, settings = SETTINGS) => {
  const { tone, headline, reasons, advice } = verdictOf(row({ timeframe: "1m", n: 120, ...values }), settings);
  return [tone, headline, reasons.join("; "), advice];
};
const number = (value) => [value, null];

test("a pair that is not cointegrated, in a short window with a vague ratio", () => {
  assert.deepEqual(
    told({
      eg_p: number(0.15),
      cointegrated: number(0),
      half_life_unbiased: number(1800),
      beta: number(0.5),
      beta_se: number(0.23),
    }),
    [
      "untied",
      "Not cointegrated in this window: p 0.150",
      "the window is 4.0 half-lives long (30.0 min each); β is uncertain by 46%",
      "Wait for a longer window.",
    ],
  );
});

test("the same in a long window asks for no longer one", () => {
  const long = { eg_p: number(0.15), half_life_unbiased: number(60), beta: number(1), beta_se: number(0.01) };
  assert.deepEqual(told(long), [
    "untied",
    "Not cointegrated in this window: p 0.150",
    "the window is 120 half-lives long (60.0 s each)",
    "A z here is no reason to enter.",
  ]);
});

test("a window that fills says how far it is", () => {
  const few = {
    n: 50,
    eg_p: number(0.6),
    half_life_unbiased: [null, "too few rows"],
    half_life: [null, "too few rows"],
  };
  assert.deepEqual(told(few).slice(2), ["no half-life is known", "Wait until the window is full (50 of 120 rows)."]);
});

test("a tie that broke is said with its time, and a small p of a look before it does not count", () => {
  const broke = {
    eg_p: number(0.44),
    cointegrated: number(0),
    coint_p: number(1),
    since_break: number(12000),
    half_life_unbiased: number(60),
    beta: number(1),
    beta_se: number(0.01),
  };
  assert.deepEqual(told(broke), [
    "broken",
    "No longer cointegrated: it broke 3.3 h ago",
    "this window alone: p 0.440; the window is 120 half-lives long (60.0 s each)",
    "Do not enter; look at the exit of what is open. A new tie would show in later looks.",
  ]);
  assert.match(told({ ...broke, since_break: number(0) })[1], /it broke with the newest row$/);
  assert.equal(told({ ...broke, since_break: [null, "no break"] })[0], "untied");
});

test("a small p of one window is not the evidence", () => {
  const lucky = { eg_p: number(0.03), half_life: number(60), cointegrated: number(0) };
  assert.deepEqual(told(lucky).slice(0, 2), ["unknown", "Cointegrated in this window alone: p 0.030"]);
  assert.match(told(lucky)[2], /^the looks at the long window show nothing/);
  assert.match(told({ ...lucky, cointegrated: [null, "warming up"] })[2], /^the long window: warming up/);
  assert.equal(told(lucky, { ...SETTINGS, evidence_level: 0.01 })[0], "untied", "the engine's level counts");
});

test("evidence is said with its p, and that costs still count", () => {
  const [tone, headline, reasons, advice] = told({
    cointegrated: number(1),
    coint_p: number(0.012),
    eg_p: number(0.2),
    half_life_unbiased: number(60),
  });
  assert.deepEqual([tone, headline], ["tied", "Cointegrated, by the evidence so far"]);
  assert.match(reasons, /^evidence p 0.012; this window alone: p 0.200/);
  assert.equal(advice, "Costs still decide whether a z pays.");
});

test("a breakdown comes before what was shown earlier", () => {
  const [tone, , reasons, advice] = told({ cointegrated: number(1), eg_p: number(0.01), breakdown: number(1.2) });
  assert.equal(tone, "broken");
  assert.match(reasons, /^breakdown 1.20 of 1 at most/);
  assert.equal(advice, "Do not enter; look at the exit.");
});

test("what is doubtful in the row is a reason, and without numbers there is no verdict", () => {
  assert.equal(verdictOf(null).tone, "unknown");
  const none = told({ eg_p: [null, "warming up"] });
  assert.deepEqual(none.slice(0, 2), ["unknown", "No verdict yet"]);
  assert.match(none[2], /^the cointegration test has no number: warming up/);
  const stale = told({ eg_p: number(0.5), stale: true, incomplete: true, beta: number(-0.2), beta_se: number(0.1) });
  assert.match(stale[2], /^a leg's price is stale; bars of the window lack trades/);
  assert.match(stale[2], /β is not above 0: both legs would be on one side$/);
});
