// Numbers as a trader reads them: signs, units, fixed decimals, UTC.

/** @typedef {{ sign?: boolean }} Signed */
/** @typedef {(value: number) => string} Writer */

const MINUS = "\u2212";

// Made once for each number of decimals: to make one costs twenty times what writing a number does.
/** @type {Map<number, Intl.NumberFormat>} */
const formatters = new Map();

/** @param {number} decimals */
function formatter(decimals) {
  let made = formatters.get(decimals);
  if (made === undefined) {
    made = new Intl.NumberFormat("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    formatters.set(decimals, made);
  }
  return made;
}

/**
 * @param {number} value
 * @param {number} decimals
 * @param {Signed} [options]
 * @returns {string}
 */
export function fixed(value, decimals, { sign = false } = {}) {
  const text = formatter(decimals).format(Math.abs(value));
  const isZero = !/[1-9]/.test(text);
  if (value < 0 && !isZero) return MINUS + text;
  return sign && !isZero ? `+${text}` : text;
}

// 6.8e-13: what fixed decimals would call zero.
/** @type {(value: number) => string} */
export const scientific = (value) => value.toExponential(1).replaceAll("-", MINUS);

// The engine's sentences with a real minus before their numbers, as the figures have it.
/** @type {(text: string) => string} */
export const typeset = (text) => text.replace(/(^|[\s(±:])-(?=\d)/g, `$1${MINUS}`);

/** @param {number} value */
export function basisPoints(value) {
  return `${fixed(value * 1e4, 2, { sign: true })} bp`;
}

// 1.25 M: an amount whose size matters more than its digits.
/** @param {number} value */
export function amount(value) {
  const size = Math.abs(value);
  const [unit, word] = size >= 1e9 ? [1e9, " bn"] : size >= 1e6 ? [1e6, " M"] : size >= 1e3 ? [1e3, " k"] : [1, ""];
  const scaled = value / unit;
  return `${fixed(scaled, Math.abs(scaled) >= 100 || size === 0 ? 0 : Math.abs(scaled) >= 10 ? 1 : 2)}${word}`;
}

/** @param {number} value */
function probability(value) {
  return value < 0.001 ? "< 0.001" : fixed(value, 3);
}

// A figure has so many digits at most: of a spread of prices in hundreds, six decimals would say nothing and ask for
// room.
const MOST_DIGITS = 7;

// As `fixed`, with fewer decimals where the number is large.
/**
 * @param {number} value
 * @param {number} decimals
 * @param {Signed} [options]
 */
export function figureOf(value, decimals, options) {
  const before = Math.max(1, Math.floor(Math.log10(Math.abs(value) || 1)) + 1);
  return fixed(value, Math.max(0, Math.min(decimals, MOST_DIGITS - before)), options);
}

// A statistic's format in words ("fixed:2", "signed:6", "bp", "p", "duration"): what writes its numbers.
/**
 * @param {string} format
 * @returns {Writer}
 */
export function written(format) {
  const [kind = "", count] = format.split(":");
  /** @type {Map<string, Writer>} */
  const writers = new Map([
    ["fixed", (value) => figureOf(value, Number(count))],
    ["signed", (value) => figureOf(value, Number(count), { sign: true })],
    ["bp", basisPoints],
    ["p", probability],
    ["duration", duration],
    ["percent", (value) => `${fixed(value * 100, 1)}%`],
    ["yes", (value) => (value >= 0.5 ? "yes" : "not shown")],
  ]);
  const writer = writers.get(kind);
  if (writer === undefined) throw new RangeError(`"${format}" is no format of a number`);
  return writer;
}

// The decimals that such a format has at its finest.
/** @type {(format: string) => number} */
export const decimalsOf = (format) => Number(format.split(":")[1] ?? 3);

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 120) return `${fixed(seconds, 1)} s`;
  if (seconds < 7200) return `${fixed(seconds / 60, 1)} min`;
  if (seconds < 172800) return `${fixed(seconds / 3600, 1)} h`;
  return `${fixed(seconds / 86400, 1)} d`;
}

// An age in milliseconds; the decimals go with what still matters.
/** @param {number} milliseconds */
export function age(milliseconds) {
  if (milliseconds < 10000) return `${fixed(Math.max(0, milliseconds) / 1000, 1)} s`;
  if (milliseconds < 120000) return `${fixed(milliseconds / 1000, 0)} s`;
  return duration(milliseconds / 1000);
}

/** @param {number} milliseconds */
export function clock(milliseconds) {
  return new Date(milliseconds).toISOString().slice(11, 19);
}

/** @param {number} milliseconds */
export function dateAndClock(milliseconds) {
  return new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ");
}

// The clock of this browser; empty where it goes by UTC.
/** @param {number} milliseconds */
export function localTime(milliseconds) {
  const moment = new Date(milliseconds);
  if (moment.getTimezoneOffset() === 0) return "";
  return [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map((n) => String(n).padStart(2, "0")).join(":");
}

// Decimals of a price as the data has them: 0.0001 → 4. The exchange sends whole ticks, so the data shows its tick.
/** @param {Iterable<number>} prices */
export function decimalsSeen(prices) {
  let most = 0;
  for (const price of prices) {
    if (!Number.isFinite(price)) continue;
    const text = String(price);
    const scientific = text.match(/e-(\d+)$/);
    const decimals = scientific ? Number(scientific[1]) : (text.split(".")[1]?.length ?? 0);
    if (decimals > most) most = decimals;
  }
  return Math.min(most, 8);
}
