// What the user has chosen of the watch list: columns, order, filter and groups. Kept in the browser, and in a link
// that can be sent.

import { recall, remember } from "../alerts/remembered.js";
import { DEFAULT } from "./columns.js";
import { EVERYTHING } from "./filter.js";
import { readGroups } from "./groups.js";

/**
 * @import { Filter } from "./filter.js"
 * @import { Grouping, Groups } from "./groups.js"
 * @import { Order } from "./order.js"
 */
/**
 * @typedef {object} Choices
 * @property {string[]} columns
 * @property {Order} order
 * @property {Filter} filter
 * @property {Grouping} grouping
 * @property {Groups} groups
 */

const KEY = "watch";
const PARAMETER = "list";
const MOST_COLUMNS = 40;
const LONGEST_KEY = 60;
const LONGEST_LINK = 8000; // characters; browsers and servers refuse longer addresses

/** @returns {Choices} */
const defaults = () => ({
  columns: [...DEFAULT],
  order: { key: null, down: true },
  filter: { ...EVERYTHING },
  grouping: "",
  groups: {},
});

// Of a text that was kept or sent. What is missing or of another kind is as at first.
/** @type {(text: string | null) => Choices} */
function readChoices(text) {
  const found = parsed(text);
  const first = defaults();
  const columns = Array.isArray(found.columns) ? found.columns.filter(isKey).slice(0, MOST_COLUMNS) : [];
  const { key, down } = asObject(found.order);
  const { text: words, state, least, evidence } = asObject(found.filter);
  return {
    columns: columns.length ? [...new Set(columns)] : first.columns,
    order: { key: isKey(key) ? key : null, down: down !== false },
    filter: {
      text: typeof words === "string" ? words.slice(0, LONGEST_KEY) : "",
      state: state === "open" || state === "FLAT" || state === "LONG" || state === "SHORT" ? state : "",
      least: typeof least === "number" && least > 0 && least < 1000 ? least : 0,
      evidence: evidence === true,
    },
    grouping: found.grouping === "venue" || found.grouping === "base" || found.grouping === "own" ? found.grouping : "",
    groups: readGroups(found.groups),
  };
}

/** @type {(found: unknown) => found is string} */
const isKey = (found) => typeof found === "string" && found.length > 0 && found.length <= LONGEST_KEY;

/** @type {(found: unknown) => Record<string, unknown>} */
const asObject = (found) =>
  typeof found === "object" && found !== null ? /** @type {Record<string, unknown>} */ (found) : {};

/** @type {(text: string | null) => Record<string, unknown>} */
function parsed(text) {
  if (!text || text.length > LONGEST_LINK) return {};
  try {
    return asObject(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // somebody's own writing
    throw error;
  }
}

// A link goes first; it is kept only once something is changed.
/** @type {(search: string) => Choices} */
export const begun = (search) => readChoices(new URLSearchParams(search).get(PARAMETER) ?? recall(KEY));

/** @type {(choices: Choices) => void} */
export const keep = (choices) => remember(KEY, JSON.stringify(choices));

// The address of this list; null where it would be too long to be sent.
/** @type {(address: string, choices: Choices) => string | null} */
export function linkTo(address, choices) {
  const url = new URL(address);
  url.searchParams.set(PARAMETER, JSON.stringify(choices));
  return url.href.length > LONGEST_LINK ? null : url.href;
}
