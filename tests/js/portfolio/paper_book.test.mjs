import assert from "node:assert/strict";
import { test } from "node:test";
import { PaperBook } from "../../../src/spreadscope/dashboard/assets/portfolio/paper_book.js";
import { account, trade } from "./support.mjs";

const begun = () => {
  const book = new PaperBook();
  book.snapshot({ account: account(), trades: [trade()], orders: [{ id: 3 }] });
  return book;
};

test("an update replaces the lists that it has, and leaves the others", () => {
  const book = begun();
  book.update({ trades: [trade({ id: 2 })] });
  assert.equal(book.trade(1), undefined);
  assert.equal(book.trade(2).id, 2);
  assert.deepEqual(book.orders, [{ id: 3 }]);
  book.update({ account: account({ equity: 9_000 }), orders: [] });
  assert.equal(book.account.equity, 9_000);
  assert.deepEqual(book.orders, []);
});

test("fills, decisions and closed trades are news, moved prices are not", () => {
  const book = begun();
  const first = book.news;
  book.update({ account: account({ equity: 9_999 }), trades: [trade({ z_now: 0 })] });
  assert.equal(book.news, first);
  const seen = new Set([first]);
  for (const changes of [
    { fills: [{ id: 7 }] },
    { decisions: [{ id: 8, outcome: "pending" }] },
    { decisions: [{ id: 8, outcome: "taken" }] },
    { closed: [trade({ id: 9 })] },
  ]) {
    book.update(changes);
    assert.ok(!seen.has(book.news));
    seen.add(book.news);
  }
});
