// Rules simple enough to be drawn as a level: one quantity against one number, such as "z > 2", "|z| >= 2.5",
// "price(BTCUSDT) crosses below 90000". Whatever else a text may be, the engine alone reads it.

const NUMBER = String.raw`(-?\d+(?:\.\d+)?)\s*(bps?|%|sd)?`;
// What one of a unit is in the unit of the quantity, as the engine has it (alerts/units.py).
const LOG = { bp: 1e-4, "%": 1e-2 };
const PERCENT = { bp: 1e-2, "%": 1 };
const SHARE = { bp: 1e-4, "%": 1e-2 };
const UNITS = { spread: LOG, spread_sd: LOG, return: PERCENT, pnl: PERCENT, drawdown: PERCENT, funding: PERCENT, corr: SHARE, adf_p: SHARE, coint_p: SHARE, r_squared: SHARE, z: { sd: 1 }, kalman_z: { sd: 1 } };
const QUANTITY = String.raw`(?:(abs\(|\|)\s*)?([a-z_]+|z-score)(?:\(\s*([A-Za-z0-9/]+)\s*\))?(?:\s*[)|])?`;
const REST = String.raw`(?:\s+for\s+\S+(?:\s+bars?)?)?(?:\s+on\s+\S+)?`;
const SIMPLE = new RegExp(String.raw`^\s*${QUANTITY}\s*(?:>=|>|<=|<|crosses\s+(?:above|below))\s*${NUMBER}${REST}\s*$`, "i");

// {name, of, levels} — `of` the subject named in the text or null, `levels` one number or two — or null.
export function simpleRule(text) {
  const match = text.match(SIMPLE);
  if (!match) return null;
  const [, absolute, name, of, number, unit] = match;
  const plain = name.toLowerCase() === "z-score" ? "z" : name.toLowerCase();
  const size = unit ? UNITS[plain]?.[unit.toLowerCase().replace("bps", "bp")] : 1;
  if (size === undefined) return null;
  const level = Number((Number(number) * size).toPrecision(12));
  return { name: plain, of: of?.toUpperCase() ?? null, levels: absolute ? [level, -level] : [level] };
}
