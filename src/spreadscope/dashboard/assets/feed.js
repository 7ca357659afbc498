// One topic beside `status`, as a view needs it: what the engine says of it, and whether that is the present.

import { Connection } from "./connection.js";
import { Freshness } from "./freshness.js";
import { Liveness, SILENT_AFTER } from "./liveness.js";

/** @import { Message, Status } from "./contract.d.ts" */

/** @template Data what the engine says of the topic */
export class Feed {
  // `loading`: what to say until the first data are there. onData(type, data) for what is said of the topic; onChange()
  // after whatever may change what is to be seen, and every second, as ages grow by themselves.
  /**
   * @param {string} socket
   * @param {string} topic
   * @param {string} loading
   * @param {{ onData: (type: "snapshot" | "update", data: Data) => void, onChange: () => void }} listener
   */
  constructor(socket, topic, loading, { onData, onChange }) {
    this.topic = topic;
    this.liveness = new Liveness(loading);
    this.fresh = new Freshness();
    this.onData = onData;
    this.onChange = onChange;
    /** @type {Map<string, (type: "snapshot" | "update", data: unknown) => void>} */
    this.others = new Map();
    this.connection = new Connection(
      socket,
      (message) => this.#receive(message),
      (state) => {
        this.liveness.socket(state);
        if (this.connection) onChange(); // else it is being made, and nobody has it yet
      },
    );
    for (const each of [topic, "status"]) this.connection.subscribe(each);
    // A silence must show without a message that could announce it.
    this.ticker = window.setInterval(() => this.#tick(), 1000);
  }

  // A further topic, without which the view is whole: that it is missing is no trouble.
  /**
   * @param {string} topic
   * @param {(type: "snapshot" | "update", data: unknown) => void} onData
   */
  also(topic, onData) {
    this.others.set(topic, onData);
    this.connection.subscribe(topic);
  }

  get status() {
    return this.fresh.status;
  }

  // By the market's clock; null before the engine has told it.
  get now() {
    return this.status?.market_time ?? null;
  }

  /** @param {Message} message */
  #receive(message) {
    this.lastMessage = performance.now();
    this.liveness.silence(null);
    if (message.type === "engine") this.liveness.engine(message.state, message.detail);
    else if (message.type === "error") {
      if (message.topic === this.topic) this.liveness.topic(message.message);
    } else if (message.topic === "status") this.fresh.take(/** @type {Status} */ (message.data));
    else if (message.topic === this.topic) {
      this.liveness.topic(null);
      this.onData(message.type, /** @type {Data} */ (message.data));
    } else this.others.get(message.topic)?.(message.type, message.data);
    this.#feed();
    this.onChange();
  }

  // Rules are judged and rows made by the market's clock, which stands where nothing comes: then what is shown is of
  // then.
  #feed() {
    const { status } = this.fresh;
    const silent = !status || status.starting ? null : this.fresh.fault(status.symbols.map((each) => each.symbol));
    this.liveness.feed(silent, Boolean(status?.demo));
  }

  #tick() {
    const silent = performance.now() - (this.lastMessage ?? performance.now());
    this.liveness.silence(silent > SILENT_AFTER ? silent : null);
    this.#feed();
    this.onChange();
  }

  close() {
    this.connection.close();
    window.clearInterval(this.ticker);
  }
}
