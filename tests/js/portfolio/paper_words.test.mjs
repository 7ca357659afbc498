import assert from "node:assert/strict";
import { test } from "node:test";
import {
  exitWords,
  fundingWords,
  heldWords,
  leftWords,
  liquidationWords,
  noteWords,
  orderCells,
  originWords,
  partsWords,
  price,
  quantity,
  result,
  sideWords,
  toneOf,
} from "../../../src/spreadscope/dashboard/assets/portfolio/paper_words.js";
import { NOW, leg, parts, trade } from "./support.mjs";

const MINUS = "\u2212";

test("money has two decimals and a sign; what is written as zero has neither sign nor colour", () => {
  assert.deepEqual([12.345, -0.5, 0.004, null].map(result), ["+12.35", `${MINUS}0.50`, "0.00", "\u2013"]);
  assert.deepEqual([12, -0.5, 0.004, -0.004, null].map(toneOf), ["gain", "loss", "", "", ""]);
});

test("a quantity has the decimals of its step, a price as many digits as it has room for", () => {
  assert.deepEqual([0.034, -120, 1.5].map(quantity), ["+0.034", `${MINUS}120`, "+1.5"]);
  assert.deepEqual([29012.4, 0.529261, null].map(price), ["29,012.40", "0.529261", "\u2013"]);
});

test("the side says what is bought and what is sold", () => {
  assert.equal(sideWords(1, "A", "B"), "long spread: buy A, sell B");
  assert.equal(sideWords(-1, "A", "B"), "short spread: sell A, buy B");
});

test("what is left is told in seconds, minutes or hours, and ends with now", () => {
  const seconds = [-3, 0, 1, 119, 120, 3600, 7980];
  assert.deepEqual(
    seconds.map((each) => leftWords(NOW + each * 1000, NOW)),
    ["now", "now", "1 s", "119 s", "2 min", "1 h", "2 h 13 min"],
  );
  assert.equal(leftWords(NOW, null), "\u2013");
});

test("the parts of a result have the signs that they have in it, and zeros are left out", () => {
  assert.equal(
    partsWords(parts({ spread: 4.2, slippage: 0.31, fees: 1.2, funding: -0.05, drift: 0.001 })),
    `spread +4.20 \u00b7 slippage ${MINUS}0.31 \u00b7 fees ${MINUS}1.20 \u00b7 funding ${MINUS}0.05`,
  );
});

test("how a trade ends by itself, how long it is held and by whom it was opened", () => {
  assert.equal(exitWords(trade()), "ends with the signal");
  assert.equal(
    exitWords(trade({ take_profit: 0.5, stop: 4, stop_loss: 50 })),
    `profit at |z| 0.5, stop at 4, or at ${MINUS}50.00 USDT`,
  );
  assert.equal(heldWords(trade()), "2.0 half-lives");
  assert.equal(heldWords(trade({ opened: null })), "not open yet");
  assert.equal(heldWords(trade({ half_lives_held: null })), "no half-life");
  assert.equal(originWords(trade(), NOW), "60.0 min, by signal");
});

test("funding and liquidation of a leg", () => {
  assert.equal(fundingWords(leg(), NOW), `${MINUS}0.02 in 2 h`);
  assert.equal(fundingWords(leg({ next_funding: null }), NOW), "\u2013");
  assert.equal(liquidationWords(leg()), "none");
  assert.equal(
    liquidationWords(leg({ liquidation_price: 524.6954, liquidation_distance_percent: 12.34 })),
    "524.6954, 12.3% away",
  );
  assert.equal(
    liquidationWords(leg({ liquidation_price: 524.6954, liquidation_distance_percent: -1279.2 })),
    "524.6954, 1,279% away",
  );
});

test("a leg that is alone says how much and until when", () => {
  assert.equal(noteWords(trade(), NOW), "");
  assert.equal(
    noteWords(trade({ note: "rejected", residual: 412.5, deadline: NOW + 3400, attempts: 2 }), NOW),
    "rejected \u00b7 412.50 USDT of one leg are not hedged; 4 s to mend it, attempt 2",
  );
});

test("an order tells what of it is filled, and what waits before it", () => {
  const order = {
    id: 3,
    trade: 1,
    symbol: "AUSDT",
    kind: "post only",
    state: "partly filled",
    quantity: -4,
    filled: -1,
    limit: 100.5,
    reduce_only: true,
    sent: NOW - 4000,
    ahead: null,
  };
  assert.deepEqual(orderCells(order, NOW).slice(3), [
    "post only, reduces only",
    "\u22124",
    "\u22121 (25%)",
    "100.5000",
    "not known",
    "partly filled",
    "4.0 s ago",
  ]);
  assert.equal(orderCells({ ...order, limit: null }, NOW)[6], "market");
});
