// What can be done about a rule. Deleting asks once more in its place, as it cannot be taken back.

import { isOpen } from "./alert_book.js";
import { element, setText } from "../dom.js";

/**
 * @import { Instance, Rule } from "../contract.d.ts"
 * @import { Asked } from "../outbox.js"
 */

const MUTES = [
  ["15m", "15 minutes"],
  ["1h", "1 hour"],
  ["8h", "8 hours"],
  ["tomorrow", "until tomorrow, 00:00 UTC"],
];
const UNMUTE = "unmute";

export class RuleButtons {
  /**
   * @param {string} ruleId
   * @param {(action: Asked) => void} onAction
   */
  constructor(ruleId, onAction) {
    this.id = ruleId;
    this.onAction = onAction;
    this.root = element("div", "buttons");
    this.acknowledge = this.#button("Acknowledge", "primary", () => this.#do("acknowledge"));
    this.first = element("option", "", "Mute …");
    this.unmute = element("option", "", "Unmute");
    this.mute = this.#makeMute();
    this.edit = this.#button("Edit", "", () => this.#do("edit"));
    this.enable = this.#button("Turn off", "", () => this.#do("enable", { enabled: !this.enabled }));
    this.remove = this.#button("Delete", "", () => this.#ask(true));
    this.sure = this.#button("Delete it", "danger", () => {
      this.#do("delete");
      this.#ask(false);
    });
    this.keep = this.#button("Keep it", "", () => this.#ask(false));
    this.usual = [this.acknowledge, this.mute, this.edit, this.enable, this.remove];
    this.root.append(...this.usual, this.sure, this.keep);
    this.asking = false;
    this.enabled = true;
  }

  /**
   * @param {Rule} rule
   * @param {Instance[]} all
   * @param {boolean} muted
   */
  draw(rule, all, muted) {
    this.enabled = rule.enabled;
    const file = rule.origin === "file";
    const open = all.some((each) => isOpen(each) && !each.acknowledged);
    /** @type {[HTMLElement, boolean][]} */
    const shown = [
      [this.acknowledge, open],
      [this.mute, true],
      [this.edit, !file],
      [this.enable, !file],
      [this.remove, !file],
    ];
    for (const [control, wanted] of shown) control.hidden = this.asking || !wanted;
    for (const control of [this.sure, this.keep]) control.hidden = !this.asking;
    setText(this.enable, rule.enabled ? "Turn off" : "Turn on");
    setText(this.first, muted ? "Muted …" : "Mute …");
    this.unmute.hidden = this.unmute.disabled = !muted;
  }

  #makeMute() {
    const select = element("select", "mute");
    select.setAttribute("aria-label", "Mute");
    this.first.value = "";
    this.unmute.value = UNMUTE;
    const spans = MUTES.map(([value, words]) => {
      const option = element("option", "", words);
      option.value = value;
      return option;
    });
    select.append(this.first, ...spans, this.unmute);
    select.addEventListener("change", () => {
      this.#do("mute", { until: select.value === UNMUTE ? null : select.value });
      select.value = "";
    });
    return select;
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

  /** @param {boolean} asking */
  #ask(asking) {
    this.asking = asking;
    for (const control of this.usual) control.hidden = asking || (control === this.acknowledge && control.hidden);
    for (const control of [this.sure, this.keep]) control.hidden = !asking;
    (asking ? this.keep : this.remove).focus();
  }

  /**
   * @param {Asked["op"]} op
   * @param {Partial<Asked>} [more]
   */
  #do(op, more = {}) {
    this.onAction({ op, rule_id: this.id, ...more });
  }
}
