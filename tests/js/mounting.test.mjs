import assert from "node:assert/strict";
import { test } from "node:test";
import { mounting } from "../../src/spreadscope/dashboard/assets/mounting.js";

function kind() {
  const log = [];
  const run = mounting({
    make: (parent, { what }, signature) => {
      log.push(`make ${what}`);
      return { signature, what, destroy: () => log.push(`destroy ${what}`) };
    },
    signature: ({ what }) => what,
    ran: (view, { data }) => log.push(`ran ${view.what} ${data.extra ?? ""}`.trim()),
  });
  return { log, run };
}

test("a view lives as long as it is to show the same", () => {
  const { log, run } = kind();
  const parentElement = {};
  run({ parentElement, data: { what: "A" } });
  run({ parentElement, data: { what: "A", extra: "again" } });
  const end = run({ parentElement, data: { what: "B" } });
  end();
  end();
  assert.deepEqual(log, ["make A", "ran A", "ran A again", "destroy A", "make B", "ran B", "destroy B"]);
});

test("two places have two views", () => {
  const { log, run } = kind();
  const end = run({ parentElement: {}, data: { what: "A" } });
  run({ parentElement: {}, data: { what: "A" } });
  end();
  assert.deepEqual(log, ["make A", "ran A", "make A", "ran A", "destroy A"]);
});
