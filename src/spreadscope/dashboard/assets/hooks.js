// Counters and the values last drawn, for tests and for whoever looks into the console. Nothing reads them back.

/**
 * @import { IRange, Time } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { EngineState } from "./contract.d.ts"
 * @import { SocketState } from "./liveness.js"
 */
/**
 * @typedef {object} Hooks
 * @property {number} mounts
 * @property {number} snapshots
 * @property {number} updates
 * @property {number} frames
 * @property {string | null} pair
 * @property {string | null} timeframe
 * @property {EngineState["state"] | null} engine
 * @property {SocketState | null} socket
 * @property {number | null} lastBarTime
 * @property {number | null} lastRowTime
 * @property {number} points
 * @property {number} signals
 * @property {string[]} signalMarks
 * @property {number} alertLevels
 * @property {number[]} alertMarks
 * @property {IRange<Time> | null} visible
 * @property {number | null} closeY of the open bar of Y, as drawn
 * @property {[number, number] | null} tradesY its open time and count of trades
 * @property {number} drawnAt when (ms since 1970)
 */

/** @type {Hooks} */
export const hooks = {
  mounts: 0,
  snapshots: 0,
  updates: 0,
  frames: 0,
  pair: null,
  timeframe: null,
  engine: null,
  socket: null,
  lastBarTime: null,
  lastRowTime: null,
  points: 0,
  signals: 0,
  signalMarks: [],
  alertLevels: 0,
  alertMarks: [],
  visible: null,
  closeY: null,
  tradesY: null,
  drawnAt: 0,
};

Object.assign(window, { __spreadscope: hooks });
