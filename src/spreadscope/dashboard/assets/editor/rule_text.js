// The field for a rule's text: completion below it, the caret under what is wrong, and in words what is right.

import { complete, completions, unitsAt } from "./completion.js";
import { element, setData, setText } from "../dom.js";
import { applySuggestion } from "./suggestion.js";
import { lookOf } from "./verdict.js";

/**
 * @import { Term } from "../contract.d.ts"
 * @import { Item, Offer, Watched } from "./completion.js"
 * @import { Verdict } from "./verdict.js"
 */

export class RuleText {
  // onInput(): the text is another. onSubmit(): Enter with nothing to complete.
  /**
   * @param {() => void} onInput
   * @param {() => void} onSubmit
   */
  constructor(onInput, onSubmit) {
    this.onInput = onInput;
    this.onSubmit = onSubmit;
    /** @type {Term[]} */
    this.vocabulary = [];
    /** @type {Watched} */
    this.watched = { pairs: [], symbols: [], subject: "" };
    /** @type {Offer | null} what may be completed now */
    this.offer = null;
    this.index = 0;
    /** @type {string | null} */
    this.suggestion = null;
    /** @type {number | null} */
    this.position = null;
    this.root = element("div", "rule-text");
    this.input = element("input");
    Object.assign(this.input, { type: "text", maxLength: 500, spellcheck: false, autocomplete: "off" });
    this.input.placeholder = "z > 2";
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-label": "Alert when",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": "completions",
      autocapitalize: "off",
    })) {
      this.input.setAttribute(name, value);
    }
    this.list = element("ul", "completions");
    this.list.id = "completions";
    this.list.setAttribute("role", "listbox");
    this.list.hidden = true;
    this.caret = element("div", "caret", "^");
    this.caret.setAttribute("aria-hidden", "true");
    const line = element("div", "caret-line");
    line.append(this.caret);
    this.verdict = element("div", "verdict");
    this.verdict.setAttribute("aria-live", "polite");
    this.message = element("span", "message");
    this.fix = element("button", "fix");
    this.fix.hidden = true;
    this.verdict.append(this.message, this.fix);
    this.root.append(this.input, this.list, line, this.verdict);
    this.#listen();
    this.show(null);
  }

  get text() {
    return this.input.value;
  }

  set text(value) {
    this.input.value = value;
    this.#close();
  }

  #listen() {
    this.input.addEventListener("input", () => {
      this.#offer(false);
      this.onInput();
    });
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("blur", () => this.#close());
    this.input.addEventListener("scroll", () => this.#placeCaret());
    this.fix.addEventListener("click", () => this.#applyFix());
  }

  // Completion.

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    const action = (this.offer ? this.#offeredKeys(this.offer) : this.#plainKeys(event))[event.key];
    if (action !== undefined && action() !== false) event.preventDefault();
  }

  // What a key does; false where it keeps its own meaning.
  /**
   * @param {Offer} offer
   * @returns {Partial<Record<string, () => unknown>>}
   */
  #offeredKeys(offer) {
    const { items, typed } = offer;
    const chosen = items[this.index];
    // The name is there in full: nothing is left to complete.
    const done = chosen.name.toLowerCase() === typed.toLowerCase() && chosen.insert === chosen.name;
    return {
      ArrowDown: () => this.#choose((this.index + 1) % items.length),
      ArrowUp: () => this.#choose((this.index + items.length - 1) % items.length),
      Escape: () => this.#close(),
      Tab: () => {
        if (!done) return this.#accept(chosen, offer);
        this.#close();
        return false;
      },
      Enter: () => {
        if (!done) return this.#accept(chosen, offer);
        this.#close();
        return this.onSubmit();
      },
    };
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {Partial<Record<string, () => unknown>>}
   */
  #plainKeys(event) {
    return {
      ArrowDown: () => this.#offer(true),
      " ": () => (event.ctrlKey ? this.#offer(true) : false),
      Enter: () => this.onSubmit(),
    };
  }

  // `all`: also where nothing is typed yet.
  /** @param {boolean} all */
  #offer(all) {
    const cursor = this.input.selectionStart ?? this.text.length;
    const found = completions(this.text, cursor, this.vocabulary, this.watched);
    const isOpenParenthesis = this.text[cursor - 1] === "(" && found?.items[0]?.kind === "subject";
    if (!found || !(all || found.typed || isOpenParenthesis)) {
      this.#close();
      return;
    }
    this.offer = found;
    this.list.replaceChildren(...found.items.map((item, index) => this.#option(item, index, found)));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.#choose(0);
  }

  /**
   * @param {Item} item
   * @param {number} index
   * @param {Offer} range
   */
  #option(item, index, range) {
    const option = element("li");
    option.id = `completion-${index}`;
    option.setAttribute("role", "option");
    const unit = item.unit ? ` (${item.unit})` : "";
    option.append(
      element("b", "", item.name),
      element("span", "kind", item.kind),
      element("span", "meaning", `${item.meaning}${unit}`),
    );
    if (item.example) option.title = item.example;
    // Before the field loses the focus.
    option.addEventListener("mousedown", (event) => {
      event.preventDefault();
      this.#accept(item, range);
    });
    return option;
  }

  /** @param {number} index */
  #choose(index) {
    this.index = index;
    [...this.list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    this.list.children[index].scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", `completion-${index}`);
  }

  /**
   * @param {Item} item
   * @param {Pick<Offer, "from" | "to">} range
   */
  #accept(item, range) {
    this.#write(complete(this.text, range, item));
    if (item.insert.endsWith("(")) this.#offer(false);
  }

  /** @param {{ text: string, cursor: number }} made */
  #write({ text, cursor }) {
    this.input.value = text;
    this.input.focus();
    this.input.setSelectionRange(cursor, cursor);
    this.#close();
    this.onInput();
  }

  #close() {
    this.offer = null;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {Verdict | null} verdict null while it is not known */
  show(verdict) {
    const { state, words, suggestion, position } = lookOf(verdict);
    this.suggestion = suggestion;
    this.position = position;
    setData(this.root, "verdict", state);
    this.input.setAttribute("aria-invalid", String(state === "wrong"));
    setText(this.message, words);
    this.fix.hidden = suggestion === null;
    setText(this.fix, suggestion === null ? "" : `Use ${suggestion}`);
    this.#placeCaret();
  }

  // Under the character at which it is seen that the text is wrong.
  #placeCaret() {
    this.caret.hidden = this.position === null;
    if (this.position === null) return;
    const at = unitsAt(this.text, this.position);
    this.caret.style.left = `calc(${at}ch - ${this.input.scrollLeft}px)`;
    setData(this.caret, "position", at);
  }

  #applyFix() {
    if (this.suggestion === null) return;
    const at = this.position === null ? this.text.length : unitsAt(this.text, this.position);
    this.#write(applySuggestion(this.text, at, this.suggestion));
  }
}
