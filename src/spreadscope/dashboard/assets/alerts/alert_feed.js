// The topics `alerts` and `status` as a view of alerts needs them: what the engine says, and whether it is the present.

import { AlertBook } from "./alert_book.js";
import { Connection } from "../connection.js";
import { Freshness } from "../freshness.js";
import { Liveness, SILENT_AFTER } from "../liveness.js";

export class AlertFeed {
  // `loading`: what to say until the first data are there. onAlerts(data, news) for what is said of alerts, `news` as the book
  // gives them; onChange() after whatever may change what is to be seen, and every second, as ages grow by themselves.
  constructor(socket, loading, { onAlerts, onChange }) {
    this.book = new AlertBook();
    this.liveness = new Liveness(loading);
    this.fresh = new Freshness();
    this.onAlerts = onAlerts;
    this.onChange = onChange;
    this.connection = new Connection(
      socket,
      (message) => this.#receive(message),
      (state) => {
        this.liveness.socket(state);
        if (this.connection) onChange(); // else it is being made, and nobody has it yet
      },
    );
    for (const topic of ["alerts", "status"]) this.connection.subscribe(topic);
    // A silence must show without a message that could announce it.
    this.ticker = window.setInterval(() => this.#tick(), 1000);
  }

  get status() {
    return this.fresh.status;
  }

  // By the market's clock; null before the engine has told it.
  get now() {
    return this.status?.market_time ?? null;
  }

  #receive(message) {
    this.lastMessage = performance.now();
    this.liveness.silence(null);
    if (message.type === "engine") this.liveness.engine(message.state, message.detail);
    else if (message.type === "error") this.liveness.topic(message.topic === "alerts" ? message.message : null);
    else if (message.topic === "status") this.fresh.take(message.data);
    else if (message.topic === "alerts") {
      this.liveness.topic(null);
      this.onAlerts(message.data, this.book.apply(message.type, message.data));
    }
    this.#feed();
    this.onChange();
  }

  // Rules are judged by the market's clock, which stands where nothing comes: then how they stand is of then.
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
