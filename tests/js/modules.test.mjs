// How the modules of the pages hang together.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { test } from "node:test";
import { ASSETS, ownModules } from "./support/assets.mjs";

const texts = new Map(ownModules().map((path) => [path, readFileSync(path, "utf8")]));
// Types are imported in comments, and are not there when a page runs.
const withoutComments = (text) => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
const sources = new Map([...texts].map(([path, text]) => [path, withoutComments(text)]));
const name = (path) => relative(ASSETS, path);

const IMPORT = /^import\s+\{([^}]*)\}\s+from\s+"([^"]+)"/gm;
const TYPES = /@import\s+\{([^}]*)\}\s+from\s+"([^"]+)"/g;

// [{from: path, names: [string]}] of what a module imports from modules of ours.
function found(path, text, pattern) {
  return [...text.matchAll(pattern)]
    .map(([, names, target]) => ({
      from: resolve(dirname(path), target),
      names: names.split(",").flatMap((each) => each.trim().split(/\s+as\s+/)[0] || []),
    }))
    .filter(({ from }) => sources.has(from));
}
const importsOf = (path) => found(path, sources.get(path), IMPORT);
const typesOf = (path) => found(path, texts.get(path), TYPES);

const EXPORT = /export\s+(?:async\s+)?(?:const|let|function\*?|class)\s+([\w$]+)/g;
const exportsOf = (path) => [...sources.get(path).matchAll(EXPORT)].map(([, exported]) => exported);

test("there are modules, with imports and exports to look at", () => {
  assert.ok(sources.size > 50);
  assert.deepEqual(
    importsOf(resolve(ASSETS, "legend.js"))
      .map(({ from }) => name(from))
      .slice(0, 3),
    ["dom.js", "format.js", "layout/model.js"],
  );
  assert.deepEqual(exportsOf(resolve(ASSETS, "demo.js")), ["isRecording", "demoWords"]);
});

test("no module imports itself, by whatever way", () => {
  const done = new Set();
  const visit = (path, way) => {
    assert.ok(!way.includes(path), `a circle: ${[...way, path].map(name).join(" -> ")}`);
    if (done.has(path)) return;
    for (const { from } of importsOf(path)) visit(from, [...way, path]);
    done.add(path);
  };
  for (const path of sources.keys()) visit(path, []);
  assert.equal(done.size, sources.size);
});

test("what is exported is imported by another module", () => {
  const used = new Map([...sources.keys()].map((path) => [path, new Set()]));
  for (const path of sources.keys()) {
    for (const { from, names } of [...importsOf(path), ...typesOf(path)]) {
      for (const each of names) used.get(from).add(each);
    }
  }
  const unused = [...sources.keys()].flatMap((path) =>
    exportsOf(path)
      .filter((exported) => !used.get(path).has(exported))
      .map((exported) => `${name(path)}: ${exported}`),
  );
  assert.deepEqual(unused, []);
});

test("every import names something that is there", () => {
  for (const path of sources.keys()) {
    for (const { from, names } of importsOf(path)) {
      const there = exportsOf(from);
      for (const each of names) assert.ok(there.includes(each), `${name(path)} imports ${each} of ${name(from)}`);
    }
  }
});
