// The socket to the dashboard's own server: reconnects by itself and subscribes anew.

/**
 * @import { Message, Request } from "./contract.d.ts"
 * @import { SocketState } from "./liveness.js"
 */

const FIRST_DELAY = 500;
const LONGEST_DELAY = 3000;
const RETRY_TOPIC = 1000;

export class Connection {
  // onMessage(message) for what the engine or the relay says; onState("connecting" | "open" | "closed").
  /**
   * @param {string} path
   * @param {(message: Message) => void} onMessage
   * @param {(state: SocketState) => void} onState
   */
  constructor(path, onMessage, onState) {
    const url = new URL(path, window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.url = url;
    this.onMessage = onMessage;
    this.onState = onState;
    /** @type {Set<string>} */
    this.topics = new Set();
    /** @type {Set<number>} */
    this.timers = new Set();
    this.delay = FIRST_DELAY;
    this.ended = false;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.wake = () => this.#retryNow();
    document.addEventListener("visibilitychange", this.wake);
    window.addEventListener("online", this.wake);
    this.#open();
  }

  /** @param {string} topic */
  subscribe(topic) {
    this.topics.add(topic);
    this.#send({ op: "subscribe", topic, ref: topic });
  }

  /** @param {string} topic */
  unsubscribe(topic) {
    if (this.topics.delete(topic)) this.#send({ op: "unsubscribe", topic });
  }

  close() {
    this.ended = true;
    document.removeEventListener("visibilitychange", this.wake);
    window.removeEventListener("online", this.wake);
    for (const timer of this.timers) window.clearTimeout(timer);
    this.timers.clear();
    this.socket?.close();
  }

  #open() {
    if (this.ended) return;
    this.onState("connecting");
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.addEventListener("open", () => {
      if (this.ended) return;
      this.delay = FIRST_DELAY;
      this.onState("open");
      for (const topic of this.topics) this.#send({ op: "subscribe", topic, ref: topic });
    });
    socket.addEventListener("message", (event) => {
      if (!this.ended) this.#receive(JSON.parse(event.data));
    });
    socket.addEventListener("close", () => {
      if (this.ended || this.socket !== socket) return;
      this.socket = null;
      this.onState("closed");
      // Jitter keeps a room full of tabs from returning in one instant.
      this.retry = this.#later(() => this.#open(), this.delay * (0.8 + 0.4 * Math.random()));
      this.delay = Math.min(this.delay * 2, LONGEST_DELAY);
    });
  }

  /** @param {Message} message */
  #receive(message) {
    this.onMessage(message);
    if (message.type !== "error" || !this.topics.has(message.topic)) return;
    // A pair that is not there may come back, with an engine that is just starting or by another tab's hand.
    this.#later(() => this.topics.has(message.topic) && this.subscribe(message.topic), RETRY_TOPIC);
  }

  #retryNow() {
    if (document.hidden || this.socket || !this.retry) return;
    window.clearTimeout(this.retry);
    this.timers.delete(this.retry);
    this.delay = FIRST_DELAY;
    this.#open();
  }

  /**
   * @param {() => void} action
   * @param {number} delay
   */
  #later(action, delay) {
    const timer = window.setTimeout(() => {
      this.timers.delete(timer);
      action();
    }, delay);
    this.timers.add(timer);
    return timer;
  }

  /** @param {Request} request */
  #send(request) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(request));
  }
}
