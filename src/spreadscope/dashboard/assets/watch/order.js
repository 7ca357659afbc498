// The order of the watch list: by a column of it, up or down.

/**
 * @import { Row } from "../contract.d.ts"
 * @import { Column } from "./columns.js"
 * @import { Watched } from "./rows.js"
 *
 * @typedef {{ key: string | null, down: boolean }} Order the column, or none: as the engine tells them
 */

// A press on a column's head: names begin with the first, figures with the largest; once more turns it over.
/** @type {(order: Order, key: string) => Order} */
export const pressed = (order, key) => ({ key, down: order.key === key ? !order.down : key !== "pair" });

// How old the older leg's price was (ms); null where one of them has none.
/** @type {(row: Row) => number | null} */
export const oldestAge = ({ age_y, age_x }) => (age_y === null || age_x === null ? null : Math.max(age_y, age_x));

// What has no number comes last, whichever way the rest runs.
/**
 * @param {Watched[]} pairs
 * @param {Order} order
 * @param {Column[]} columns
 */
export function sorted(pairs, { key, down }, columns) {
  const column = columns.find((each) => each.key === key);
  if (column === undefined) return pairs;
  const placed = pairs.map((watched) => ({ watched, by: column.place(watched) }));
  placed.sort((one, other) => {
    if (one.by === null || other.by === null) return Number(one.by === null) - Number(other.by === null);
    const names = one.watched.pair < other.watched.pair ? -1 : 1;
    const order = one.by < other.by ? -1 : one.by > other.by ? 1 : names;
    return down ? -order : order;
  });
  return placed.map(({ watched }) => watched);
}
