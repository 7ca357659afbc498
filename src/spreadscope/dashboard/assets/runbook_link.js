// The way from something red or orange to the page that says what to do.

import { element } from "./dom.js";

/** @import { Runbook } from "./contract.d.ts" */

// `base`: what every path of this server begins with.
/** @type {(base: string, runbook: Runbook) => HTMLAnchorElement} */
export function runbookLink(base, runbook) {
  const link = element("a", "runbook", "what to do");
  link.href = runbookAddress(base, runbook);
  link.target = "_blank";
  link.rel = "noopener";
  return link;
}

/** @type {(base: string, runbook: Runbook) => string} */
export const runbookAddress = (base, runbook) => `${base}/runbook/${runbook}`;
