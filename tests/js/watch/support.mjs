// Watched pairs as the engine tells them.

import { Watched } from "../../../src/spreadscope/dashboard/assets/watch/rows.js";
import { row } from "../support/contract.mjs";

/** @type {(pair: string, given?: object | null, more?: object) => any} */
export const told = (pair, given = {}, more = {}) => ({
  pair,
  row: given === null ? null : row({ pair, ...given }),
  trail: [],
  break_even: [1, null],
  entry: 2,
  stop: 4,
  ...more,
});

export const watched = (pair, given, more) => new Watched(told(pair, given, more));
