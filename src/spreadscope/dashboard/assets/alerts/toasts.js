// A box in the corner for each alert that fires. It goes by itself, but for a critical one, which stays until it is
// closed.

import { figure, limit, ruleName } from "./alert_words.js";
import { element, setText } from "../dom.js";
import { clock, typeset } from "../format.js";
import { recall, remember } from "./remembered.js";

/** @import { Alert } from "../contract.d.ts" */
/**
 * @typedef {Pick<Alert, "rule_id" | "subject" | "time" | "incident" | "severity" | "name" | "text" | "words" | "value"
 *   | "threshold" | "late">} Told what a box says of an alert
 *
 * @typedef {object} Toast
 * @property {string} key
 * @property {boolean} sticky
 * @property {HTMLElement} root
 * @property {HTMLElement} state
 * @property {HTMLButtonElement | null} seen
 * @property {() => void} stop no longer closes it by itself
 */

const TIME = 8000;
// On a phone more than one would cover the page.
const most = () => (window.matchMedia("(max-width: 640px)").matches ? 1 : 3);
const MOST_CLOSED = 200;
const LEAST_ABOVE = 80; // below Streamlit's header

export class Toasts {
  // onAcknowledge(alert): somebody has seen it and wants to hear no more of it.
  /** @param {(alert: Told) => void} onAcknowledge */
  constructor(onAcknowledge) {
    this.onAcknowledge = onAcknowledge;
    this.root = element("div", "toasts");
    this.root.setAttribute("aria-live", "assertive");
    this.more = element("div", "toast more");
    this.more.hidden = true;
    this.root.append(this.more);
    /** @type {Map<string, Toast>} */
    this.shown = new Map();
    this.place = () => this.#place();
    window.addEventListener("resize", this.place);
    document.addEventListener("scroll", this.place, { capture: true, passive: true });
    this.closed = (recall("closed", "sessionStorage") ?? "").split("\n");
  }

  // Shows it once, however often it is told: a critical one is told again by every page that opens.
  /** @param {Told} alert */
  show(alert) {
    const key = alert.incident || `${alert.rule_id}|${alert.subject}|${alert.time}`;
    if (this.shown.has(key) || this.closed.includes(key)) return;
    const root = element("div", "toast");
    const state = element("span", "when", `${clock(alert.time)} UTC${alert.late ? ", late" : ""}`);
    const seen = alert.incident ? element("button", "", "Acknowledge") : null;
    /** @type {Toast} */
    const toast = { key, sticky: alert.severity === "critical", root, state, seen, stop: () => {} };
    root.dataset.severity = alert.severity;
    root.dataset.incident = alert.incident;
    const head = element("div", "head");
    const close = element("button", "close", "\u00d7");
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", () => this.#close(toast, true));
    head.append(element("b", "severity", alert.severity), element("strong", "", ruleName(alert)), close);
    root.append(head, element("div", "words", this.#words(alert)), state);
    if (seen) {
      seen.addEventListener("click", () => {
        this.onAcknowledge(alert);
        this.#close(toast, true);
      });
      root.append(seen);
    }
    this.shown.set(key, toast);
    this.root.insertBefore(root, this.more);
    if (!toast.sticky) this.#expire(toast);
    this.#bound();
  }

  // Its end is said on it, and there is no more to acknowledge; the box itself does not vanish from under the pointer.
  /** @param {Alert} alert */
  ended(alert) {
    const toast = this.shown.get(alert.incident);
    if (!toast) return;
    setText(toast.state, `resolved at ${clock(alert.time)} UTC`);
    if (toast.seen) toast.seen.disabled = true;
  }

  // Somebody has acknowledged it elsewhere.
  /** @param {Set<string>} incidents */
  acknowledged(incidents) {
    for (const toast of [...this.shown.values()]) if (incidents.has(toast.key)) this.#close(toast, true);
  }

  /** @param {Told} alert */
  #words({ subject, value, threshold, words }) {
    if (words) return typeset(words);
    return [subject, figure(value), threshold === null ? "" : `limit ${limit(threshold)}`]
      .filter(Boolean)
      .join(" \u00b7 ");
  }

  /** @param {Toast} toast */
  #expire(toast) {
    let timer = 0;
    const start = () => {
      timer = window.setTimeout(() => this.#close(toast, false), TIME);
    };
    toast.root.addEventListener("pointerenter", () => window.clearTimeout(timer));
    toast.root.addEventListener("pointerleave", start);
    toast.stop = () => window.clearTimeout(timer);
    start();
  }

  /**
   * @param {Toast} toast
   * @param {boolean} remembered
   */
  #close(toast, remembered) {
    toast.stop();
    toast.root.remove();
    this.shown.delete(toast.key);
    if (remembered) {
      this.closed = [...this.closed, toast.key].slice(-MOST_CLOSED);
      remember("closed", this.closed.join("\n"), "sessionStorage");
    }
    this.#bound();
  }

  // No more boxes than one can read, and see the page beside: the oldest that would go anyway goes first; critical ones
  // give way to those that pass, are counted meanwhile, and come back.
  #bound() {
    const passing = [...this.shown.values()].filter((toast) => !toast.sticky);
    const sticky = [...this.shown.values()].filter((toast) => toast.sticky);
    const room = most();
    for (const toast of passing.slice(0, Math.max(0, passing.length - room))) {
      toast.stop();
      toast.root.remove();
      this.shown.delete(toast.key);
    }
    const left = Math.max(room > 1 ? 1 : 0, room - passing.length);
    sticky.forEach((toast, index) => {
      toast.root.hidden = index >= left;
    });
    const hidden = Math.max(0, sticky.length - left);
    this.more.hidden = hidden === 0;
    setText(this.more, `and ${hidden} more critical`);
    this.#place();
  }

  // In the corner, or above the line in which a rule is written: a box may not lie on the button that one goes for.
  #place() {
    if (!this.shown.size) return;
    this.root.style.bottom = "";
    const own = this.root.getBoundingClientRect();
    for (const host of document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')) {
      const line = host.shadowRoot?.querySelector(".editor.quick")?.getBoundingClientRect();
      if (!line || line.bottom < own.top || line.top > own.bottom || line.top < own.height + LEAST_ABOVE) continue;
      this.root.style.bottom = `${window.innerHeight - line.top + 12}px`;
    }
  }

  destroy() {
    window.removeEventListener("resize", this.place);
    document.removeEventListener("scroll", this.place, { capture: true });
    for (const toast of this.shown.values()) toast.stop();
  }
}
