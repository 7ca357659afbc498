// The note below a figure, from its declaration: "z {kalman_z:signed:1}[ sd {kalman_sd_z:fixed:2}]".

import { written } from "./format.js";

/** @import { SignalState } from "./contract.d.ts" */

const FIELD = /\{(\w+)(?::([^}]+))?\}/g;
const OPTIONAL = /\[([^\]]*)\]/g;
const NOTHING = "\u2013";

/** @type {Record<SignalState, string>} */
const POSITIONS = { FLAT: "flat", LONG: "long spread", SHORT: "short spread" };

/** @type {(state: SignalState) => string} */
export const positionWords = (state) => POSITIONS[state];

// `numberOf(key)`: a number or null. A part in […] goes where one inside has no number, all of it where the first has
// none; others without a number are a dash.
/**
 * @param {string} template
 * @param {(key: string) => number | null} numberOf
 * @param {SignalState} [state]
 */
export function filled(template, numberOf, state) {
  /** @type {(key: string, format?: string) => string | null} */
  const text = (key, format) => {
    if (key === "state") return state === undefined ? null : positionWords(state);
    const value = numberOf(key);
    return value === null ? null : written(format ?? "")(value);
  };
  /** @type {(part: string) => (string | null)[]} */
  const fields = (part) => [...part.matchAll(FIELD)].map(([, key, format]) => text(key, format));
  const all = fields(template);
  if (all.length && all[0] === null) return "";
  return template
    .replace(OPTIONAL, (_, part) => (fields(part).includes(null) ? "" : part))
    .replace(FIELD, (_, key, format) => text(key, format) ?? NOTHING);
}
