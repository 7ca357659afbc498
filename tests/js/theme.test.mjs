import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { colourOf, readTheme } from "../../src/spreadscope/dashboard/assets/theme.js";

const read = (properties) => {
  globalThis.getComputedStyle = () => ({ getPropertyValue: (name) => properties[name] ?? "" });
  return readTheme({});
};
afterEach(() => delete globalThis.getComputedStyle);

test("colours are those of Streamlit, or our own where it has none", () => {
  const theme = read({ "--st-red-color": " #ff0000 ", "--st-green-color": "unset" });
  assert.equal(theme.red, "#ff0000");
  assert.equal(theme.green, "#2aa876");
});

test("lines of the grid are light on dark and dark on light, however a colour is written", () => {
  const grid = (background) => read({ "--st-background-color": background }).grid;
  const [light, dark] = ["rgba(255, 255, 255, 0.055)", "rgba(0, 0, 0, 0.06)"];
  for (const background of ["#0e1117", "rgb(14, 17, 23)", "#000", "#123"]) assert.equal(grid(background), light);
  for (const background of ["#ffffff", "rgb(255, 255, 255)", "#fff", "#fffff0ff"]) assert.equal(grid(background), dark);
});

test("another colour is another signature", () => {
  assert.notEqual(read({}).signature, read({ "--st-red-color": "#ff0000" }).signature);
  assert.equal(read({}).signature, read({}).signature);
});

test("a colour is known by its name, and one that is none is an error", () => {
  const theme = read({});
  assert.equal(colourOf(theme, "blue"), theme.blue);
  for (const name of ["mauve", "constructor", ""]) {
    assert.throws(() => colourOf(theme, name), { name: "RangeError", message: `"${name}" is no colour of the theme` });
  }
});
