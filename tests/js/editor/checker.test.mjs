import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { AskError, ask } from "../../../src/spreadscope/dashboard/assets/editor/asking.js";
import { Checker } from "../../../src/spreadscope/dashboard/assets/editor/checker.js";
import { browser } from "../support/browser.mjs";

let page;
let asked;
let answer;
const { fetch: real } = globalThis;
beforeEach(() => {
  page = browser();
  asked = [];
  answer = () => ({ ok: true });
  globalThis.fetch = async (url, { method, body, signal }) => {
    asked.push({ url, method, body: body && JSON.parse(body) });
    const given = await answer(asked.at(-1), signal);
    if (signal?.aborted) throw new DOMException("called off", "AbortError");
    return given instanceof Response ? given : Response.json(given);
  };
});
afterEach(() => {
  page.restore();
  globalThis.fetch = real;
});

const refused = (status, body) => new Response(body, { status });
// Until all that was asked is answered: answers come by promises alone.
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("an answer is the engine's object, a refusal its sentence", async () => {
  answer = () => ({ words: "yes" });
  assert.deepEqual(await ask("/ask/vocabulary"), { words: "yes" });
  assert.deepEqual(await ask("/ask/check", { text: "z" }), { words: "yes" });
  assert.deepEqual(asked, [
    { url: "/ask/vocabulary", method: undefined, body: undefined },
    { url: "/ask/check", method: "POST", body: { text: "z" } },
  ]);
  answer = () => refused(404, JSON.stringify({ error: { message: "there is no such rule" } }));
  await assert.rejects(ask("/ask/x"), new AskError("there is no such rule"));
});

test("whatever else comes back is a sentence too", async () => {
  const cases = [
    [refused(502, "<html>"), "The dashboard's server answered 502 and no words."],
    [refused(500, "{}"), "The engine answered 500."],
    [refused(500, "null"), "The engine answered 500."],
    [refused(500, '{"error": "text"}'), "The engine answered 500."],
  ];
  for (const [response, message] of cases) {
    answer = () => response;
    await assert.rejects(ask("/ask/x"), new AskError(message));
  }
  answer = () => {
    throw new TypeError("network");
  };
  await assert.rejects(ask("/ask/x"), new AskError("The dashboard's server does not answer."));
});

test("only the newest text is checked, soon after the last key", async () => {
  const verdicts = [];
  const checker = new Checker("/ask", (verdict) => verdicts.push(verdict));
  answer = ({ body }) => ({ ok: true, words: body.text });
  for (const text of ["z", "z >", "z > 2"]) {
    checker.check({ text });
    page.pass(59);
  }
  page.pass(1);
  await settled();
  assert.deepEqual(
    asked.map(({ body }) => body.text),
    ["z > 2"],
  );
  assert.deepEqual(verdicts, [{ ok: true, words: "z > 2" }]);
});

test("an answer that comes after another text was typed is not told", async () => {
  const verdicts = [];
  const checker = new Checker("/ask", (verdict) => verdicts.push(verdict));
  let release;
  answer = () => new Promise((resolve) => (release = resolve));
  checker.check({ text: "old" });
  page.pass(60);
  await settled();
  checker.check({ text: "new" });
  release({ ok: true, words: "old" });
  await settled();
  answer = () => ({ ok: true, words: "new" });
  page.pass(60);
  await settled();
  assert.deepEqual(verdicts, [{ ok: true, words: "new" }]);
});

test("the text is checked by itself first, so that one knows which of the two is wrong", async () => {
  const verdicts = [];
  const checker = new Checker("/ask", (verdict) => verdicts.push(verdict));
  const wrong = { ok: false, message: "no", position: null, suggestion: null };
  answer = ({ body }) => ("recover" in body ? wrong : { ok: true });
  checker.check({ text: "z > 2", recover: "zz" });
  page.pass(60);
  await settled();
  answer = () => wrong;
  checker.check({ text: "zz > 2", recover: 1 });
  page.pass(60);
  await settled();
  assert.deepEqual(verdicts, [{ ...wrong, of: "recover" }, wrong]);
  assert.equal(asked.length, 3);
});

test("where nobody answers that is the verdict", async () => {
  const verdicts = [];
  const checker = new Checker("/ask", (verdict) => verdicts.push(verdict));
  answer = () => refused(503, JSON.stringify({ error: { message: "the engine does not answer" } }));
  checker.check({ text: "z > 2" });
  page.pass(60);
  await settled();
  assert.deepEqual(verdicts, [{ ok: false, down: "the engine does not answer" }]);
});
