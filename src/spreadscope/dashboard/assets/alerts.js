// Beside the chart: how the rules stand, and what fired before. Telling somebody of it is the alarm's work (alarm.js).

import { AlertBook, identity } from "./alerts/alert_book.js";
import { remarks, ruleName, valueWords } from "./alerts/alert_words.js";
import { asButton, element, setText } from "./dom.js";
import { stamped } from "./stamp.js";

/** @import { Alert, AlertsChanges, Rule } from "./contract.d.ts" */

const SHOWN = 15;

export class AlertsPanel {
  // onStory(alert): its story is asked for.
  /** @param {(alert: Alert) => void} onStory */
  constructor(onStory) {
    this.onStory = onStory;
    this.root = element("section", "panel alerts");
    this.root.setAttribute("aria-label", "Alerts");
    this.rules = element("div", "rules");
    this.history = element("ol", "history");
    this.count = element("span", "count", "");
    const heading = element("h3", "", "Alerts ");
    heading.append(this.count);
    this.root.append(heading, this.rules, element("h4", "", "History"), this.history);
    this.book = new AlertBook();
    this.changed = true;
  }

  /**
   * @param {"snapshot" | "update"} type
   * @param {AlertsChanges} data
   */
  apply(type, data) {
    this.book.apply(type, data);
    this.changed = true;
  }

  newest() {
    return this.book.newest();
  }

  draw() {
    if (!this.changed) return;
    this.changed = false;
    const rules = this.book.sorted();
    const firing = rules.filter((rule) => rule.state === "firing" && rule.enabled).length;
    setText(this.count, firing ? `${firing} firing` : "none firing");
    this.count.classList.toggle("firing", firing > 0);
    this.rules.replaceChildren(
      ...(rules.length ? rules.map(ruleLine) : [element("p", "empty", "No rule yet. Add one below.")]),
    );
    const history = this.book.history.slice(0, SHOWN);
    this.history.replaceChildren(
      ...(history.length
        ? history.map((alert) => historyLine(alert, this.onStory))
        : [element("li", "empty", "Nothing has fired yet.")]),
    );
  }
}

/** @param {Rule} rule */
function ruleLine(rule) {
  const line = element("div", "rule");
  line.dataset.state = rule.enabled ? rule.state : "off";
  line.dataset.rule = rule.rule_id;
  line.title = rule.words;
  line.append(
    element("b", "", ruleName(rule)),
    element("span", "of", `${rule.subject} ${rule.timeframe}`),
    element("span", "state", rule.enabled ? `${rule.state}${why(rule) || valueWords(rule)}` : "off"),
  );
  return line;
}

// What a rule without a verdict lacks.
/** @param {Rule} rule */
function why({ state, instances }) {
  if (state !== "no data") return "";
  const reason = instances.find((each) => each.state === state)?.reason;
  return reason ? `: ${reason}` : "";
}

/**
 * @param {Alert} alert
 * @param {(alert: Alert) => void} onStory
 */
function historyLine(alert, onStory) {
  const line = element("li");
  const story = element("div", "told"); // a line of a list is no button itself
  line.append(story);
  asButton(story, "Its story", () => onStory(alert));
  line.dataset.state = alert.state;
  line.dataset.alert = identity(alert);
  const remark = remarks(alert);
  story.append(
    stamped(alert.time),
    element("b", "", ruleName(alert)),
    element("span", "of", `${alert.subject} ${alert.timeframe}`),
    element("span", "state", `${alert.state}${valueWords(alert)}${remark ? ` \u00b7 ${remark}` : ""}`),
  );
  return line;
}
