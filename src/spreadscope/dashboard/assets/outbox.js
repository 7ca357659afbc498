// What somebody has asked for, kept until the script has done it. An event on its way to the script can be lost:
// another takes its place, or the run that was to see it ends for the sake of another page. So all that is not done is
// told again; the script does each action once, by its id. Where the component goes first, as its page is left, the bar
// tells the rest.

import { leaveUndone } from "./shared_state.js";

/** @import { RuleBody } from "./contract.d.ts" */
/**
 * @typedef {"acknowledge" | "cancel" | "delete" | "edit" | "enable" | "mute" | "save"} RuleOperation
 * @typedef {"follow" | "parameters" | "rule" | "unfollow"} PairOperation
 * @typedef {"answer" | "close" | "details" | "flatten" | "kill" | "open" | "reset"} PaperOperation
 *
 * @typedef {object} PaperWork what is done on a paper account
 * @property {string} [account]
 * @property {number} [trade]
 * @property {number} [percent]
 * @property {number} [decision]
 * @property {boolean} [accept]
 * @property {string} [reason]
 *
 * @typedef {object} Asked
 * @property {RuleOperation | PairOperation | PaperOperation} op
 * @property {string | null} [rule_id]
 * @property {string} [subject]
 * @property {string | null} [until]
 * @property {boolean} [enabled]
 * @property {number} [attempt]
 * @property {RuleBody | PaperWork} [body]
 * @property {string[]} [watch]
 *
 * @typedef {Asked & { id: string, source: string }} Action `source` is the key of the component
 */

const AGAIN = 3000;

export class Outbox {
  // source: the key of the component. onChange(): something was asked for, or is done.
  /**
   * @param {string} source
   * @param {() => void} [onChange]
   */
  constructor(source, onChange = () => {}) {
    this.source = source;
    this.onChange = onChange;
    /** @type {Action[]} */
    this.actions = [];
    /** @type {(actions: Action[]) => void} */
    this.send = () => {};
  }

  get empty() {
    return this.actions.length === 0;
  }

  /** @param {Asked} action */
  ask(action) {
    const id = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    this.takeOver([{ ...action, id, source: this.source }]);
  }

  // Tell the script of these too, which another component has left undone.
  /** @param {Action[]} actions */
  takeOver(actions) {
    this.actions.push(...actions);
    this.#tell();
    this.onChange();
  }

  // The script has run: `done` names actions that are; send(actions) tells it of others.
  /**
   * @param {string[]} done
   * @param {(actions: Action[]) => void} send
   */
  scriptRan(done, send) {
    this.send = send;
    const left = this.actions.filter((action) => !done.includes(action.id));
    if (left.length === this.actions.length) return;
    this.actions = left;
    if (this.empty) window.clearTimeout(this.timer);
    this.onChange();
  }

  #tell() {
    window.clearTimeout(this.timer);
    this.send(this.actions);
    this.timer = window.setTimeout(() => this.#tell(), AGAIN);
  }

  destroy() {
    window.clearTimeout(this.timer);
    if (!this.empty) leaveUndone(this.actions);
    this.actions = [];
  }
}
