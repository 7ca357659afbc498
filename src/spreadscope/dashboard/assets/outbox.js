// What somebody has asked for, kept until the script has done it. An event on its way to the script can be lost:
// another takes its place, or the run that was to see it ends for the sake of another page. So all that is not done is
// told again; the script does each action once, by its id.

/** @import { RuleBody } from "./contract.d.ts" */
/**
 * @typedef {"acknowledge" | "cancel" | "delete" | "edit" | "enable" | "mute" | "save"} RuleOperation
 * @typedef {"follow" | "parameters" | "rule" | "unfollow"} PairOperation
 * @typedef {"answer" | "close" | "details" | "flatten" | "kill" | "open" | "reset"} PaperOperation
 *
 * @typedef {object} PaperWork what is done on a paper account
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
 * @typedef {Asked & { id: string }} Action
 */

const AGAIN = 3000;

export class Outbox {
  // onChange(): something was asked for, or is done.
  /** @param {() => void} [onChange] */
  constructor(onChange = () => {}) {
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
    this.actions.push({ ...action, id: `${Date.now()}-${Math.random().toString(36).slice(2)}` });
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
  }
}
