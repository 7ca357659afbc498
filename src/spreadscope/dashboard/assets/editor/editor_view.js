// Writing a rule: the text with its verdict, its controls, a preview, and saving. The script makes the rule; it is told
// by an action, and tells back by the `draft` (a new token: saved, or another rule to edit) or by the `answer`
// (refused, why).

import { AskError, ask } from "./asking.js";
import { Checker } from "./checker.js";
import { element, setData, setText } from "../dom.js";
import { Outbox } from "../outbox.js";
import { Picker, severityPicker, subjectGroups, timeframePicker } from "./rule_form.js";
import { RuleOptions } from "./rule_options.js";
import { RulePreview } from "./rule_preview.js";
import { RuleText } from "./rule_text.js";

/**
 * @import { CheckBody, Rule, Timeframe } from "../contract.d.ts"
 * @import { Parent } from "../mounting.js"
 * @import { Action } from "../outbox.js"
 * @import { Written } from "./preview_line.js"
 * @import { Verdict } from "./verdict.js"
 */
/**
 * @typedef {object} Given
 * @property {string} key
 * @property {boolean} quick one line for a rule of `subject`; else every option, and a preview
 * @property {string[]} pairs
 * @property {string[]} symbols
 * @property {string} subject
 * @property {Timeframe} timeframe
 * @property {string[]} channels
 * @property {{ token: number, rule: Rule | null }} draft of another token: replaces what is typed
 * @property {{ attempt: number | null, message: string } | null} answer the engine's refusal of an attempt to save
 * @property {string} ask
 * @property {string} socket
 * @property {string[]} done
 */

const RETRY_VOCABULARY = 3000;

export class EditorView {
  /**
   * @param {Parent} parent
   * @param {Given} data
   * @param {string} signature
   */
  constructor(parent, data, signature) {
    this.signature = signature;
    this.data = data;
    this.attempt = 0;
    this.saveWords = data.quick ? "Add rule" : "Save rule";
    this.saving = false;
    this.wanted = false; // saving, as soon as the text is found right
    /** @type {Verdict | null} */
    this.result = null;
    /** @type {number | null} */
    this.token = null;
    /** @type {string | null} */
    this.ruleId = null;
    this.outbox = new Outbox(data.key);
    this.ended = false;
    this.root = element("section", data.quick ? "editor quick" : "editor");
    this.root.setAttribute("aria-label", "Rule");
    this.heading = element("h3", "", "New rule");
    this.field = new RuleText(
      () => this.#changed(true),
      () => this.#submit(),
    );
    this.subject = new Picker("of", () => this.#subjectChanged());
    this.timeframe = timeframePicker(() => this.#changed());
    this.severity = severityPicker(() => this.#changed());
    this.severity.value = "warning";
    this.save = this.#button("Save rule", "primary", () => this.#submit());
    this.look = this.#button("Preview", "", () => void this.#preview());
    this.cancel = this.#button("Cancel", "", () => this.outbox.ask({ op: "cancel" }));
    this.cancel.hidden = true;
    this.options = new RuleOptions(this.field, () => this.#changed());
    this.preview = new RulePreview(data.ask, data.socket);
    this.#lay();
    parent.append(this.root);
    this.checker = new Checker(data.ask, (verdict) => this.#checked(verdict));
    void this.#fetchVocabulary();
  }

  #lay() {
    const { quick } = this.data;
    const controls = element("div", "controls");
    if (quick) controls.append(this.subject.root, this.save);
    else controls.append(this.subject.root, this.timeframe.root, this.severity.root, this.look, this.save, this.cancel);
    const line = element("div", "line");
    line.append(this.field.root, controls);
    this.root.append(...(quick ? [line] : [this.heading, line, this.options.root, this.preview.root]));
  }

  /**
   * @param {string} words
   * @param {string} className
   * @param {() => void} onClick
   */
  #button(words, className, onClick) {
    const button = element("button", className, words);
    button.addEventListener("click", onClick);
    return button;
  }

  async #fetchVocabulary() {
    try {
      this.field.vocabulary = await ask(`${this.data.ask}/vocabulary`);
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      if (!this.ended) this.retry = window.setTimeout(() => void this.#fetchVocabulary(), RETRY_VOCABULARY);
    }
  }

  // The script has run: `data` may hold other pairs, another rule to edit, or the engine's refusal.
  /**
   * @param {Given} data
   * @param {(actions: Action[]) => void} act
   */
  scriptRan(data, act) {
    const follows = data.quick && data.subject !== this.data.subject;
    this.outbox.scriptRan(data.done, act);
    this.data = data;
    this.subject.offer(subjectGroups(data));
    if (!this.subject.value || follows) this.subject.value = data.subject;
    if (!this.timeframe.value || data.quick) this.timeframe.value = data.timeframe;
    this.options.setChannels(data.channels);
    this.#watch();
    if (data.draft.token !== this.token) this.#load(data.draft);
    else if (data.answer?.attempt === this.attempt && this.saving) this.#refused(data.answer.message);
    else if (follows) this.#changed();
  }

  /** @param {Given["draft"]} draft */
  #load({ token, rule }) {
    const first = this.token === null;
    this.token = token;
    this.ruleId = rule?.rule_id ?? null;
    this.saving = false;
    this.wanted = false;
    this.field.text = rule?.text ?? "";
    this.subject.value = rule?.subject ?? this.data.subject;
    this.timeframe.value = rule?.timeframe ?? this.data.timeframe;
    this.severity.value = rule?.severity ?? "warning";
    this.enabled = rule?.enabled;
    if (rule) {
      this.options.load(rule);
      this.options.root.open = Boolean(
        rule.name || rule.recover !== null || rule.keep_seconds || rule.cooldown_seconds,
      );
    } else this.options.clear();
    this.preview.clear();
    setText(this.heading, rule ? `Edit: ${rule.name || rule.text}` : "New rule");
    this.saveWords = rule ? "Save changes" : this.data.quick ? "Add rule" : "Save rule";
    this.cancel.hidden = !rule;
    this.#watch();
    this.#changed();
    if (rule && !first) {
      this.root.scrollIntoView({ block: "center", behavior: "smooth" });
      this.field.input.focus({ preventScroll: true });
    }
  }

  #watch() {
    const { pairs, symbols } = this.data;
    this.field.watched = { pairs, symbols, subject: this.subject.value };
  }

  #subjectChanged() {
    this.#watch();
    this.#changed();
  }

