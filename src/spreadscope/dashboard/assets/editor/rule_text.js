// The field for a rule's text: completion below it, the caret under what is wrong, and in words what is right.

import { complete, completions, unitsAt } from "./completion.js";
import { element, setData, setText } from "../dom.js";
import { sentence } from "../liveness.js";
import { applySuggestion } from "./suggestion.js";

export class RuleText {
  // onInput(): the text is another. onSubmit(): Enter with nothing to complete.
  constructor(onInput, onSubmit) {
    this.onInput = onInput;
    this.onSubmit = onSubmit;
    this.vocabulary = [];
    this.watched = { pairs: [], symbols: [], subject: "" };
    this.offer = null;
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

  #key(event) {
    if (event.isComposing) return;
    const keys = this.offer ? this.#offeredKeys() : this.#plainKeys(event);
    const action = keys[event.key];
    if (!action) return;
    if (action() !== false) event.preventDefault();
  }

  #offeredKeys() {
    const { items, typed } = this.offer;
    const chosen = items[this.index];
    // The name is there in full: nothing is left to complete.
    const done = chosen.name.toLowerCase() === typed.toLowerCase() && chosen.insert === chosen.name;
    return {
      ArrowDown: () => this.#choose((this.index + 1) % items.length),
      ArrowUp: () => this.#choose((this.index + items.length - 1) % items.length),
      Escape: () => this.#close(),
      Tab: () => (done ? (this.#close(), false) : this.#accept(chosen)),
      Enter: () => (done ? (this.#close(), this.onSubmit()) : this.#accept(chosen)),
    };
  }

  #plainKeys(event) {
    return {
      ArrowDown: () => this.#offer(true),
      " ": () => (event.ctrlKey ? this.#offer(true) : false),
      Enter: () => this.onSubmit(),
    };
  }

  // `all`: also where nothing is typed yet.
  #offer(all) {
    const cursor = this.input.selectionStart ?? this.text.length;
    const found = completions(this.text, cursor, this.vocabulary, this.watched);
    const isOpenParenthesis = this.text[cursor - 1] === "(" && found?.items[0]?.kind === "subject";
    if (!found || !(all || found.typed || isOpenParenthesis)) {
      this.#close();
      return;
    }
    this.offer = found;
    this.list.replaceChildren(...found.items.map((item, index) => this.#option(item, index)));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.#choose(0);
  }

  #option(item, index) {
    const option = element("li");
    option.id = `completion-${index}`;
    option.setAttribute("role", "option");
    const unit = item.unit ? ` (${item.unit})` : "";
    option.append(
      element("b", "", item.name),
      element("span", "kind", item.kind),
      element("span", "meaning", `${item.meaning ?? ""}${unit}`),
    );
    if (item.example) option.title = item.example;
    // Before the field loses the focus.
    option.addEventListener("mousedown", (event) => {
      event.preventDefault();
      this.#accept(item);
    });
    return option;
  }

  #choose(index) {
    this.index = index;
    [...this.list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    this.list.children[index].scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", `completion-${index}`);
  }

  #accept(item) {
    this.#write(complete(this.text, this.offer, item));
    if (item.insert.endsWith("(")) this.#offer(false);
  }

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

  // What the engine thinks of it: null while it is not known, {ok: true, words, warnings}, {ok: false, message,
  // position, suggestion}, or {down: "<sentence>"}. With warnings it is a rule, but hardly the one that is meant.

  show(result) {
    this.result = result;
    const state =
      result === null
        ? "none"
        : result.ok
          ? doubts(result).length
            ? "doubtful"
            : "right"
          : result.down
            ? "down"
            : "wrong";
    setData(this.root, "verdict", state);
    this.input.setAttribute("aria-invalid", String(state === "wrong"));
    const wrong = state === "wrong";
    setText(this.message, state === "none" ? "" : verdictWords(result));
    this.fix.hidden = !(wrong && result.suggestion);
    if (!this.fix.hidden) setText(this.fix, `Use ${result.suggestion}`);
    this.caret.hidden = !(wrong && Number.isInteger(result.position));
    this.#placeCaret();
  }

  #placeCaret() {
    if (this.caret.hidden) return;
    const at = unitsAt(this.text, this.result.position);
    this.caret.style.left = `calc(${at}ch - ${this.input.scrollLeft}px)`;
    setData(this.caret, "position", at);
  }

  #applyFix() {
    const { position, suggestion } = this.result;
    this.#write(applySuggestion(this.text, unitsAt(this.text, position ?? this.text.length), suggestion));
  }
}

function verdictWords(result) {
  if (!result.ok) return sentence(result.down ?? result.message);
  return [...doubts(result), result.words].map(sentence).join(" ");
}

function doubts({ warnings = [], unwatched = [] }) {
  return [...warnings, ...unwatched.map((subject) => `${subject} is not watched yet`)];
}
