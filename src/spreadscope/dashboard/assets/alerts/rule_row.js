// One rule: how it stands, why, since when, and what can be done about it.

import { instances, isMuted, isOpen } from "./alert_book.js";
import { figure, limit, sinceWords, untilWords } from "./alert_words.js";
import { element, setData, setText } from "../dom.js";
import { typeset } from "../format.js";
import { RuleButtons } from "./rule_buttons.js";

/**
 * @import { Instance, Rule } from "../contract.d.ts"
 * @import { Asked } from "../outbox.js"
 */

const MOST_INSTANCES = 40;

export class RuleRow {
  // onAction({op, rule_id, …})
  /**
   * @param {string} ruleId
   * @param {(action: Asked) => void} onAction
   */
  constructor(ruleId, onAction) {
    this.id = ruleId;
    this.onAction = onAction;
    this.root = element("div", "row");
    this.root.setAttribute("role", "listitem");
    this.root.dataset.rule = ruleId;
    this.state = element("b", "state");
    this.severity = element("span", "severity");
    this.name = element("b", "name");
    this.text = element("code", "text");
    this.of = element("span", "of");
    this.words = element("div", "words");
    this.notes = element("div", "notes");
    this.value = element("div", "value");
    this.threshold = element("div", "threshold");
    this.since = element("div", "since");
    this.buttons = new RuleButtons(ruleId, onAction);
    this.subjects = element("details", "subjects");
    this.summary = element("summary");
    this.lines = element("div", "lines");
    this.subjects.append(this.summary, this.lines);
    // What is closed is not drawn.
    this.subjects.addEventListener("toggle", () => this.rule && this.#drawSubjects(this.rule, this.now));
    /** @type {Rule | null} what was drawn last */
    this.rule = null;
    /** @type {number | null} */
    this.now = null;
    /** @type {Instance[]} */
    this.all = [];
    this.drawn = "";
    const status = element("div", "status");
    status.append(this.state, this.severity);
    const title = element("div", "title");
    title.append(this.name, this.text, this.of);
    const what = element("div", "what");
    what.append(title, this.words, this.notes);
    const figures = element("div", "figures");
    figures.append(this.value, this.threshold, this.since);
    this.root.append(status, what, figures, this.buttons.root, this.subjects);
  }

  /**
   * @param {Rule} rule
   * @param {number | null} now
   */
  draw(rule, now) {
    this.rule = rule;
    this.now = now;
    this.all = instances(rule);
    const off = !rule.enabled;
    setData(this.root, "state", off ? "off" : rule.state);
    setData(this.root, "severity", rule.severity);
    setText(this.state, off ? "off" : rule.state);
    setText(this.severity, rule.severity);
    setText(this.name, rule.name);
    setText(this.text, rule.text);
    setText(this.of, `${rule.subject} \u00b7 ${rule.timeframe}`);
    setText(this.words, typeset(rule.words));
    this.#drawFigures(rule, now);
    setText(this.notes, this.#notes(rule, now).join(" \u00b7 "));
    this.buttons.draw(rule, this.all, isMuted(rule, now));
    this.#drawSubjects(rule, now);
  }

  /**
   * @param {Rule} rule
   * @param {number | null} now
   */
  #drawFigures(rule, now) {
    const off = !rule.enabled;
    const worst = this.all.at(0);
    const value = rule.value ?? worst?.value ?? null;
    setText(this.value, off || value === null ? "" : figure(value));
    setData(this.root, "value", off ? null : value);
    setText(this.threshold, rule.threshold === null ? "" : `limit ${limit(rule.threshold)}`);
    setText(this.since, off || !worst ? "" : sinceWords(worst.since, now));
    this.since.title = worst?.since ? "when this state began, by the market's clock" : "";
  }

  // What keeps it from telling anybody, or from being judged at all.
  /**
   * @param {Rule} rule
   * @param {number | null} now
   */
  #notes(rule, now) {
    const { all } = this;
    const notes = [];
    const open = all.filter(isOpen);
    if (open.length && open.every((each) => each.acknowledged)) notes.push("acknowledged");
    if (isMuted(rule, now)) notes.push(`muted until ${untilWords(rule.muted_until, now)}`);
    if (rule.held_back) {
      notes.push(
        `cap of ${rule.cap_per_hour} an hour reached, ` +
          `${rule.held_back.count} held back until ${untilWords(rule.held_back.until, now)}`,
      );
    }
    if (rule.once) notes.push(rule.enabled ? "once only: off after its first alert" : "once only");
    const reason = all.find((each) => each.state === "no data")?.reason;
    if (rule.enabled && rule.state === "no data" && reason) notes.push(`no data: ${reason}`);
    if (rule.enabled && !all.length) {
      notes.push(
        rule.subject.startsWith("any") ? `there is no ${rule.subject.slice(4)} to watch yet` : "not judged yet",
      );
    }
    if (rule.origin === "file") notes.push("from alerts.toml: change it there");
    return notes;
  }

  // A rule of any pair, or any symbol, has a life of its own for each.
  /**
   * @param {Rule} rule
   * @param {number | null} now
   */
  #drawSubjects(rule, now) {
    const many = rule.subject.startsWith("any") && this.all.length > 0;
    this.subjects.hidden = !many;
    if (!many) return;
    const counts = new Map();
    for (const { state } of this.all) counts.set(state, (counts.get(state) ?? 0) + 1);
    const words = [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
    setText(this.summary, `${this.all.length} ${this.all.length === 1 ? "subject" : "subjects"}: ${words}`);
    if (!this.subjects.open) return;
    const shown = this.all.slice(0, MOST_INSTANCES);
    const key = JSON.stringify([shown, this.all.length, now === null ? 0 : Math.floor(now / 1000)]);
    if (key === this.drawn) return;
    this.drawn = key;
    const lines = shown.map((instance) => this.#line(instance, now));
    if (this.all.length > shown.length) {
      lines.push(element("div", "line", `and ${this.all.length - shown.length} more`));
    }
    this.#replaceLines(lines);
  }

  // In place, as a click would miss a button that is made anew every second.
  /** @param {HTMLElement[]} lines */
  #replaceLines(lines) {
    lines.forEach((line, index) => {
      const old = this.lines.children.item(index);
      if (!(old instanceof HTMLElement)) this.lines.append(line);
      else if (old.dataset.key !== line.dataset.key) old.replaceWith(line);
      else {
        setData(old, "state", line.dataset.state);
        [...line.children].forEach((part, at) => {
          if (part.tagName !== "BUTTON") setText(old.children[at], part.textContent);
        });
      }
    });
    while (this.lines.children.length > lines.length) this.lines.lastChild?.remove();
  }

  /**
   * @param {Instance} instance
   * @param {number | null} now
   */
  #line(instance, now) {
    const line = element("div", "line");
    line.dataset.state = instance.state;
    line.dataset.key = `${instance.subject}|${instance.incident}|${instance.acknowledged}`;
    const why = instance.reason || (instance.acknowledged ? "acknowledged" : "");
    line.append(
      element("b", "state", instance.state),
      element("span", "", instance.subject),
      element("span", "value", figure(instance.value)),
      element("span", "since", [sinceWords(instance.since, now), why].filter(Boolean).join(" \u00b7 ")),
    );
    if (isOpen(instance) && !instance.acknowledged) {
      const button = element("button", "", "Acknowledge");
      button.addEventListener("click", () =>
        this.onAction({ op: "acknowledge", rule_id: this.id, subject: instance.subject }),
      );
      line.append(button);
    }
    return line;
  }
}
