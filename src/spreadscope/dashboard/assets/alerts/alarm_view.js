// Tells whoever has a page open that an alert fires: toast, tone, the browser's notification, the count in the title.

import { AlertBook, hasEnded, identity, isOpen } from "./alert_book.js";
import { TitleBadge } from "./badge.js";
import { Connection } from "../connection.js";
import { element, setData, setText } from "../dom.js";
import { Liveness, SILENT_AFTER } from "../liveness.js";
import { Notifier } from "./notifier.js";
import { Sound } from "./sound.js";
import { Toasts } from "./toasts.js";

export class AlarmView {
  constructor(parent, socket) {
    this.socket = socket;
    this.book = new AlertBook();
    this.liveness = new Liveness("");
    this.marketTime = null;
    this.act = () => {};
    this.toasts = new Toasts(({ rule_id, subject }) => this.act({ op: "acknowledge", rule_id, subject, at: Date.now() }));
    this.badge = new TitleBadge();
    this.sound = new Sound(() => this.#draw());
    this.notifier = new Notifier(() => this.#draw());
    this.root = element("div", "alarm-bar");
    this.summary = element("span", "summary", "");
    this.summary.setAttribute("role", "status");
    this.soundButton = this.#button("sound", () => this.sound.toggle());
    this.notifyButton = this.#button("notify", () => this.notifier.toggle());
    this.root.append(this.summary, this.soundButton, this.notifyButton, this.toasts.root);
    parent.append(this.root);
    this.connection = new Connection(
      socket,
      (message) => this.#receive(message),
      (state) => {
        this.liveness.socket(state);
        this.#draw();
      },
    );
    for (const topic of ["alerts", "status"]) this.connection.subscribe(topic);
    // A silence must show without a message that could announce it.
    this.ticker = window.setInterval(() => this.#tick(), 1000);
    this.#draw();
  }

  #tick() {
    const silent = performance.now() - (this.lastMessage ?? performance.now());
    this.liveness.silence(silent > SILENT_AFTER ? silent : null);
    this.#draw();
  }

  #button(kind, onClick) {
    const button = element("button", "");
    button.dataset.toggle = kind;
    button.addEventListener("click", onClick);
    return button;
  }

  #receive(message) {
    this.lastMessage = performance.now();
    this.liveness.silence(null);
    if (message.type === "engine") this.liveness.engine(message.state, message.detail);
    else if (message.type === "error") this.liveness.topic(message.topic === "alerts" ? message.message : null);
    else if (message.topic === "status") this.marketTime = message.data.market_time ?? null;
    else if (message.topic === "alerts") this.#alerts(message);
    this.#draw();
  }

  #alerts({ type, data }) {
    this.liveness.topic(null);
    const news = this.book.apply(type, data);
    const told = news.filter((alert) => alert.state === "firing" && !alert.suppressed);
    for (const alert of told) {
      this.toasts.show(alert);
      this.notifier.fired(alert);
    }
    if (told.length) this.#sound(told);
    for (const alert of news.filter((each) => hasEnded(each) && each.incident)) {
      this.toasts.ended(alert);
      this.notifier.ended(alert);
    }
    if (data.rules) this.#standing();
  }

  // One tone for all that fire at once, the worst of them; and one tab of this browser sounds, not each.
  #sound(alerts) {
    const severities = alerts.map((alert) => alert.severity);
    const worst = ["critical", "warning", "info"].find((severity) => severities.includes(severity)) ?? "warning";
    if (!navigator.locks) {
      this.sound.play(worst);
      return;
    }
    if (!this.sound.on || this.sound.waiting) return;
    navigator.locks.request(`spreadscope-tone-${identity(alerts[0])}`, { ifAvailable: true }, async (lock) => {
      if (lock === null) return;
      this.sound.play(worst);
      await new Promise((done) => window.setTimeout(done, 2000));
    });
  }

  // A critical alert that fires stays in sight on every page until it is closed, one that began before it opened too.
  #standing() {
    const open = this.book.open(this.marketTime);
    for (const { rule, instance } of open) {
      if (rule.severity !== "critical" || instance.acknowledged || !instance.incident) continue;
      const { subject, incident, since, value } = instance;
      this.toasts.show({ ...rule, subject, incident, value, time: since, words: `${rule.words ?? ""}`, late: false });
    }
    const all = this.book.rules.flatMap((rule) => rule.instances ?? []);
    this.toasts.acknowledged(new Set(all.filter((each) => isOpen(each) && each.acknowledged).map((each) => each.incident)));
  }

  #draw() {
    const open = this.book.open(this.marketTime);
    const unseen = open.filter(({ instance }) => !instance.acknowledged).length;
    this.badge.set(unseen);
    const lost = this.liveness.lost || !this.book.known;
    setData(this.root, "level", lost ? "lost" : unseen ? "firing" : open.length ? "seen" : "quiet");
    setText(this.summary, lost ? this.#lostWords() : this.#words(open.length, unseen));
    this.#drawToggle(this.soundButton, this.sound.on, `Sound ${this.sound.on ? "on" : "off"}`);
    if (this.sound.waiting) setText(this.soundButton, "Sound waits for a click on this page");
    this.notifyButton.hidden = !this.notifier.possible;
    this.#drawToggle(this.notifyButton, this.notifier.on, `Notifications ${this.notifier.on ? "on" : "off"}`);
    if (this.notifier.words) setText(this.notifyButton, `Notifications off: ${this.notifier.words}`);
  }

  #drawToggle(button, on, words) {
    setText(button, words);
    button.setAttribute("aria-pressed", String(on));
  }

  #lostWords() {
    const shown = this.liveness.words(this.book.known, "");
    return shown === null || shown.state === "loading" ? "Alerts: connecting" : `Alerts are not live: ${shown.title.toLowerCase()}`;
  }

  #words(open, unseen) {
    if (!this.book.rules.length) return "No alert rule yet";
    if (!open) return `No alert open, ${this.book.rules.length} ${this.book.rules.length === 1 ? "rule" : "rules"}`;
    return `${open} ${open === 1 ? "alert" : "alerts"} open, ${unseen || "none"} unacknowledged`;
  }

  destroy() {
    this.connection.close();
    window.clearInterval(this.ticker);
    this.toasts.destroy();
    this.sound.destroy();
    this.badge.destroy();
    this.root.remove();
  }
}
