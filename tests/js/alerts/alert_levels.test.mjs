import assert from "node:assert/strict";
import { test } from "node:test";
import { alertLevels, firedBars } from "../../../src/spreadscope/dashboard/assets/alerts/alert_levels.js";
import { PAIR, alert, instance, rule } from "../support/contract.mjs";

const shown = { pair: PAIR, timeframe: "1m", legs: { y: "AUSDT", x: "BUSDT" } };
const level = (given) => ({ name: "z", statistic: "z", subject: "", level: 2, ...given });
const minute = (given) => rule({ timeframe: "1m", levels: [level()], ...given });
const levels = (...rules) => alertLevels(rules, shown, (statistic) => statistic === "z");
const places = (...rules) => levels(...rules).map(({ of, level: at }) => [of, at]);

test("a level lies on its statistic's line, of this pair or of any, on bars of this length", () => {
  assert.deepEqual(places(minute(), minute({ subject: "any pair" })), [
    ["z", 2],
    ["z", 2],
  ]);
  assert.deepEqual(places(minute({ subject: "C/D" }), minute({ timeframe: "1s" }), minute({ enabled: false })), []);
  assert.deepEqual(places(minute({ levels: [level({ statistic: "half_life" })] })), [], "its line is not drawn");
  assert.deepEqual(
    places(minute({ subject: "C/D", levels: [level({ subject: PAIR })] })),
    [["z", 2]],
    "named in the text",
  );
});

test("a price lies on its leg's candles, on bars of any length", () => {
  const price = (subject) =>
    minute({ timeframe: "1s", subject, levels: [level({ name: "price", statistic: "", level: 7 })] });
  assert.deepEqual(places(price("AUSDT"), price("BUSDT"), price("CUSDT"), price("constructor")), [
    ["y", 7],
    ["x", 7],
  ]);
});

test("a level fires where the rule does for this pair or a leg of it", () => {
  const firing = (subject, state) => levels(minute({ instances: [instance({ subject, state })] }))[0].firing;
  assert.deepEqual(
    [firing(PAIR, "firing"), firing("BUSDT", "firing"), firing("C/D", "firing"), firing(PAIR, "pending")],
    [true, true, false, false],
  );
});

test("twelve levels at most, with short names", () => {
  const many = levels(...Array.from({ length: 20 }, () => minute({ name: "a name of more than twenty-two letters" })));
  assert.equal(many.length, 12);
  assert.equal(many[0].title, "a name of more than t\u2026");
  assert.equal(many[0].title.length, 22);
});

test("a mark is on the bar at whose end it fired, once, and not before the line begins", () => {
  const history = [
    alert({ timeframe: "1m", time: 180_000 }),
    alert({ timeframe: "1m", time: 120_000 }),
    alert({ timeframe: "1m", time: 120_000, rule_id: "r2" }),
    alert({ timeframe: "1m", time: 60_000 }),
    alert({ timeframe: "1s", time: 240_000 }),
    alert({ timeframe: "1m", time: 240_000, state: "resolved" }),
    alert({ timeframe: "1m", time: 240_000, subject: "C/D" }),
  ];
  assert.deepEqual(firedBars(history, shown, 60), [60, 120]);
  assert.deepEqual(firedBars(history, shown, Infinity), []);
});
