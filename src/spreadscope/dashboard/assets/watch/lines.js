// The lines of the watch list from top to bottom: pairs that match, in their order, below the heads of their groups.

import { matches } from "./filter.js";
import { sectionsOf } from "./groups.js";
import { sorted } from "./order.js";

/**
 * @import { Choices } from "./choices.js"
 * @import { Column } from "./columns.js"
 * @import { Watched } from "./rows.js"
 *
 * @typedef {{ watched: Watched, head: null } | { watched: null, head: string }} Line
 */

/**
 * @param {Iterable<Watched>} pairs
 * @param {Choices} choices
 * @param {Column[]} columns
 * @returns {Line[]}
 */
export function linesOf(pairs, { order, filter, grouping, groups }, columns) {
  const shown = [...pairs].filter((watched) => matches(watched, filter));
  return sectionsOf(sorted(shown, order, columns), grouping, groups).flatMap(({ name, pairs: members }) => {
    /** @type {Line[]} */
    const lines = members.map((watched) => ({ watched, head: null }));
    return name && members.length ? [{ watched: null, head: `${name} (${members.length})` }, ...lines] : lines;
  });
}

/** @type {(one: Line[], other: Line[]) => boolean} */
export const sameLines = (one, other) =>
  one.length === other.length &&
  one.every(({ watched, head }, index) => watched === other[index].watched && head === other[index].head);

// The pair that is so many lines of pairs further; heads are stepped over. Null where there is none at all.
/** @type {(lines: Line[], active: string | null, steps: number) => string | null} */
export function stepped(lines, active, steps) {
  const pairs = lines.flatMap(({ watched }) => watched?.pair ?? []);
  if (!pairs.length) return null;
  const at = active === null ? -1 : pairs.indexOf(active);
  const wanted = at < 0 ? (steps < 0 ? pairs.length - 1 : 0) : at + steps;
  return pairs[Math.max(0, Math.min(pairs.length - 1, wanted))];
}
