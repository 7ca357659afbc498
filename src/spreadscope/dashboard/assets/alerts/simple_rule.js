// Rules simple enough to be drawn as a level: one quantity against one number, such as "z > 2", "|z| >= 2.5",
// "price(BTCUSDT) crosses below 90000". Whatever else a text may be, the engine alone reads it.

const NUMBER = String.raw`(-?\d+(?:\.\d+)?)`;
const QUANTITY = String.raw`(?:(abs\(|\|)\s*)?([a-z_]+|z-score)(?:\(\s*([A-Za-z0-9/]+)\s*\))?(?:\s*[)|])?`;
const REST = String.raw`(?:\s+for\s+\S+(?:\s+bars?)?)?(?:\s+on\s+\S+)?`;
const SIMPLE = new RegExp(String.raw`^\s*${QUANTITY}\s*(?:>=|>|<=|<|crosses\s+(?:above|below))\s*${NUMBER}${REST}\s*$`, "i");

// {name, of, levels} — `of` the subject named in the text or null, `levels` one number or two — or null.
export function simpleRule(text) {
  const match = text.match(SIMPLE);
  if (!match) return null;
  const [, absolute, name, of, number] = match;
  const level = Number(number);
  const plain = name.toLowerCase() === "z-score" ? "z" : name.toLowerCase();
  return { name: plain, of: of?.toUpperCase() ?? null, levels: absolute ? [level, -level] : [level] };
}
