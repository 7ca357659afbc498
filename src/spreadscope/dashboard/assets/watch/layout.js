// How a line of the watch list is laid out: in one row of columns, or in two where the page is narrow.

/** @import { Column } from "./columns.js" */
/**
 * @typedef {"" | "name" | "main" | "words" | "more" | "trail"} Place in a narrow line
 * @typedef {object} Layout
 * @property {boolean} narrow
 * @property {number} height of a line, in pixels
 * @property {string} template of the grid's columns; empty in a narrow line
 * @property {string} least width of a line; empty in a narrow one
 * @property {{ column: Column, place: Place }[]} cells
 */

const NARROW = 620; // pixels
const HEIGHT = 30;
const NARROW_HEIGHT = 52;
const SHORTEST_NAME = 14;
const LONGEST_NAME = 40;
const MENU = "28px";

/**
 * @param {Column[]} chosen
 * @param {number} width of the page, in pixels
 * @param {number} longest name of a pair, in characters
 * @returns {Layout}
 */
export function layoutOf(chosen, width, longest) {
  if (width > 0 && width < NARROW) return narrow(chosen);
  const name = Math.max(SHORTEST_NAME, Math.min(LONGEST_NAME, longest + 2));
  const widths = chosen.map((column) => (column.kind === "name" ? name : column.width));
  const columns = chosen.map(({ kind }, index) => `minmax(${widths[index]}ch, ${kind === "name" ? 1.5 : 1}fr)`);
  return {
    narrow: false,
    height: HEIGHT,
    template: [...columns, MENU].join(" "),
    least: `calc(${widths.reduce((sum, each) => sum + each, 0)}ch + ${MENU})`,
    cells: chosen.map((column) => ({ column, place: "" })),
  };
}

// Two rows: the name and z; the state, one more figure and the trail.
/** @type {(chosen: Column[]) => Layout} */
function narrow(chosen) {
  const figures = chosen.filter(({ kind }) => kind === "figure");
  const main = figures.find(({ key }) => key === "z") ?? figures[0];
  /** @type {[Place, Column | undefined][]} */
  const places = [
    ["name", chosen.find(({ kind }) => kind === "name")],
    ["main", main],
    ["words", chosen.find(({ kind }) => kind === "words")],
    ["more", figures.find((each) => each !== main)],
    ["trail", chosen.find(({ kind }) => kind === "trail")],
  ];
  const cells = places.flatMap(([place, column]) => (column ? [{ column, place }] : []));
  return { narrow: true, height: NARROW_HEIGHT, template: "", least: "", cells };
}

// The lines that are in sight and some above and below, so that scrolling meets no empty place: [first, end).
/**
 * @param {number} top where the view begins, in pixels
 * @param {number} room its height
 * @param {number} height of a line
 * @param {number} count of all lines
 * @returns {[number, number]}
 */
export function inSight(top, room, height, count) {
  const more = Math.ceil(room / height / 2) + 2;
  const first = Math.max(0, Math.floor(top / height) - more);
  const end = Math.min(count, Math.ceil((top + room) / height) + more);
  return [Math.min(first, end), end];
}