  // Something is another than what was checked: ask again. `typed`: the text itself is.
  /** @param {boolean} [typed] */
  #changed(typed = false) {
    this.attempt += 1; // a refusal that is still on its way is of what was
    this.saving = false;
    if (typed) this.options.textChanged();
    this.options.say("");
    this.result = null;
    this.preview.old();
    if (!this.field.text.trim()) {
      this.checker.stop();
      this.wanted = false;
      this.field.show(null);
    } else this.checker.check(this.#question());
    this.#drawButtons();
  }

  /** @returns {CheckBody} */
  #question() {
    const { recover } = this.data.quick ? {} : this.options.values();
    const bare = { text: this.field.text, subject: this.subject.value, timeframe: this.timeframe.value };
    return recover === undefined ? bare : { ...bare, recover };
  }

  /** @param {Verdict} result */
  #checked(result) {
    this.result = result;
    if ("of" in result) {
      this.field.show(null);
      this.options.say(`Ends when: ${result.message}${result.suggestion ? ` Did you mean ${result.suggestion}?` : ""}`);
    } else this.field.show(result);
    if (result.ok) this.options.setDefaults(result.defaults);
    this.#drawButtons();
    if (!this.wanted) return;
    this.wanted = false;
    // What is watched is another thing than a rule: that wants its own word.
    if (result.ok && !this.#unwatched().length) this.#submit();
  }

  #drawButtons() {
    const right = Boolean(this.result?.ok);
    const watch = this.#unwatched();
    setText(
      this.save,
      watch.length ? `Watch ${watch.join(", ")} and ${this.ruleId ? "save the rule" : "add the rule"}` : this.saveWords,
    );
    this.save.disabled = this.saving || !right;
    this.look.disabled = !right || this.preview.busy;
    setData(this.root, "ready", right);
  }

  // What the rule is about and nobody watches yet.
  #unwatched() {
    return this.result?.ok ? this.result.unwatched : [];
  }

  /** @returns {Written} */
  body() {
    /** @type {Written} */
    const body = { text: this.field.text.trim(), subject: this.subject.value, timeframe: this.timeframe.value };
    if (this.data.quick) return body;
    if (this.enabled !== undefined) body.enabled = this.enabled;
    return { ...body, severity: this.severity.value, ...this.options.values() };
  }

  #submit() {
    if (this.saving || !this.field.text.trim()) return;
    if (this.result === null) {
      this.wanted = true; // Enter came before the verdict
      return;
    }
    if (!this.result.ok) return;
    const problem = this.data.quick ? "" : this.options.problems();
    this.options.say(problem);
    if (problem) return;
    this.saving = true;
    this.#drawButtons();
    this.outbox.ask({
      op: "save",
      attempt: this.attempt,
      rule_id: this.ruleId,
      body: this.body(),
      watch: this.#unwatched(),
    });
  }

  /** @param {string} message */
  #refused(message) {
    this.saving = false;
    this.field.show({ ok: false, message, position: null, suggestion: null });
    this.#drawButtons();
  }

  async #preview() {
    const problem = this.options.problems();
    this.options.say(problem);
    if (problem || !this.result?.ok) return;
    const showing = this.preview.show(this.body(), this.result);
    this.#drawButtons();
    await showing;
    this.#drawButtons();
  }

  destroy() {
    this.ended = true;
    window.clearTimeout(this.retry);
    this.checker.stop();
    this.outbox.destroy();
    this.preview.destroy();
    this.root.remove();
  }
}
