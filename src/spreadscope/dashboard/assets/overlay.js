// Says in words, over the chart, why nothing moves: loading, lost, silent or refused.

import { element, setData, setText } from "./dom.js";
import { age, clock } from "./format.js";

export class Overlay {
  constructor() {
    this.root = element("div", "overlay");
    this.root.setAttribute("role", "status");
    this.title = element("strong");
    this.words = element("span");
    this.root.append(this.title, this.words);
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

  draw(hasData, lastTime, starting) {
    const shown = this.#words(hasData, starting);
    this.root.hidden = shown === null;
    setData(this.root, "state", shown?.state);
    if (shown === null) return;
    const since = hasData && lastTime !== null && shown.state !== "refused" ? ` The chart ends at ${clock(lastTime)} UTC.` : "";
    setText(this.title, shown.title);
    setText(this.words, shown.words + since);
    this.root.classList.toggle("solid", !hasData);
  }

  #words(hasData, starting) {
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
    return hasData ? null : { state: "loading", title: "Loading", words: "The first bars are on their way." };
  }
}

function sentence(text) {
  const trimmed = (text || "no reason was given").trim();
  const begun = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
