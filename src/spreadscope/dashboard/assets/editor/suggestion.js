// Mending a text by the engine's suggestion: the right word at a place, a piece that is missing there, or a whole rule.

const CALL = /^[A-Za-z_]\w*\(/;
// A whole rule: it compares, or crosses.
const WHOLE = /\w.*[<>]|[<>].*\w|\w\s+crosses\s+(above|below)\s+\S/;
const ON = /\s+on\s+\S+\s*$/i;

/**
 * @param {string} text
 * @param {number} position
 * @param {string} suggestion
 */
export function applySuggestion(text, position, suggestion) {
  // "z > 2" for a text that is no rule yet.
  if (WHOLE.test(suggestion)) return at(suggestion, suggestion.length);
  // "on 1m" has its place at the end, whatever it is that looks back too far.
  if (/^on /.test(suggestion)) return at(`${text.replace(ON, "").trimEnd()} ${suggestion}`);
  const { from, to, piece } = place(text, position, suggestion);
  // Words need a blank between them and what follows.
  const blank = /\w$/.test(piece) && /^\w/.test(text.slice(to)) ? " " : "";
  const made = text.slice(0, from) + piece + blank;
  return at(made + text.slice(to), made.length);
}

/** @type {(text: string, cursor?: number) => { text: string, cursor: number }} */
const at = (text, cursor = text.length) => ({ text, cursor });

// Which part of the text gives way, and to what.
/**
 * @param {string} text
 * @param {number} position
 * @param {string} suggestion
 */
function place(text, position, suggestion) {
  const before = text.slice(0, position);
  const rest = text.slice(position);
  if (suggestion === "and" && /^[<>]/.test(rest)) {
    // "1 < z < 2": the second comparison wants its own z.
    const middle = before.match(/([A-Za-z_]\w*(?:\([^()]*\))?|\|[^|]+\|)\s*$/)?.[1] ?? "";
    return { from: position, to: position, piece: `and ${middle} ` };
  }
  if (/^[<>]/.test(suggestion)) {
    const from = position - (before.match(/[=<>!]*$/)?.[0].length ?? 0);
    return { from, to: position + (rest.match(/^[=<>!]*/)?.[0].length ?? 0), piece: suggestion };
  }
  if (CALL.test(suggestion)) return placeCall(text, position, suggestion);
  const missing = /^[,)]/.test(suggestion) || (/^[A-Za-z]/.test(suggestion) && /^\d/.test(rest));
  if (missing) return { from: position, to: position, piece: suggestion };
  // A number goes with its unit.
  const wrong = rest.match(/^(?:\d[\d.]*\s*(?:%|[A-Za-z]\w*)?|\w+|\S)/)?.[0] ?? "";
  return { from: position, to: position + wrong.length, piece: suggestion };
}

// "price(BTCUSDT)" in place of a bare "price", or of one with something else in its brackets.
/**
 * @param {string} text
 * @param {number} position
 * @param {string} suggestion
 */
function placeCall(text, position, suggestion) {
  const name = suggestion.slice(0, suggestion.indexOf("("));
  const inside = text.slice(0, position).match(/([A-Za-z_]\w*)\(\s*$/);
  const from = inside?.index !== undefined && inside[1].toLowerCase() === name ? inside.index : position;
  const whole = text.slice(from).match(/^[A-Za-z_]\w*(?:\([^()]*\))?/)?.[0] ?? "";
  return { from, to: from + whole.length, piece: suggestion };
}
