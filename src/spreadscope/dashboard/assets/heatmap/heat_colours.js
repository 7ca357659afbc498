// The colours of a heat map: correlation from one colour over the background to another, p by its size.

/** @import { Theme } from "../theme.js" */

// From here on a smaller p is drawn no stronger.
const SMALLEST_P = 1e-4;

// Red, green and blue of "#rrggbb", "#rgb" or "rgb(…)".
/** @param {string} colour */
function partsOf(colour) {
  if (!colour.startsWith("#")) return (colour.match(/[\d.]+/g) ?? [0, 0, 0]).slice(0, 3).map(Number);
  const digits = colour.length < 7 ? [...colour.slice(1)].map((digit) => digit + digit).join("") : colour.slice(1);
  return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
}

// Between two colours, as "rgb(…)".
/**
 * @param {string} from
 * @param {string} to
 * @param {number} share 0 to 1
 */
function mixed(from, to, share) {
  const [a, b] = [from, to].map(partsOf);
  return `rgb(${a.map((part, index) => Math.round(part + (b[index] - part) * share)).join(",")})`;
}

/**
 * @param {Theme} theme
 * @param {number | null | undefined} correlation
 */
export function colourOfCorrelation(theme, correlation) {
  if (correlation === null || correlation === undefined) return null;
  const strength = Math.min(1, Math.abs(correlation));
  return mixed(theme.background, correlation < 0 ? theme.orange : theme.blue, strength);
}

// 0 for p = 1, 1 for the smallest that is told apart.
/** @param {number} p */
function strengthOfP(p) {
  return Math.log(Math.max(SMALLEST_P, Math.min(1, p))) / Math.log(SMALLEST_P);
}

/**
 * @param {Theme} theme
 * @param {number | null | undefined} p
 */
export function colourOfP(theme, p) {
  return p === null || p === undefined ? null : mixed(theme.background, theme.green, strengthOfP(p));
}
