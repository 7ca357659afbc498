// How old what the engine reported is by now. Ages in a status are of the moment it was made; here they grow by this
// browser's own clock, so that what stopped cannot look alive.

// For how long nothing may come where something is due every second: doubtful, and a fault.
/** @import { ConnectionStatus, Status } from "./contract.d.ts" */

export const DOUBTFUL_AFTER = 6000;
export const SILENT_AFTER = 7500;

const KEPT = 30;

const clock = () => performance.timeOrigin + performance.now();

export class Freshness {
  constructor() {
    /** @type {Status | null} */
    this.status = null;
    /** @type {number[]} */
    this.offsets = [];
    /** @type {number | null} */
    this.moved = null;
    /** @type {Map<string, number>} */
    this.traded = new Map();
  }

  /** @param {Status} status */
  take(status) {
    const restarted = this.status !== null && this.status.started !== status.started;
    if (restarted) this.offsets = [];
    // The smallest of late offsets is that of the message that came fastest: one that waited on its way is old when it
    // comes.
    this.offsets.push(clock() - status.now);
    if (this.offsets.length > KEPT) this.offsets.shift();
    if (this.status === null || restarted || this.status.market_time !== status.market_time) {
      const first = this.status === null;
      this.moved = status.now - (first ? newestFrame(status) : 0);
    }
    this.status = status;
  }

  // By how much the ages in the status have grown.
  get since() {
    if (this.status === null) return 0;
    return Math.max(0, clock() - Math.min(...this.offsets) - this.status.now);
  }

  // The market's clock now (ms), as far as it is known.
  get marketNow() {
    return this.status?.market_time ? this.status.market_time + this.since : clock();
  }

  // A trade was seen: what a status said before is overtaken.
  /** @param {string} symbol */
  heard(symbol) {
    this.traded.set(symbol, clock());
  }

  /** @param {string | null | undefined} name */
  connection(name) {
    return this.status?.connections.find((each) => each.name === name);
  }

  // For how long nothing that was due has come on a connection.
  /** @param {ConnectionStatus} connection */
  silence(connection) {
    return connection.paused ? 0 : connection.silent_ms + this.since;
  }

  /** @param {string} symbol */
  health(symbol) {
    return this.status?.symbols.find((each) => each.symbol === symbol);
  }

  // Since the last trade of a symbol was received; null where there was none.
  /** @param {string} symbol */
  age(symbol) {
    const reported = this.health(symbol)?.age_ms;
    const seen = this.traded.get(symbol);
    const ages = [];
    if (reported !== null && reported !== undefined) ages.push(reported + this.since);
    if (seen !== undefined) ages.push(clock() - seen);
    return ages.length ? Math.min(...ages) : null;
  }

  // For how long nothing has come on the connection that carries a symbol's trades; null where there is none yet.
  /** @param {string} symbol */
  silenceOf(symbol) {
    const carrier = this.connection(this.health(symbol)?.connection);
    return carrier === undefined ? null : this.silence(carrier);
  }

  // For how long all of these symbols have lacked whatever was due, where that is a fault; else null.
  /** @param {string[]} symbols */
  fault(symbols) {
    const silences = symbols.map((symbol) => this.silenceOf(symbol)).filter((silence) => silence !== null);
    if (!silences.length || silences.length < symbols.length) return null;
    const least = Math.min(...silences);
    return least >= SILENT_AFTER ? least : null;
  }

  // For how long the market's own clock has stood still.
  get still() {
    return this.status === null || this.moved === null ? 0 : Math.max(0, this.status.now + this.since - this.moved);
  }
}

/** @type {(status: Status) => number} */
const newestFrame = (status) => {
  const ages = status.connections.map((each) => each.last_frame_age_ms).filter((age) => age !== null);
  return ages.length ? Math.min(...ages) : 0;
};
