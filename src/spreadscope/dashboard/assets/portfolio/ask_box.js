// A question in its place, before something is done that matters: with a reason, where one is kept.

import { element, setText } from "../dom.js";

/**
 * @typedef {object} Question
 * @property {string} words what will happen
 * @property {string} [reason] the field asks for one, and begins with this
 * @property {string} go
 * @property {(reason: string) => void} done
 */

const LONGEST_REASON = 200;

export class AskBox {
  constructor() {
    this.root = element("form", "ask");
    this.root.hidden = true;
    this.words = element("p");
    this.field = element("input");
    this.field.maxLength = LONGEST_REASON;
    this.field.placeholder = "Why? It is kept with the event.";
    this.field.setAttribute("aria-label", "Reason");
    this.go = element("button", "danger");
    this.go.type = "submit";
    this.back = element("button", "", "Cancel");
    this.back.type = "button";
    const line = element("div", "line");
    line.append(this.field, this.go, this.back);
    this.root.append(this.words, line);
    /** @type {Question | null} */
    this.question = null;
    /** @type {HTMLElement | null} */
    this.from = null;
    this.back.addEventListener("click", () => this.#close());
    this.field.addEventListener("input", () => this.#judge());
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#close();
    });
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      const { question } = this;
      const reason = this.field.value.trim();
      if (question === null || (question.reason !== undefined && reason === "")) return;
      this.#close();
      question.done(reason);
    });
  }

  /**
   * @param {Question} question
   * @param {HTMLElement} from where the focus goes back to
   */
  ask(question, from) {
    this.question = question;
    this.from = from;
    setText(this.words, question.words);
    setText(this.go, question.go);
    this.field.hidden = question.reason === undefined;
    this.field.value = question.reason ?? "";
    this.root.hidden = false;
    this.#judge();
    if (this.field.hidden) this.back.focus();
    else {
      this.field.focus();
      this.field.select();
    }
  }

  #judge() {
    this.go.disabled = !this.field.hidden && this.field.value.trim() === "";
  }

  #close() {
    this.question = null;
    this.root.hidden = true;
    this.from?.focus();
  }
}
