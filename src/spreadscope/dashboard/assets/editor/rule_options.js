// What can be said of a rule beside its text: how it ends, how often it may be told, and to whom.

import { forPart, withFor } from "./completion.js";
import { element, setText } from "../dom.js";
import { problemOf, valuesOf } from "./option_values.js";
import { spanText } from "./spans.js";

/**
 * @import { Rule, RuleDefaults } from "../contract.d.ts"
 * @import { RuleText } from "./rule_text.js"
 */
/**
 * @typedef {Partial<Pick<Rule, "rule_id" | "name" | "recover" | "keep_seconds" | "cooldown_seconds" | "cap_per_hour"
 *   | "once" | "notify_resolved" | "notify_no_data" | "channels">>} Begun a rule to edit, or what a new one begins with
 */

const LONGEST_FOR = "30s, 5m, 3 bars";
const ENDS = "a number, or a condition such as abs(z) < 1.5";
const PAUSE = "30s, 5m, 1h";

export class RuleOptions {
  // `field`: the RuleText, of whose text "for …" is a part. onChange(): an option is another.
  /**
   * @param {RuleText} field
   * @param {() => void} onChange
   */
  constructor(field, onChange) {
    this.field = field;
    this.onChange = onChange;
    this.editing = false;
    this.names = "";
    /** @type {Map<string, HTMLInputElement>} the channels there are */
    this.boxes = new Map();
    /** @type {string[]} channels of the rule that are not there now */
    this.missing = [];
    this.root = element("details", "options");
    this.root.append(element("summary", "", "More: how it ends, how often, to whom"));
    const grid = element("div", "grid");
    this.name = this.#text(grid, "Name", "what it is called in messages", "");
    this.recover = this.#text(grid, "Ends when", ENDS, "none: as soon as the condition is false");
    this.lasting = this.#text(grid, "True for", LONGEST_FOR, "so long before it fires; a part of the text");
    this.keep = this.#text(grid, "Keep open for", "30s, 5m, 1h", "so long after its condition is false");
    this.cooldown = this.#text(grid, "Cooldown", PAUSE, "so long after an alert, the next is not sent; 0: none");
    this.cap = this.#text(grid, "At most an hour", "12", "more are told together in one digest");
    this.cap.inputMode = "numeric";
    const checks = element("div", "checks");
    this.once = this.#check(checks, "Only once, then off");
    this.resolved = this.#check(checks, "Send its end too");
    this.noData = this.#check(checks, "Send a lack of data too");
    this.channels = element("div", "checks channels");
    this.problem = element("p", "problem");
    this.problem.hidden = true;
    this.root.append(grid, checks, this.channels, this.problem);
    this.lasting.addEventListener("change", () => {
      this.field.text = withFor(this.field.text, this.lasting.value.trim());
      this.onChange();
    });
    this.setChannels([]);
    this.clear();
  }

  /**
   * @param {HTMLElement} grid
   * @param {string} label
   * @param {string} placeholder
   * @param {string} note
   */
  #text(grid, label, placeholder, note) {
    const holder = element("label", "option");
    const input = element("input");
    Object.assign(input, { type: "text", placeholder, autocomplete: "off", spellcheck: false });
    holder.append(element("span", "label", label), input);
    if (note) holder.append(element("span", "hint", note));
    grid.append(holder);
    input.addEventListener("input", () => input !== this.lasting && this.onChange());
    return input;
  }

  /**
   * @param {HTMLElement} parent
   * @param {string} label
   */
  #check(parent, label) {
    const holder = element("label", "check");
    const box = element("input");
    box.type = "checkbox";
    box.addEventListener("change", () => this.onChange());
    holder.append(box, element("span", "", label));
    parent.append(holder);
    return box;
  }

  // Names to choose from; none chosen means every one.
  /** @param {string[]} names */
  setChannels(names) {
    const key = JSON.stringify(names);
    if (key === this.names) return;
    this.names = key;
    const chosen = this.#chosen();
    // One that is not there now may come back, and is kept until then.
    this.missing = chosen.filter((name) => !names.includes(name));
    this.boxes.clear();
    this.channels.replaceChildren(
      element(
        "span",
        "label",
        names.length ? "Send to (none chosen: to all)" : "No channel to send to yet: see Delivery.",
      ),
    );
    for (const name of names) {
      const box = this.#check(this.channels, name);
      box.checked = chosen.includes(name);
      this.boxes.set(name, box);
    }
  }

  #chosen() {
    return [...[...this.boxes].filter(([, box]) => box.checked).map(([name]) => name), ...this.missing];
  }

  clear() {
    this.load({ notify_resolved: true });
    this.root.open = false;
  }

  // What a new rule gets where these are left empty: {recover, cooldown_seconds}.
  /** @param {RuleDefaults | null} defaults */
  setDefaults(defaults) {
    const nothing = { recover: null, cooldown_seconds: 0 };
    const { recover, cooldown_seconds: cooldown } = this.editing ? nothing : (defaults ?? nothing);
    this.recover.placeholder = recover === null ? ENDS : `${recover}, unless you write another`;
    this.cooldown.placeholder = cooldown ? `${spanText(cooldown)}, unless you write another` : PAUSE;
  }

  // `rule`: one to edit, which keeps what it has, or what a new one begins with.
  /** @param {Begun} rule */
  load(rule) {
    this.editing = Boolean(rule.rule_id);
    this.setDefaults(null);
    this.name.value = rule.name ?? "";
    this.recover.value = String(rule.recover ?? "");
    this.keep.value = spanText(rule.keep_seconds ?? 0);
    this.cooldown.value = spanText(rule.cooldown_seconds ?? 0);
    this.cap.value = String(rule.cap_per_hour ?? "");
    this.once.checked = Boolean(rule.once);
    this.resolved.checked = rule.notify_resolved ?? true;
    this.noData.checked = Boolean(rule.notify_no_data);
    for (const [name, box] of this.boxes) box.checked = (rule.channels ?? []).includes(name);
    this.missing = (rule.channels ?? []).filter((name) => !this.boxes.has(name));
    this.textChanged();
  }

  textChanged() {
    this.lasting.value = forPart(this.field.text);
  }

  values() {
    const written = {
      name: this.name.value,
      recover: this.recover.value,
      keep: this.keep.value,
      cooldown: this.cooldown.value,
      cap: this.cap.value,
      once: this.once.checked,
      resolved: this.resolved.checked,
      noData: this.noData.checked,
      channels: this.#chosen(),
    };
    return valuesOf(written, this.editing);
  }

  // What is wrong with the options themselves, "" when nothing is.
  problems() {
    return problemOf(this.values());
  }

  /** @param {string} problem */
  say(problem) {
    this.problem.hidden = problem === "";
    setText(this.problem, problem);
    if (problem) this.root.open = true;
  }
}
