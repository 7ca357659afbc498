// The little of a browser that modules without a screen touch. Time passes and messages come by the test alone.

import { mock } from "node:test";

class Events {
  listeners = new Map();

  addEventListener(type, listener) {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }

  removeEventListener(type, listener) {
    this.listeners.set(
      type,
      (this.listeners.get(type) ?? []).filter((each) => each !== listener),
    );
  }

  happens(type, event = {}) {
    for (const listener of this.listeners.get(type) ?? []) listener(event);
  }
}

class FakeStorage {
  items = new Map();

  getItem(key) {
    return this.items.get(key) ?? null;
  }

  setItem(key, value) {
    this.items.set(key, String(value));
  }
}

export class FakeSocket extends Events {
  static OPEN = 1;
  static made = [];

  constructor(url) {
    super();
    this.url = String(url);
    this.readyState = 0;
    this.sent = [];
    FakeSocket.made.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.ends();
  }

  opens() {
    this.readyState = FakeSocket.OPEN;
    this.happens("open");
  }

  says(message) {
    this.happens("message", { data: JSON.stringify(message) });
  }

  ends() {
    this.readyState = 3;
    this.happens("close");
  }

  static get newest() {
    return FakeSocket.made.at(-1);
  }
}

// Timers that are due when the test says that time passes, in the order of their times.
class Timers {
  now = 0;
  waiting = new Map();
  newest = 0;

  add(action, delay, every = null) {
    this.newest += 1;
    this.waiting.set(this.newest, { action, at: this.now + delay, every });
    return this.newest;
  }

  remove(timer) {
    this.waiting.delete(timer);
  }

  pass(milliseconds) {
    const end = this.now + milliseconds;
    for (;;) {
      const due = [...this.waiting].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
      if (!due.length) break;
      const [timer, { action, at, every }] = due[0];
      this.now = at;
      if (every === null) this.waiting.delete(timer);
      else this.waiting.set(timer, { action, at: at + every, every });
      action();
    }
    this.now = end;
  }
}

// Sets the browser up, with its clock at zero. Gives {window, document, timers, pass(milliseconds), restore()}.
export function browser() {
  const timers = new Timers();
  FakeSocket.made = [];
  mock.method(performance, "now", () => timers.now);
  const window = Object.assign(new Events(), {
    location: { href: "http://127.0.0.1:8501/live?pair=A", pathname: "/live", search: "?pair=A", hash: "" },
    localStorage: new FakeStorage(),
    sessionStorage: new FakeStorage(),
    setTimeout: (action, delay) => timers.add(action, delay),
    setInterval: (action, delay) => timers.add(action, delay, delay),
    clearTimeout: (timer) => timers.remove(timer),
    clearInterval: (timer) => timers.remove(timer),
  });
  const document = Object.assign(new Events(), { hidden: false, script: undefined });
  document.querySelector = () =>
    document.script === undefined ? null : { dataset: { testScriptState: document.script } };
  Object.assign(globalThis, { window, document, WebSocket: FakeSocket });
  return {
    window,
    document,
    timers,
    pass: (milliseconds) => timers.pass(milliseconds),
    restore() {
      mock.restoreAll();
      for (const name of ["window", "document", "WebSocket"]) delete globalThis[name];
    },
  };
}
