// The signs on the buttons: drawn, for not every font has them.

import { svg } from "../lab/svg.js";

/** @type {Record<string, string>} */
const PATHS = {
  play: "M4 2 L14 8 L4 14 Z",
  pause: "M4 2 H7 V14 H4 Z M9 2 H12 V14 H9 Z",
  step: "M3 2 L10 8 L3 14 Z M11 2 H13 V14 H11 Z",
  next: "M2 2 L8 8 L2 14 Z M8 2 L14 8 L8 14 Z",
  previous: "M14 2 L8 8 L14 14 Z M8 2 L2 8 L8 14 Z",
};

/** @typedef {"play" | "pause" | "step" | "next" | "previous"} Sign */

// Shows a sign in a button, in place of the one before.
/**
 * @param {HTMLElement} button
 * @param {Sign} sign
 */
export function showSign(button, sign) {
  if (button.dataset.sign === sign) return;
  button.dataset.sign = sign;
  const icon = svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" });
  icon.append(svg("path", { d: PATHS[sign] ?? "", fill: "currentColor" }));
  button.replaceChildren(icon);
}
