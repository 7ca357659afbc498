// The enums of the contract of which a page lists every member, in their order.
// Generated from spreadscope.contract by `python scripts/contract_types.py`: change the enums, not this file.

/** @import { Severity, Timeframe } from "./contract.d.ts" */

/** @type {readonly Severity[]} */
export const SEVERITIES = ["info", "warning", "critical"];

/** @type {readonly Timeframe[]} */
export const TIMEFRAMES = ["1s", "1m", "5m"];
