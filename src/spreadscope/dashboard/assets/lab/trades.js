// The round trips of a quick backtest, newest first.

import { element } from "../dom.js";
import { dateAndClock, duration, fixed } from "../format.js";

/** @import { StudySet, StudyTrade } from "../contract.d.ts" */

const SHOWN = 200;

/**
 * @param {StudySet} set
 * @param {string} letter names the set where there are two
 */
export function trades({ backtest: { trades: all, skipped } }, letter) {
  const holder = element("div", "trades");
  const name = letter ? `Set ${letter}: ` : "";
  const skippedWords = skipped
    ? ` ${skipped} signals could not be traded: there was no later bar with both prices.`
    : "";
  const newest = all.length > SHOWN ? ` The newest ${SHOWN} are listed.` : "";
  const count = all.length ? `${all.length} round trips.` : "No round trip.";
  holder.append(element("p", "", `${name}${count}${newest}${skippedWords}`));
  if (!all.length) return holder;
  const scroll = element("div", "scroll tall");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", `${name}round trips`);
  const table = element("table");
  const head = element("tr");
  for (const title of ["entered (UTC)", "held", "spread", "z", "β", "gross bp", "fees bp", "net bp", "left because"]) {
    const cell = element("th", "", title);
    cell.scope = "col";
    head.append(cell);
  }
  const thead = element("thead");
  thead.append(head);
  const body = element("tbody");
  for (const trade of all.slice(-SHOWN).reverse()) body.append(rowOf(trade));
  table.append(thead, body);
  scroll.append(table);
  holder.append(scroll);
  return holder;
}

/** @param {StudyTrade} trade */
function rowOf({ side, entry_time: from, exit_time: to, entry_z: z, beta, gross, fees, net, cause }) {
  const row = element("tr");
  const cells = [
    dateAndClock(from),
    to === null ? "to the end" : duration((to - from) / 1000),
    side === "LONG" ? "bought" : "sold",
    z === null ? "" : fixed(z, 2, { sign: true }),
    fixed(beta, 3),
    fixed(gross, 1, { sign: true }),
    fixed(fees, 1),
    fixed(net, 1, { sign: true }),
    cause ?? "open at the end",
  ];
  cells.forEach((text, index) => row.append(element(index === 0 ? "th" : "td", "", text)));
  row.dataset.net = net < 0 ? "loss" : "profit";
  return row;
}
