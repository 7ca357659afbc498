// Tells whoever has a page open that an alert fires: toast, tone, the browser's notification, the count in the title.
// The bell of the bar counts what is open; its menu holds how it tells.

import { hasEnded, identity, isOpen } from "./alert_book.js";
import { TitleBadge } from "./badge.js";
import { element, setData, setText } from "../dom.js";
import { SEVERITIES } from "../enums.js";
import { Menu } from "../menu.js";
import { Notifier } from "./notifier.js";
import { Sound } from "./sound.js";
import { Toasts } from "./toasts.js";

/**
 * @import { Alert, AlertsChanges } from "../contract.d.ts"
 * @import { AlertFeed } from "./alert_feed.js"
 * @import { Told } from "./toasts.js"
 */

export class AlarmBell {
  // onAcknowledge(alert): somebody has seen it; onChange(): how it tells was changed.
  /**
   * @param {AlertFeed} feed
   * @param {(alert: Told) => void} onAcknowledge
   * @param {() => void} onChange
   */
  constructor(feed, onAcknowledge, onChange) {
    this.feed = feed;
    this.toasts = new Toasts(onAcknowledge);
    this.badge = new TitleBadge();
    this.sound = new Sound(onChange);
    this.notifier = new Notifier(onChange);
    this.menu = new Menu("alarm-bar", "Alerts: how they stand, sound and notifications");
    this.root = this.menu.root;
    this.count = element("span", "number");
    this.short = element("span", "short");
    this.menu.button.append(bell(), this.count, this.short);
    this.summary = element("p", "summary", "");
    this.summary.setAttribute("role", "status");
    this.soundButton = this.#button("sound", () => void this.sound.toggle());
    this.notifyButton = this.#button("notify", () => void this.notifier.toggle());
    this.menu.box.append(element("h3", "", "Alerts"), this.summary, this.soundButton, this.notifyButton);
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
  alerts(data, news) {
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

  draw() {
    const open = this.feed.book.open(this.feed.now);
    const unseen = open.filter(({ instance }) => !instance.acknowledged).length;
    this.badge.set(unseen);
    const lost = this.feed.liveness.lost || !this.feed.book.known;
    setData(this.root, "level", lost ? "lost" : unseen ? "firing" : open.length ? "seen" : "quiet");
    const words = lost ? this.#lostWords() : this.#words(open.length, unseen);
    setText(this.summary, words);
    this.menu.button.title = words;
    setText(this.count, lost ? "" : String(unseen || open.length || ""));
    setText(this.short, lost ? "not live" : "");
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
    this.menu.close();
    this.toasts.destroy();
    this.sound.destroy();
    this.badge.destroy();
  }
}

// Drawn here: a page asks no other server for an icon.
const BELL =
  '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M8 1.5a4.2 4.2 0 0 0-4.2 4.2c0 3.6-1.3 4.7-1.3 5.6h11' +
  'c0-.9-1.3-2-1.3-5.6A4.2 4.2 0 0 0 8 1.5ZM6.4 13a1.7 1.7 0 0 0 3.2 0"/></svg>';

function bell() {
  const icon = element("i", "icon");
  icon.innerHTML = BELL;
  return icon;
}
