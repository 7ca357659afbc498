// Whether what is on the screen is the present, and if not, why, in words.

import { age } from "./format.js";

/** @import { EngineState } from "./contract.d.ts" */
/** @typedef {"connecting" | "open" | "closed"} SocketState */
/**
 * @typedef {object} Trouble
 * @property {"server" | "engine" | "loading" | "refused" | "silent" | "feed"} state
 * @property {string} title
 * @property {string} words
 *
 * @typedef {object} States
 * @property {EngineState["state"] | null} engine
 * @property {string} detail
 * @property {SocketState} socket
 * @property {string | null} topic
 * @property {number | null} silent
 * @property {number | null} feed
 * @property {boolean} demo
 */

// The engine tells its status every second.
export const SILENT_AFTER = 4000;

const AGAIN = "If it does not come back, start it again.";
const BUSY = "See whether its machine is out of processor or memory.";

export class Liveness {
  // `loading`: what to say until the first data are there.
  /** @param {string} loading */
  constructor(loading) {
    this.loading = loading;
    /** @type {States} */
    this.states = {
      engine: null,
      detail: "",
      socket: "connecting",
      topic: null,
      silent: null,
      feed: null,
      demo: false,
    };
  }

  /**
   * @param {EngineState["state"]} state
   * @param {string} detail
   */
  engine(state, detail) {
    this.states.engine = state;
    this.states.detail = detail;
  }

  /** @param {SocketState} state */
  socket(state) {
    this.states.socket = state;
  }

  /** @param {string | null} message */
  topic(message) {
    this.states.topic = message;
  }

  /** @param {number | null} milliseconds */
  silence(milliseconds) {
    this.states.silent = milliseconds;
  }

  // For how long nothing has come from the exchange, where that is a fault; `demo`: it is one of this machine.
  /**
   * @param {number | null} milliseconds
   * @param {boolean} demo
   */
  feed(milliseconds, demo) {
    this.states.feed = milliseconds;
    this.states.demo = demo;
  }

  // Whether the dashboard's own server is gone.
  get serverLost() {
    return this.states.socket !== "open" && this.states.engine !== null;
  }

  // Whether the engine's word is missing.
  get engineLost() {
    const { engine, socket, silent } = this.states;
    return socket !== "open" || engine === "lost" || silent !== null;
  }

  // Whether what is on the screen is not the present.
  get lost() {
    return this.engineLost || this.states.feed !== null;
  }

  // {state, title, words}, or null when all is well.
  /**
   * @param {boolean} hasData
   * @param {string} [starting]
   * @returns {Trouble | null}
   */
  words(hasData, starting) {
    const { engine, detail, socket, topic, silent, feed, demo } = this.states;
    const neverOpen = engine === null && socket === "connecting";
    if (socket !== "open" && !neverOpen) {
      return {
        state: "server",
        title: "Dashboard lost",
        words: `The dashboard's server does not answer. Reconnecting. ${AGAIN}`,
      };
    }
    if (engine === "lost") {
      return { state: "engine", title: "Engine lost", words: `${sentence(detail)} Reconnecting. ${AGAIN}` };
    }
    if (starting && !(hasData && topic === null)) {
      return { state: "loading", title: "Engine starting", words: sentence(starting) };
    }
    if (topic !== null) return { state: "refused", title: "No data", words: sentence(topic) };
    if (silent !== null) {
      return { state: "silent", title: "Engine silent", words: `It has said nothing for ${age(silent)}. ${BUSY}` };
    }
    if (feed !== null) {
      const look = demo
        ? "See whether the local exchange still runs."
        : "Check this machine's network and the exchange's news.";
      const old = `Nothing has come from it for ${age(feed)}. What you see is old: do not act on it.`;
      return { state: "feed", title: "Exchange silent", words: `${old} ${look} The engine connects again by itself.` };
    }
    return hasData ? null : { state: "loading", title: "Loading", words: this.loading };
  }
}

/** @param {string} text */
export function sentence(text) {
  const trimmed = (text || "no reason was given").trim();
  const begun = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
