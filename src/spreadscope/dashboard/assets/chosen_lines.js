// Which lines of statistics are drawn: as they are declared, until somebody chooses otherwise in this browser.

import { recall, remember } from "./alerts/remembered.js";

const KEY = "lines";

function remembered() {
  try {
    const kept = JSON.parse(recall(KEY) ?? "{}");
    return kept !== null && typeof kept === "object" ? kept : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // somebody else wrote there
    throw error;
  }
}

let choices = remembered();

export const isDrawn = ({ key, line }) => line !== null && (choices[key] ?? line.chosen);

// Signals and bands lie on some lines, which therefore always stay.
export const mayBeHidden = ({ line }) => line !== null && !line.thresholds && line.bands === null;

export function toggle(statistic) {
  choices = { ...choices, [statistic.key]: !isDrawn(statistic) };
  remember(KEY, JSON.stringify(choices));
}
