// Groups of the watch list: by venue, by base asset, or as the user has named them.

/** @import { Watched } from "./rows.js" */
/**
 * @typedef {"" | "venue" | "base" | "own"} Grouping
 * @typedef {Record<string, string[]>} Groups the pairs of each group, by its name
 * @typedef {{ name: string, pairs: Watched[] }} Section
 */

const MOST_GROUPS = 50;
export const LONGEST_NAME = 40;
const MOST_MEMBERS = 1000;

const OTHERS = "In no group";
// A bare symbol is of the default venue, as the engine has it.
const DEFAULT_VENUE = "binance-futures";
const QUOTE = /(USDT|USDC|FDUSD|TUSD|BUSD|USD1|USD|EUR|TRY|BRL|BTC|ETH|BNB)(_\w+)?$/;

/** @type {(symbol: string) => { venue: string, name: string }} */
function split(symbol) {
  const at = symbol.indexOf(":");
  return at < 0 ? { venue: DEFAULT_VENUE, name: symbol } : { venue: symbol.slice(0, at), name: symbol.slice(at + 1) };
}

/** @type {(pair: string) => string} */
function venueOf(pair) {
  const venues = [...new Set(pair.split("/").map((symbol) => split(symbol).venue))];
  return venues.join(" and ");
}

// Of Y: what is left of its symbol without the asset that it is quoted in.
/** @type {(pair: string) => string} */
function baseOf(pair) {
  const { name } = split(pair.split("/")[0] ?? "");
  return name.replace(QUOTE, "") || name;
}

/** @type {(groups: Groups, pair: string) => string | null} */
export const groupOf = (groups, pair) => Object.entries(groups).find(([, pairs]) => pairs.includes(pair))?.[0] ?? null;

// A pair is in one group at most; a group without pairs goes. An empty name takes it out.
/** @type {(groups: Groups, pair: string, name: string) => Groups} */
export function assigned(groups, pair, name) {
  const wanted = name.trim().slice(0, LONGEST_NAME);
  /** @type {[string, string[]][]} */
  const others = Object.entries(groups).map(([each, pairs]) => [each, pairs.filter((member) => member !== pair)]);
  if (wanted) {
    const known = others.find(([each]) => each === wanted);
    if (known) known[1].push(pair);
    else if (others.length < MOST_GROUPS) others.push([wanted, [pair]]);
  }
  return Object.fromEntries(others.filter(([, pairs]) => pairs.length));
}

// Of what a browser or a link has kept; what is no groups is none.
/** @type {(found: unknown) => Groups} */
export function readGroups(found) {
  if (typeof found !== "object" || found === null || Array.isArray(found)) return {};
  const seen = new Set();
  /** @type {[string, string[]][]} */
  const kept = Object.entries(found)
    .slice(0, MOST_GROUPS)
    .flatMap(([name, pairs]) => {
      if (!name.trim() || !Array.isArray(pairs)) return [];
      const own = pairs
        .filter((pair) => typeof pair === "string" && !seen.has(pair) && seen.add(pair))
        .slice(0, MOST_MEMBERS);
      return own.length ? [[name.trim().slice(0, LONGEST_NAME), own]] : [];
    });
  return Object.fromEntries(kept);
}

// The pairs in sections, each in the order that they had; one section without a name where nothing is grouped.
/**
 * @param {Watched[]} pairs
 * @param {Grouping} grouping
 * @param {Groups} groups
 * @returns {Section[]}
 */
export function sectionsOf(pairs, grouping, groups) {
  if (grouping === "") return [{ name: "", pairs }];
  /** @type {(pair: string) => string} */
  const nameOf =
    grouping === "venue" ? venueOf : grouping === "base" ? baseOf : (pair) => groupOf(groups, pair) ?? OTHERS;
  /** @type {Map<string, Watched[]>} */
  const sections = new Map();
  for (const watched of pairs) {
    const name = nameOf(watched.pair);
    const section = sections.get(name);
    if (section) section.push(watched);
    else sections.set(name, [watched]);
  }
  const names = [...sections.keys()].sort((one, other) =>
    grouping === "own" && (one === OTHERS) !== (other === OTHERS)
      ? Number(one === OTHERS) - Number(other === OTHERS)
      : one < other
        ? -1
        : 1,
  );
  return names.map((name) => ({ name, pairs: sections.get(name) ?? [] }));
}
