// The colours of the heat map.

import assert from "node:assert/strict";
import { test } from "node:test";
import { colourOfCorrelation, colourOfP } from "../../../src/spreadscope/dashboard/assets/heatmap/heat_colours.js";

// In any of the ways in which a theme writes a colour.
const theme = { background: "#000000", blue: "#0000ff", orange: "rgb(255, 128, 0)", green: "#0f0" };

test("correlation goes from one colour over the background to another", () => {
  assert.equal(colourOfCorrelation(theme, 1), "rgb(0,0,255)");
  assert.equal(colourOfCorrelation(theme, 0.5), "rgb(0,0,128)");
  assert.equal(colourOfCorrelation(theme, 0), "rgb(0,0,0)");
  assert.equal(colourOfCorrelation(theme, -1), "rgb(255,128,0)");
  assert.equal(colourOfCorrelation(theme, null), null);
});

test("a smaller p is stronger, down to the smallest that is told apart", () => {
  assert.equal(colourOfP(theme, 1), "rgb(0,0,0)");
  assert.equal(colourOfP(theme, 0.01), "rgb(0,128,0)");
  assert.equal(colourOfP(theme, 1e-9), "rgb(0,255,0)");
  assert.equal(colourOfP(theme, 0), "rgb(0,255,0)");
  assert.equal(colourOfP(theme, null), null);
});
