// The menu of the layout: what is shown and where, how dense, saved layouts, a link that carries it all.

import { say } from "../shared_state.js";
import { element } from "../dom.js";
import { Menu } from "../menu.js";
import { LONGEST_NAME } from "./kept.js";
import { PARTS, arranged, placeOf, withFolded, withMoved, withPart, withPartMoved } from "./model.js";

/**
 * @import { KeptLayout } from "./kept.js"
 * @import { Layout, Part, Place } from "./model.js"
 */

/** @type {Record<Part, string>} */
const NAMES = {
  verdict: "Verdict",
  figures: "Figures",
  chart: "Chart",
  alerts: "Alerts",
  signals: "Signals",
  watch: "Watch list",
  tape: "Tape",
};
/** @type {[Place | "", string][]} */
const CHOICES = [
  ["", "hidden"],
  ["top", "above"],
  ["side", "beside"],
  ["below", "below"],
];

export class LayoutMenu {
  // panes(): the names of the panes that there are, with their titles.
  /**
   * @param {KeptLayout} kept
   * @param {() => { name: string, title: string }[]} panes
   */
  constructor(kept, panes) {
    this.kept = kept;
    this.panes = panes;
    this.menu = new Menu("layout", "Layout", () => this.draw());
    this.menu.button.textContent = "Layout";
    this.root = this.menu.root;
  }

  draw() {
    const { current } = this.kept;
    this.menu.box.replaceChildren(
      element("h3", "", "Parts of the page"),
      ...PARTS.map((part) => this.#part(part, current)),
      element("h3", "", "Panes of the chart"),
      ...this.#paneLines(current),
      element("h3", "", "Density"),
      this.#density(current),
      element("h3", "", "Saved layouts"),
      ...this.#saved(),
      this.#last(),
    );
  }

  /** @param {Layout} layout */
  #set(layout) {
    this.kept.set(layout);
    this.draw();
  }

  /**
   * @param {Part} part
   * @param {Layout} layout
   */
  #part(part, layout) {
    const line = element("div", "line");
    const place = placeOf(layout, part);
    line.append(element("span", "name", NAMES[part]));
    const choice = element("select");
    choice.setAttribute("aria-label", `Place of ${NAMES[part]}`);
    const choices =
      part === "chart"
        ? /** @type {typeof CHOICES} */ ([
            ["", "hidden"],
            ["main", "in the middle"],
          ])
        : CHOICES;
    for (const [value, words] of choices) {
      const option = element("option", "", words);
      option.value = value;
      option.selected = value === (place ?? "");
      choice.append(option);
    }
    choice.addEventListener("change", () =>
      this.#set(withPart(layout, part, /** @type {Place} */ (choice.value || null))),
    );
    line.append(choice);
    if (place !== null && part !== "chart") {
      line.append(
        this.#button("\u2191", `${NAMES[part]} earlier`, () => this.#set(withPartMoved(layout, part, -1))),
        this.#button("\u2193", `${NAMES[part]} later`, () => this.#set(withPartMoved(layout, part, 1))),
      );
    }
    return line;
  }

  /** @param {Layout} layout */
  #paneLines(layout) {
    const titles = new Map(this.panes().map(({ name, title }) => [name, title]));
    const names = [...titles.keys()];
    return arranged(layout, names).map(({ name, folded }) => {
      const line = element("label", "line");
      const open = element("input");
      open.type = "checkbox";
      open.checked = !folded;
      open.addEventListener("change", () => this.#set(withFolded(layout, names, name, !open.checked)));
      const title = titles.get(name) ?? name;
      line.append(
        open,
        element("span", "name", title),
        this.#button("\u2191", `${title} up`, () => this.#set(withMoved(layout, names, name, -1))),
        this.#button("\u2193", `${title} down`, () => this.#set(withMoved(layout, names, name, 1))),
      );
      return line;
    });
  }

  /** @param {Layout} layout */
  #density(layout) {
    const line = element("div", "line");
    for (const density of /** @type {const} */ (["normal", "compact"])) {
      const button = this.#button(density, `Density: ${density}`, () => this.#set({ ...layout, density }));
      button.setAttribute("aria-pressed", String(layout.density === density));
      line.append(button);
    }
    return line;
  }

  #saved() {
    const lines = this.kept.named.map(([name, layout]) => {
      const line = element("div", "line");
      line.append(
        this.#button(name, `Use ${name}`, () => this.use(name, layout)),
        this.#button("\u00d7", `Delete ${name}`, () => {
          const undo = this.kept.drop(name);
          this.draw();
          say({ text: `The layout ${name} is deleted.`, undo });
        }),
      );
      return line;
    });
    const line = element("form", "line");
    const name = element("input");
    name.type = "text";
    name.maxLength = LONGEST_NAME;
    name.placeholder = "Name of this layout";
    name.setAttribute("aria-label", "Name of this layout");
    const save = element("button", "", "Save");
    save.type = "submit";
    line.append(name, save);
    line.addEventListener("submit", (event) => {
      event.preventDefault();
      const why = this.kept.save(name.value);
      say({ text: why ?? `Saved as ${name.value.trim()}.` });
      if (why === null) this.draw();
    });
    return [...lines, line];
  }

  #last() {
    const line = element("div", "line");
    line.append(
      this.#button("Copy a link", "Copy the address of this page with its layout", () => void this.copyLink()),
      this.#button("As it was at first", "The usual layout", () => {
        const before = this.kept.current;
        this.kept.reset();
        this.draw();
        say({ text: "The layout is as it was at first.", undo: () => this.#set(before) });
      }),
    );
    return line;
  }

  /**
   * @param {string} name
   * @param {Layout} layout
   */
  use(name, layout) {
    const before = this.kept.current;
    this.#set(layout);
    say({ text: `Layout ${name}.`, undo: () => this.#set(before) });
  }

  async copyLink() {
    const link = this.kept.link();
    try {
      await navigator.clipboard.writeText(link);
      say({ text: "The address is copied: it opens this pair in this layout." });
    } catch {
      // A browser may forbid the clipboard: then the address bar has it.
      window.history.replaceState(window.history.state, "", link);
      say({ text: "This browser does not let a page copy: the address is in the address bar." });
    }
  }

  /**
   * @param {string} text
   * @param {string} words
   * @param {() => void} onClick
   */
  #button(text, words, onClick) {
    const button = element("button", "", text);
    button.type = "button";
    button.title = words;
    button.setAttribute("aria-label", words);
    button.addEventListener("click", (event) => {
      event.preventDefault(); // in a label it would press the box too
      onClick();
    });
    return button;
  }
}
