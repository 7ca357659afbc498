// Signals in words.

/** @import { Action, Signal } from "./contract.d.ts" */

// What speaks against an entry, in words; empty where nothing does, or where it is not known.
/** @type {(signal: Pick<Signal, "cautions">) => string} */
export const cautionWords = ({ cautions }) => (cautions?.length ? `against it: ${cautions.join(", ")}` : "");

/** @type {Record<Action, string>} */
export const actionWords = { BUY_SPREAD: "Buy spread", SELL_SPREAD: "Sell spread", EXIT: "Exit", HOLD: "Hold" };
