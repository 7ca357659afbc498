// Tells whoever has a page open that an alert fires: toast, tone, the browser's notification, the count in the title.

import { hasEnded, identity, isOpen } from "./alert_book.js";
import { AlertFeed } from "./alert_feed.js";
import { TitleBadge } from "./badge.js";
import { isRecording } from "../demo.js";
import { element, setData, setText } from "../dom.js";
import { SEVERITIES } from "../enums.js";
import { Notifier } from "./notifier.js";
import { Outbox } from "../outbox.js";
import { Sound } from "./sound.js";
import { Toasts } from "./toasts.js";

/**
 * @import { Alert, AlertsChanges } from "../contract.d.ts"
 * @import { Parent } from "../mounting.js"
 */
/** @typedef {{ socket: string, done: string[] }} Given */

// "Are you connected to the internet?" asks Streamlit when our own server is gone. It would cover what we say of it,
// and keep everybody from using the rest of the page.
function hideStreamlitsDialog() {
  /** @type {NodeListOf<HTMLElement>} */
  const dialogs = document.querySelectorAll('[data-testid="stDialog"]');
  for (const dialog of dialogs) {
    if (dialog.querySelector("h2")?.textContent !== "Connection error") continue;
    dialog.style.display = "none";
    document.getElementById("root")?.removeAttribute("inert");
  }
}

export class AlarmView {
  /**
   * @param {Parent} parent
   * @param {Given} given
   * @param {string} signature
   */
  constructor(parent, { socket }, signature) {
    this.signature = signature;
    this.outbox = new Outbox();
    this.toasts = new Toasts(({ rule_id, subject }) => this.outbox.ask({ op: "acknowledge", rule_id, subject }));
    this.badge = new TitleBadge();
    this.sound = new Sound(() => this.#draw());
    this.notifier = new Notifier(() => this.#draw());
    this.root = element("div", "alarm-bar");
    this.summary = element("span", "summary", "");
    this.summary.setAttribute("role", "status");
    this.soundButton = this.#button("sound", () => void this.sound.toggle());
    this.notifyButton = this.#button("notify", () => void this.notifier.toggle());
    // In sight on every page, however far it is scrolled.
    this.demo = element("div", "demo-mark");
    this.demo.hidden = true;
    this.root.append(this.demo, this.summary, this.soundButton, this.notifyButton, this.toasts.root);
    parent.append(this.root);
    this.feed = new AlertFeed(socket, "", {
      onAlerts: (data, news) => this.#alerts(data, news),
      onChange: () => this.#draw(),
    });
    this.#draw();
  }

  /**
   * @param {string} kind
   * @param {() => void} onClick
   */
  #button(kind, onClick) {
    const button = element("button", "");
    button.dataset.toggle = kind;
    button.addEventListener("click", onClick);
    return button;
  }

  /**
   * @param {AlertsChanges} data
   * @param {Alert[]} news
   */
  #alerts(data, news) {
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
  /** @param {Alert[]} alerts */
  #sound(alerts) {
    const severities = alerts.map((alert) => alert.severity);
    const worst = SEVERITIES.findLast((severity) => severities.includes(severity)) ?? "warning";
    // Only a page of this machine, or one over https, has them.
    if (!("locks" in navigator)) {
      this.sound.play(worst);
      return;
    }
    if (!this.sound.on || this.sound.waiting) return;
    void navigator.locks.request(`spreadscope-tone-${identity(alerts[0])}`, { ifAvailable: true }, async (lock) => {
      if (lock === null) return;
      this.sound.play(worst);
      await new Promise((done) => window.setTimeout(done, 2000));
    });
  }

  // A critical alert that fires stays in sight on every page until it is closed, one that began before it opened too.
  #standing() {
    const open = this.feed.book.open(this.feed.now);
    for (const { rule, instance } of open) {
      if (rule.severity !== "critical" || instance.acknowledged || !instance.incident) continue;
      const { subject, incident, since, value } = instance;
      // What a rule of any pair says is of every pair: its boxes could not be told from each other.
      const words = rule.subject === subject ? rule.words : "";
      this.toasts.show({ ...rule, subject, incident, value, time: since, words, late: false });
    }
    const all = this.feed.book.rules.flatMap((rule) => rule.instances);
    this.toasts.acknowledged(
      new Set(all.filter((each) => isOpen(each) && each.acknowledged).map((each) => each.incident)),
    );
  }

  #draw() {
    const open = this.feed.book.open(this.feed.now);
    const unseen = open.filter(({ instance }) => !instance.acknowledged).length;
    this.badge.set(unseen);
    const lost = this.feed.liveness.lost || !this.feed.book.known;
    setData(this.root, "level", lost ? "lost" : unseen ? "firing" : open.length ? "seen" : "quiet");
    setText(this.summary, lost ? this.#lostWords() : this.#words(open.length, unseen));
    // What the script drew, such as a table, does not age by itself: the page's style shows that it is old.
    const { liveness, status } = this.feed;
    this.demo.hidden = !status?.demo;
    if (status?.demo) setText(this.demo, `DEMO \u00b7 ${isRecording(status) ? "a recording" : "not market data"}`);
    setData(
      document.documentElement,
      "spreadscope",
      liveness.serverLost ? "server lost" : liveness.engineLost ? "lost" : "live",
    );
    hideStreamlitsDialog();
    this.#drawToggle(this.soundButton, this.sound.on, `Sound ${this.sound.on ? "on" : "off"}`);
    if (this.sound.waiting) setText(this.soundButton, "Sound waits for a click on this page");
    this.notifyButton.hidden = !this.notifier.possible;
    this.#drawToggle(this.notifyButton, this.notifier.on, `Notifications ${this.notifier.on ? "on" : "off"}`);
    if (this.notifier.words) setText(this.notifyButton, `Notifications off: ${this.notifier.words}`);
  }

  /**
   * @param {HTMLElement} button
   * @param {boolean} on
   * @param {string} words
   */
  #drawToggle(button, on, words) {
    setText(button, words);
    button.setAttribute("aria-pressed", String(on));
  }

  #lostWords() {
    const shown = this.feed.liveness.words(this.feed.book.known, "");
    setData(this.root, "trouble", shown?.state);
    if (shown === null || shown.state === "loading") return "Alerts: connecting";
    // On a page that the script draws nobody else says it.
    return shown.state === "server"
      ? `${shown.title}. ${shown.words}`
      : `Alerts are not live: ${shown.title.toLowerCase()}`;
  }

  /**
   * @param {number} open
   * @param {number} unseen
   */
  #words(open, unseen) {
    const { rules } = this.feed.book;
    if (!rules.length) return "No alert rule yet";
    if (!open) return `No alert open, ${rules.length} ${rules.length === 1 ? "rule" : "rules"}`;
    return `${open} ${open === 1 ? "alert" : "alerts"} open, ${unseen || "none"} unacknowledged`;
  }

  destroy() {
    delete document.documentElement.dataset.spreadscope;
    this.feed.close();
    this.outbox.destroy();
    this.toasts.destroy();
    this.sound.destroy();
    this.badge.destroy();
    this.root.remove();
  }
}
