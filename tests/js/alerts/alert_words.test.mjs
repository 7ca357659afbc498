import assert from "node:assert/strict";
import { test } from "node:test";
import {
  figure,
  limit,
  remarks,
  ruleName,
  sinceWords,
  untilWords,
  valueWords,
} from "../../../src/spreadscope/dashboard/assets/alerts/alert_words.js";

const noon = Date.UTC(2024, 0, 31, 12, 0, 0);

test("a figure has the decimals that its size asks for", () => {
  const cases = [
    [null, ""],
    [0, "0.0000"],
    [1234.567, "1,234.57"],
    [-2.34567, "\u22122.3457"],
    [0.00123, "0.001230"],
    [4.2e-9, "4.2e\u22129"],
  ];
  for (const [value, text] of cases) assert.equal(figure(value), text);
  assert.equal(valueWords({ value: 2 }), ": 2.0000");
  assert.equal(valueWords({ value: null }), "");
});

test("a limit is written as somebody wrote it", () => {
  assert.deepEqual([2, -0.05, 90000, 0].map(limit), ["2", "\u22120.05", "90,000", "0"]);
});

test("since when, by the market's clock where it is known, with the date after a day", () => {
  assert.equal(sinceWords(0, noon), "");
  assert.equal(sinceWords(noon, null), "12:00:00 UTC");
  assert.equal(sinceWords(noon, noon + 5000), "12:00:00 UTC, 5.0 s");
  assert.equal(sinceWords(noon, noon - 1), "12:00:00 UTC");
  assert.equal(sinceWords(noon, noon + 86_400_000), "12:00:00 UTC, 24.0 h");
  assert.equal(sinceWords(noon, noon + 86_400_001), "2024-01-31 12:00:00 UTC, 24.0 h");
});

test("until when, with the date where it is another day's or no day is known", () => {
  assert.equal(untilWords(noon, noon - 1000), "12:00 UTC");
  assert.equal(untilWords(Date.UTC(2024, 1, 1), noon), "2024-02-01 00:00 UTC");
  assert.equal(untilWords(noon, null), "2024-01-31 12:00 UTC");
});

test("a rule without a name is called by its text", () => {
  assert.equal(ruleName({ name: "", text: "z > 2" }), "z > 2");
  assert.equal(ruleName({ name: "wide", text: "z > 2" }), "wide");
});

test("why somebody was not told, or late", () => {
  assert.equal(remarks({ suppressed: "", late: false }), "");
  assert.equal(remarks({ suppressed: "cooldown", late: true }), "not sent: cooldown, late");
  const each = ["acknowledged", "cap", "cooldown", "muted"].map((suppressed) => remarks({ suppressed, late: false }));
  assert.equal(new Set(each).size, 4);
  assert.ok(each.every(Boolean));
});
