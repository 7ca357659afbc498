// What can be said of a rule beside its text: how it ends, how often it may be told, and to whom.

import { forPart, withFor } from "./completion.js";
import { element, setText } from "../dom.js";
import { parseSpan, spanText } from "./spans.js";

const LONGEST_FOR = "30s, 5m, 3 bars";
const ENDS = "a number, or a condition such as abs(z) < 1.5";
const PAUSE = "30s, 5m, 1h";
// Said in place of a level: it ends as soon as its condition is false.
const NONE = /^(none|no|off|-)$/i;

export class RuleOptions {
  // `field`: the RuleText, of whose text "for …" is a part. onChange(): an option is another.
  constructor(field, onChange) {
    this.field = field;
    this.onChange = onChange;
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
    this.boxes = new Map();
    this.clear();
  }

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
  setChannels(names) {
    const key = names.join("\n");
    if (key === this.names) return;
    this.names = key;
    const chosen = this.#chosen();
    this.boxes.clear();
    this.channels.replaceChildren(
      element(
        "span",
        "label",
        names.length ? "Send to (none chosen: to all)" : "No channel to send to yet: see Delivery.",
      ),
    );
    for (const name of names) {
      this.boxes.set(name, this.#check(this.channels, name));
      this.boxes.get(name).checked = chosen.includes(name);
    }
  }

  #chosen() {
    return [...this.boxes].filter(([, box]) => box.checked).map(([name]) => name);
  }

  clear() {
    this.load({ notify_resolved: true });
    this.root.open = false;
  }

  // What a new rule gets where these are left empty: {recover, cooldown_seconds}.
  setDefaults(defaults) {
    const { recover = null, cooldown_seconds: cooldown = 0 } = this.editing ? {} : (defaults ?? {});
    this.recover.placeholder = recover === null ? ENDS : `${recover}, unless you write another`;
    this.cooldown.placeholder = cooldown ? `${spanText(cooldown)}, unless you write another` : PAUSE;
  }

  // `rule`: one to edit, which keeps what it has, or what a new one begins with.
  load(rule) {
    this.editing = Boolean(rule.rule_id);
    this.setDefaults(null);
    this.name.value = rule.name ?? "";
    this.recover.value = rule.recover ?? "";
    this.keep.value = spanText(rule.keep_seconds);
    this.cooldown.value = spanText(rule.cooldown_seconds);
    this.cap.value = rule.cap_per_hour ?? "";
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

  // As the engine takes it: of a new rule {recover} is left out where it is empty, and so is whatever else has a
  // default.
  values() {
    const text = this.recover.value.trim();
    const nothing = this.editing ? null : undefined;
    const recover =
      text === "" ? nothing : NONE.test(text) ? null : Number.isFinite(Number(text)) ? Number(text) : text;
    const channels = [...this.#chosen(), ...this.missing];
    const values = {
      name: this.name.value.trim() || undefined,
      recover,
      keep_seconds: parseSpan(this.keep.value) ?? (this.editing ? 0 : undefined),
      cooldown_seconds: parseSpan(this.cooldown.value) ?? (this.editing ? 0 : undefined),
      cap_per_hour: this.cap.value.trim() ? Number(this.cap.value) : undefined,
      once: this.once.checked,
      notify_resolved: this.resolved.checked,
      notify_no_data: this.noData.checked,
      channels,
    };
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  }

  // What is wrong with the options themselves, "" when nothing is.
  problems() {
    const values = this.values();
    for (const [field, label] of [
      ["keep_seconds", "Keep open for"],
      ["cooldown_seconds", "Cooldown"],
    ]) {
      if (Number.isNaN(values[field])) return `${label}: write a length such as 30s, 5m or 1h.`;
    }
    const cap = values.cap_per_hour;
    if (cap !== undefined && !(Number.isInteger(cap) && cap > 0))
      return "At most an hour: write a whole number, such as 12.";
    return "";
  }

  say(problem) {
    this.problem.hidden = problem === "";
    setText(this.problem, problem);
    if (problem) this.root.open = true;
  }
}
