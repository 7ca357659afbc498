// Completing the text of a rule: which names fit where the cursor is, and what becomes of the text. No screen here.

import { TIMEFRAMES } from "../enums.js";

/** @import { Term } from "../contract.d.ts" */
/**
 * @typedef {{ pairs: string[], symbols: string[], subject: string }} Watched
 *
 * @typedef {object} Item
 * @property {string} name
 * @property {Term["kind"] | "subject"} kind
 * @property {string} unit
 * @property {string} meaning
 * @property {string} [example]
 * @property {string} insert
 *
 * @typedef {{ from: number, to: number, typed: string, items: Item[] }} Offer
 */

const MOST = 12;
const WORD = /[A-Za-z_][A-Za-z0-9_]*$/;
// Inside the parentheses of a name: "price(BT", "z(BTCUSDT/E", also "abs(".
const INSIDE = /([A-Za-z_][A-Za-z0-9_]*)\(\s*([A-Za-z0-9_/ ]*)$/;
// Quantities of a symbol that a rule of a pair may name bare: the worse of both legs.
const OF_BOTH_LEGS = new Set(["age", "gap", "lag"]);

// `vocabulary`: as the engine tells it. `watched`: {pairs, symbols, subject}. Gives {from, to, items} or null; each
// item is {name, kind, unit, meaning, insert}.
/**
 * @param {string} text
 * @param {number} cursor
 * @param {Term[]} vocabulary
 * @param {Watched} watched
 * @returns {Offer | null}
 */
export function completions(text, cursor, vocabulary, watched) {
  const before = text.slice(0, cursor);
  const inside = before.match(INSIDE);
  const owner = inside && vocabulary.find((entry) => entry.name === inside[1].toLowerCase());
  if (owner && (owner.kind === "pair" || owner.kind === "symbol")) {
    const typed = inside[2].replace(/^\s+/, "");
    return offer(subjects(owner.kind, watched), typed, cursor);
  }
  const typed = before.match(WORD)?.[0] ?? "";
  if (/\d$/.test(before.slice(0, before.length - typed.length))) return null; // a number with its unit: 30s, 2m
  return offer(
    vocabulary.map((entry) => ({ ...entry, insert: insertion(entry, watched) })),
    typed,
    cursor,
  );
}

/**
 * @param {Item[]} entries
 * @param {string} typed
 * @param {number} cursor
 * @returns {Offer | null}
 */
function offer(entries, typed, cursor) {
  const wanted = typed.toLowerCase();
  const starts = entries.filter(({ name }) => name.toLowerCase().startsWith(wanted));
  const holds = entries.filter(
    ({ name }) => !name.toLowerCase().startsWith(wanted) && name.toLowerCase().includes(wanted),
  );
  // The name as typed first, then the nearest in length.
  starts.sort((a, b) => (wanted ? a.name.length - b.name.length : 0));
  const items = [...starts, ...(wanted ? holds : [])].slice(0, MOST);
  return items.length ? { from: cursor - typed.length, to: cursor, typed, items } : null;
}

// What is watched and fits: the rule's own legs first.
/**
 * @param {"pair" | "symbol"} kind
 * @param {Watched} watched
 * @returns {Item[]}
 */
function subjects(kind, { pairs, symbols, subject }) {
  const names = kind === "pair" ? [...pairs] : [...symbols];
  const own = new Set([subject, ...subject.split("/")]);
  names.sort((a, b) => Number(own.has(b)) - Number(own.has(a)));
  const every = [...names, kind === "pair" ? "any pair" : "any symbol"];
  return every.map((name) => ({
    name,
    kind: "subject",
    unit: "",
    meaning: name.startsWith("any") ? "each one, also those to come" : "",
    insert: `${name})`,
  }));
}

/**
 * @param {Term} term
 * @param {Watched} watched
 */
function insertion({ name, kind }, { subject }) {
  if (kind === "function") return `${name}(`;
  if (kind === "word") return `${name} `;
  const ofPair = subject.includes("/") || subject === "any pair";
  const needsSubject = (kind === "symbol" && ofPair && !OF_BOTH_LEGS.has(name)) || (kind === "pair" && !ofPair);
  return needsSubject ? `${name}(` : name;
}

// The text with `item` in place of what was typed, and where the cursor goes.
/**
 * @param {string} text
 * @param {Pick<Offer, "from" | "to">} range
 * @param {Pick<Item, "insert">} item
 */
export function complete(text, { from, to }, item) {
  const rest = text.slice(to);
  // A parenthesis or blank that is there already is not doubled.
  const last = item.insert.slice(-1);
  const insert = rest.startsWith(last) && !/[A-Za-z0-9_]/.test(last) ? item.insert.slice(0, -1) : item.insert;
  const skipped = insert === item.insert ? 0 : 1;
  return { text: text.slice(0, from) + insert + rest, cursor: from + insert.length + skipped };
}

// The engine counts characters, a browser counts UTF-16 units.
/** @type {(text: string, position: number) => number} */
export const unitsAt = (text, position) => [...text].slice(0, position).join("").length;

const FOR = /\s+for\s+(\d+(?:\.\d+)?\s*(?:s|m|h|bars?))\b/i;
const ON = new RegExp(`\\s+on\\s+(?:${TIMEFRAMES.join("|")})\\s*$`, "i");

// The part "for 30s" of a text, and a text with another such part; an empty one takes it out.
/** @type {(text: string) => string} */
export const forPart = (text) => text.match(FOR)?.[1] ?? "";

/**
 * @param {string} text
 * @param {string} part
 */
export function withFor(text, part) {
  const without = text.replace(FOR, "");
  if (!part) return without;
  const on = without.match(ON)?.[0] ?? "";
  return `${without.slice(0, without.length - on.length).trimEnd()} for ${part}${on}`;
}
