// The browser's own notifications, which are seen while another window is in front. Asked for only on a click.

import { ruleName } from "./alert_words.js";
import { clock } from "../format.js";
import { recall, remember } from "./remembered.js";

/** @import { Alert } from "../contract.d.ts" */

export class Notifier {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    this.wanted = recall("notifications") === "on";
    /** @type {Map<string, Notification>} */
    this.shown = new Map();
    this.problem = "";
  }

  get possible() {
    return "Notification" in window && window.isSecureContext;
  }

  get on() {
    return this.possible && this.wanted && Notification.permission === "granted";
  }

  // Why they do not come although somebody wants them.
  get words() {
    if (this.problem) return this.problem;
    if (this.possible && Notification.permission === "denied") return "the browser blocks them for this page";
    return "";
  }

  async toggle() {
    this.wanted = !this.on;
    if (this.wanted) this.wanted = (await Notification.requestPermission()) === "granted";
    remember("notifications", this.wanted ? "on" : "off");
    this.onChange();
  }

  // One for each incident: what comes later of it takes the place of what came before.
  /** @param {Alert} alert */
  fired(alert) {
    this.#show(alert, `${alert.severity}: ${ruleName(alert)}`, alert.severity === "critical");
  }

  /** @param {Alert} alert */
  ended(alert) {
    if (this.shown.has(alert.incident)) this.#show(alert, `resolved: ${ruleName(alert)}`, false);
  }

  /**
   * @param {Alert} alert
   * @param {string} title
   * @param {boolean} requireInteraction
   */
  #show(alert, title, requireInteraction) {
    if (!this.on) return;
    const body = `${alert.subject} \u00b7 ${clock(alert.time)} UTC\n${alert.words}`;
    try {
      const notification = new Notification(title, { body, tag: alert.incident, requireInteraction, silent: true });
      notification.addEventListener("click", () => {
        window.focus();
        notification.close();
      });
      this.shown.set(alert.incident, notification);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.problem = "this browser shows them to installed applications only"; // as Chrome on Android does
      this.onChange();
    }
  }
}
