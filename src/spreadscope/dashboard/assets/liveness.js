// Whether what is on the screen is the present, and if not, why, in words.

import { age } from "./format.js";

// The engine tells its status every second.
export const SILENT_AFTER = 4000;

export class Liveness {
  // `loading`: what to say until the first data are there.
  constructor(loading) {
    this.loading = loading;
    this.states = { engine: null, detail: "", socket: "connecting", topic: null, silent: null };
  }

  engine(state, detail) {
    this.states.engine = state;
    this.states.detail = detail;
  }

  socket(state) {
    this.states.socket = state;
  }

  topic(message) {
    this.states.topic = message;
  }

  silence(milliseconds) {
    this.states.silent = milliseconds;
  }

  // Whether what is on the screen is not the present.
  get lost() {
    const { engine, socket, silent } = this.states;
    return socket !== "open" || engine === "lost" || silent !== null;
  }

  // {state, title, words}, or null when all is well.
  words(hasData, starting) {
    const { engine, detail, socket, topic, silent } = this.states;
    const neverOpen = engine === null && socket === "connecting";
    if (socket !== "open" && !neverOpen) {
      return { state: "server", title: "Dashboard lost", words: "The dashboard's server does not answer. Reconnecting." };
    }
    if (engine === "lost") {
      return { state: "engine", title: "Engine lost", words: `${sentence(detail)} Reconnecting.` };
    }
    if (starting && !(hasData && topic === null)) {
      return { state: "loading", title: "Engine starting", words: sentence(starting) };
    }
    if (topic !== null) return { state: "refused", title: "No data", words: sentence(topic) };
    if (silent !== null) {
      return { state: "silent", title: "Engine silent", words: `Nothing has come for ${age(silent)}.` };
    }
    return hasData ? null : { state: "loading", title: "Loading", words: this.loading };
  }
}

export function sentence(text) {
  const trimmed = (text || "no reason was given").trim();
  const begun = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
