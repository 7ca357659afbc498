// Entry of a text to copy: a command, or lines of a settings file.

import { element, setText } from "./dom.js";
import { mounting } from "./mounting.js";

/** @import { Kind, Parent } from "./mounting.js" */
/** @typedef {{ text: string }} Given */

const SAID_MS = 4000;

class CodeView {
  /** @param {Parent} parent */
  constructor(parent) {
    this.signature = "";
    this.root = element("div", "code");
    this.text = element("pre");
    this.text.append(element("code"));
    this.copy = element("button", "copy", "Copy");
    this.copy.type = "button";
    this.copy.addEventListener("click", () => void this.#copy());
    this.said = element("span", "said");
    this.said.setAttribute("role", "status");
    this.root.append(this.text, this.said, this.copy);
    parent.append(this.root);
  }

  /** @param {string} text */
  show(text) {
    const code = /** @type {HTMLElement} */ (this.text.firstElementChild);
    setText(code, text);
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.text.textContent ?? "");
      this.#say("Copied.");
    } catch (error) {
      if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
      // Without https a page has no clipboard: marked, the text is one key away.
      const marked = document.createRange();
      marked.selectNodeContents(this.text);
      window.getSelection()?.removeAllRanges();
      window.getSelection()?.addRange(marked);
      this.#say("This browser does not let a page copy: the text is marked, press Ctrl+C.");
    }
  }

  /** @param {string} words */
  #say(words) {
    setText(this.said, words);
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => setText(this.said, ""), SAID_MS);
  }

  destroy() {
    window.clearTimeout(this.timer);
    this.root.remove();
  }
}

export default mounting(
  /** @type {Kind<CodeView, Given, Record<string, never>>} */ ({
    make: (parent) => new CodeView(parent),
    signature: () => "",
    ran: (view, { data }) => view.show(data.text),
  }),
);
