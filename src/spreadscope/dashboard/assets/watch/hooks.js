// Counters for tests and for whoever looks into the console. Nothing reads them back.

/**
 * @typedef {object} Hooks
 * @property {number} mounts
 * @property {number} snapshots
 * @property {number} updates
 * @property {number} draws
 * @property {number} cells
 * @property {number} lines
 */

/** @type {Hooks} */
export const hooks = { mounts: 0, snapshots: 0, updates: 0, draws: 0, cells: 0, lines: 0 };

Object.assign(window, { __spreadscopeWatch: hooks });
