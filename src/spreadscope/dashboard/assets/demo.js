// What the data of a demo are, in words. They are made up, or a recording of a market that is not the market now.

/** @import { Status } from "./contract.d.ts" */

/** @type {(status: Pick<Status, "source">) => boolean} */
export const isRecording = (status) => status.source.startsWith("recording ");

/** @type {(status: Pick<Status, "source">) => string} */
export const demoWords = (status) =>
  isRecording(status) ? "a recording of a market, not the market now" : "made up, not market data";
