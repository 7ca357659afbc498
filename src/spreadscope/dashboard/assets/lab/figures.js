// Figures as tables: of each set of parameters, and of each leg. Every figure explains itself.

import { element } from "../dom.js";
import { written } from "../format.js";

/** @import { LegStudy, StudyFigure, StudySet, Value } from "../contract.d.ts" */

/**
 * @param {Value} value
 * @param {string} format
 */
function figureText([number, reason], format) {
  return number === null ? (reason ?? "no number") : written(format)(number);
}

// The figures of the sets beside each other.
/** @param {StudySet[]} sets */
export function figureTable(sets) {
  const names = sets.length > 1 ? sets.map((set, index) => `Set ${"AB"[index]}${changed(sets, set)}`) : ["value"];
  const columns = sets.map((set) => [...set.figures, ...set.backtest.figures]);
  return rowsOf(columns, names);
}

/** @param {LegStudy[]} legs */
export function legTable(legs) {
  return rowsOf(
    legs.map(({ figures }) => figures),
    legs.map(({ symbol, source }) => `${symbol} (${source})`),
  );
}

/**
 * @param {StudyFigure[][]} columns
 * @param {string[]} names
 */
function rowsOf(columns, names) {
  const scroll = element("div", "scroll");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Table of figures");
  const table = element("table", "figures");
  table.style.setProperty("--columns", String(names.length));
  const head = element("tr");
  for (const name of ["", ...names, "what it is"]) {
    const cell = element("th", "", name);
    cell.scope = "col";
    head.append(cell);
  }
  const body = element("tbody");
  (columns[0] ?? []).forEach((figure, index) => {
    const row = element("tr");
    row.dataset.key = figure.key;
    const name = element("th", "", figure.label);
    name.scope = "row";
    row.append(name);
    for (const column of columns) {
      const found = column[index];
      const cell = element("td", "", found ? figureText(found.value, found.format) : "");
      cell.classList.toggle("missing", found?.value[0] === null);
      row.append(cell);
    }
    row.append(element("td", "help", figure.help));
    body.append(row);
  });
  const thead = element("thead");
  thead.append(head);
  table.append(thead, body);
  scroll.append(table);
  return scroll;
}

// What of a set differs from the other one, in short.
/**
 * @param {StudySet[]} sets
 * @param {StudySet} set
 */
function changed(sets, set) {
  const other = sets.find((each) => each !== set);
  if (!other) return "";
  const parts = Object.entries(set.settings)
    .filter(([key, value]) => other.settings[key] !== value)
    .map(([key, value]) => `${key.split(".")[1]} ${value}`);
  if (set.fee_bps !== other.fee_bps) parts.push(`fee ${set.fee_bps} bp`);
  return parts.length ? ` (${parts.join(", ")})` : "";
}
