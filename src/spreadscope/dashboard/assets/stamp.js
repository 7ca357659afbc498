// A moment in UTC, with the clock of this browser when one hovers over it.

import { element } from "./dom.js";
import { dateAndClock, localTime } from "./format.js";

/** @param {number} time */
export function stamped(time) {
  const stamp = element("time", "", `${dateAndClock(time)} UTC`);
  const local = localTime(time);
  if (local) stamp.title = `${local} here`;
  return stamp;
}
