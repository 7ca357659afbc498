// Rules that fire now, what fired before, and a toast for each new one.

import { element, setText } from "./dom.js";
import { dateAndClock, fixed } from "./format.js";

const SHOWN = 15;
const TOAST_TIME = 8000;
const MOST_TOASTS = 4;

export class AlertsPanel {
  constructor() {
    this.root = element("section", "alerts");
    this.root.setAttribute("aria-label", "Alerts");
    this.rules = element("div", "rules");
    this.history = element("ol", "history");
    this.count = element("span", "count", "");
    const heading = element("h3", "", "Alerts ");
    heading.append(this.count);
    this.root.append(heading, this.rules, element("h4", "", "History"), this.history);
    this.toasts = element("div", "toasts");
    this.toasts.setAttribute("aria-live", "polite");
    this.timers = new Set();
    this.data = { rules: [], history: [] };
    this.changed = true;
  }

  apply(type, { rules, history }) {
    if (rules) this.data.rules = rules;
    if (history && type === "snapshot") {
      this.#announceUnseen(history);
      this.data.history = history;
    } else if (history) {
      for (const alert of history) this.#add(alert);
    }
    this.changed = true;
  }

  // Names the newest alert and the states of the rules, to tell whether anything is new.
  newest() {
    const states = this.data.rules.map((rule) => `${rule.rule_id} ${rule.state}`);
    return [this.data.history.length ? identity(this.data.history[0]) : "none", ...states].join();
  }

  draw() {
    if (!this.changed) return;
    this.changed = false;
    const firing = this.data.rules.filter((rule) => rule.state === "firing");
    setText(this.count, firing.length ? `${firing.length} firing` : "none firing");
    this.count.classList.toggle("firing", firing.length > 0);
    const order = { firing: 0, "no data": 1, inactive: 2 };
    const rules = [...this.data.rules].sort((a, b) => order[a.state] - order[b.state]);
    this.rules.replaceChildren(...(rules.length ? rules.map(ruleLine) : [element("p", "empty", "No rule yet. Add one below.")]));
    const history = this.data.history.slice(0, SHOWN);
    this.history.replaceChildren(
      ...(history.length ? history.map(historyLine) : [element("li", "empty", "Nothing has fired yet.")]),
    );
  }

  destroy() {
    for (const timer of this.timers) window.clearTimeout(timer);
  }

  #add(alert) {
    const known = this.data.history.some((each) => identity(each) === identity(alert));
    if (known) return;
    this.data.history = [alert, ...this.data.history].sort((a, b) => b.time - a.time).slice(0, 200);
    if (alert.state === "firing") this.#toast(alert);
  }

  // After a lost engine the snapshot may hold alerts that came meanwhile; the first snapshot only holds the past.
  #announceUnseen(history) {
    if (!this.known) {
      this.known = true;
      return;
    }
    const seen = new Set(this.data.history.map(identity));
    for (const alert of history.filter((each) => each.state === "firing" && !seen.has(identity(each)))) this.#toast(alert);
  }

  #toast(alert) {
    const toast = element("div", "toast");
    toast.append(element("strong", "", alert.text), element("span", "", ` ${alert.subject} ${alert.timeframe}${valueWords(alert)}`));
    this.toasts.append(toast);
    while (this.toasts.children.length > MOST_TOASTS) this.toasts.firstChild.remove();
    const timer = window.setTimeout(() => {
      toast.remove();
      this.timers.delete(timer);
    }, TOAST_TIME);
    this.timers.add(timer);
  }
}

const identity = (alert) => `${alert.rule_id}|${alert.time}|${alert.state}`;

function valueWords({ value }) {
  return value === null ? "" : `: ${fixed(value, Math.abs(value) < 100 ? 4 : 2)}`;
}

function ruleLine(rule) {
  const line = element("div", "rule");
  line.dataset.state = rule.state;
  line.dataset.rule = rule.rule_id;
  line.append(
    element("b", "", rule.text),
    element("span", "of", `${rule.subject} ${rule.timeframe}`),
    element("span", "state", `${rule.state}${valueWords(rule)}`),
  );
  return line;
}

function historyLine(alert) {
  const line = element("li");
  line.dataset.state = alert.state;
  line.append(
    element("time", "", `${dateAndClock(alert.time)} UTC`),
    element("b", "", alert.text),
    element("span", "of", `${alert.subject} ${alert.timeframe}`),
    element("span", "state", `${alert.state}${valueWords(alert)}`),
  );
  return line;
}
