// The watch list: what the engine tells of the pairs, what the user has chosen of it, and the list on the screen.

import { nameInAddress } from "../address.js";
import { element, setData, setText } from "../dom.js";
import { Feed } from "../feed.js";
import { Outbox } from "../outbox.js";
import { PaperBook } from "../portfolio/paper_book.js";
import { begun, keep, linkTo } from "./choices.js";
import { chosenOf, columnsOf } from "./columns.js";
import { isFiltering } from "./filter.js";
import { Grid } from "./grid.js";
import { assigned } from "./groups.js";
import { hooks } from "./hooks.js";
import { layoutOf } from "./layout.js";
import { Leaving } from "./leaving.js";
import { linesOf, sameLines, stepped } from "./lines.js";
import { pressed } from "./order.js";
import { positionsOf } from "./paper_positions.js";
import { RowMenu } from "./row_menu.js";
import { WatchedRows } from "./rows.js";
import { Toolbar } from "./toolbar.js";
import { pressInList, pressOnPage } from "./watch_keys.js";

/**
 * @import { PaperChanges, PaperView, WatchChanges, WatchView as Whole } from "../contract.d.ts"
 * @import { Parent } from "../mounting.js"
 * @import { Action } from "../outbox.js"
 * @import { Choices } from "./choices.js"
 * @import { Column } from "./columns.js"
 * @import { Line } from "./lines.js"
 */
/**
 * @typedef {object} Given
 * @property {string} key
 * @property {string} timeframe
 * @property {string} socket
 * @property {string} account whose paper trades are shown; empty: none
 * @property {string} link where pages are
 * @property {string[]} examples of pairs that can be added
 * @property {string[]} done
 */

// A list that is sorted by what moves is put in order so often at most: a line must stay under the pointer for a while.
const REORDER = 1000;
/** @type {Choices["grouping"][]} */
const GROUPINGS = ["", "own", "venue", "base"];

export class WatchView {
  /**
   * @param {Parent} parent
   * @param {Given} given
   * @param {string} signature
   */
  constructor(parent, { key, timeframe, socket, account, link, examples }, signature) {
    this.signature = signature;
    this.timeframe = timeframe;
    this.link = link;
    this.examples = examples;
    this.rows = new WatchedRows();
    this.paper = new PaperBook();
    this.choices = begun(window.location.search);
    this.outbox = new Outbox(key);
    /** @type {Column[]} */
    this.columns = [];
    /** @type {Column[]} */
    this.chosen = [];
    /** @type {Line[]} */
    this.lines = [];
    this.arranged = { members: -1, at: -Infinity, version: -1 };
    this.width = -1;
    this.version = 0; // counts what came, and what was chosen
    this.root = element("section", "watch");
    this.root.setAttribute("aria-label", "Watch list");
    this.note = element("p", "note");
    this.note.setAttribute("role", "status");
    this.leavingBox = element("div", "leaving");
    this.leavingBox.setAttribute("role", "status");
    this.empty = element("div", "empty");
    this.leaving = new Leaving({
      onDue: (pairs) => this.outbox.ask({ op: "unfollow", watch: pairs }),
      onChange: () => {
        this.#layLeaving();
        this.#touch();
      },
    });
    this.toolbar = new Toolbar({
      change: (change) => this.#choose(change),
      add: (text) => this.#add(text),
      link: () => void this.#copyLink(),
      sort: (key) => this.#choose({ order: key ? pressed({ key: null, down: true }, key) : { key: null, down: true } }),
      leave: () => this.grid.root.focus(),
    });
    this.grid = new Grid({
      sort: (key) => this.#choose({ order: pressed(this.choices.order, key) }),
      address: (pair) => this.#address(pair),
      open: (pair) => this.#open(pair),
      menu: (pair, at) => this.#menu(pair, at),
      moved: () => this.#schedule(),
      leaving: (pair) => this.leaving.has(pair),
    });
    this.menu = new RowMenu({
      open: (pair) => this.#open(pair),
      lab: (pair) => `${link}lab?pair=${encodeURIComponent(pair)}`,
      rule: (pair) => this.outbox.ask({ op: "rule", subject: pair }),
      parameters: (pair) => this.outbox.ask({ op: "parameters", subject: pair }),
      remove: (pair) => this.leaving.add(pair),
      assign: (pair, name) =>
        this.#choose({
          groups: assigned(this.choices.groups, pair, name),
          grouping: name.trim() ? "own" : this.choices.grouping,
        }),
      closed: () => this.grid.root.focus(),
    });
    this.#layEmpty();
    this.#layLeaving();
    // Nothing is told yet: what is seen for one frame and then hidden takes the focus of the keyboard with it.
    this.toolbar.root.hidden = this.empty.hidden = this.grid.root.hidden = true;
    this.root.append(this.note, this.toolbar.root, this.leavingBox, this.empty, this.grid.root, this.menu.root);
    parent.append(this.root);
    this.keys = {
      step: (/** @type {number} */ steps) => this.#step(steps),
      page: () => this.grid.page,
      open: () => this.grid.active && this.#open(this.grid.active),
      menu: () => this.#menuOfActive(),
      remove: () => this.grid.active && this.leaving.add(this.grid.active),
      filter: () => this.toolbar.text.focus(),
      group: () => this.#nextGrouping(),
    };
    this.grid.root.addEventListener("keydown", (event) => {
      if (event.composedPath()[0] === this.grid.root) pressInList(event, this.keys);
    });
    /** @param {KeyboardEvent} event */
    this.onPage = (event) => pressOnPage(event, this.keys);
    window.addEventListener("keydown", this.onPage);
    /** @type {Feed<Whole | WatchChanges>} */
    this.feed = new Feed(socket, `watch:${timeframe}`, "The pairs are on their way.", {
      onData: (type, data) => this.#receive(type, data),
      onChange: () => this.#schedule(),
    });
    if (account) this.feed.also(`paper:${account}`, (type, data) => this.#receivePaper(type, data));
    hooks.mounts += 1;
  }

  /**
   * @param {Given} given
   * @param {(actions: Action[]) => void} act
   */
  scriptRan({ done, examples }, act) {
    this.outbox.scriptRan(done, act);
    if (JSON.stringify(examples) !== JSON.stringify(this.examples)) {
      this.examples = examples;
      this.#layEmpty();
    }
    this.grid.repaint(); // the theme may be another
    this.#touch();
  }

  /**
   * @param {"snapshot" | "update"} type
   * @param {Whole | WatchChanges} data
   */
  #receive(type, data) {
    if (type === "snapshot") {
      this.rows.snapshot(/** @type {Whole} */ (data));
      this.columns = columnsOf(this.rows.statistics);
      hooks.snapshots += 1;
    } else if (this.rows.known) {
      this.rows.update(/** @type {WatchChanges} */ (data));
      hooks.updates += 1;
    }
    this.#markPaper();
    this.version += 1;
  }

  /**
   * @param {"snapshot" | "update"} type
   * @param {unknown} data
   */
  #receivePaper(type, data) {
    if (type === "snapshot") this.paper.snapshot(/** @type {PaperView} */ (data));
    else this.paper.update(/** @type {PaperChanges} */ (data));
    this.version += 1;
    this.#markPaper();
  }

  #markPaper() {
    const positions = positionsOf(this.paper.trades, this.timeframe);
    for (const watched of this.rows.pairs.values()) watched.setPaper(positions.get(watched.pair) ?? null);
  }

  // --- what is chosen ---

  /** @param {Partial<Choices>} change */
  #choose(change) {
    this.choices = { ...this.choices, ...change };
    keep(this.choices);
    this.#touch();
  }

  // What the user does shows at once.
  #touch() {
    this.arranged.at = -Infinity;
    this.version += 1;
    this.#schedule();
  }

  #nextGrouping() {
    const at = GROUPINGS.indexOf(this.choices.grouping);
    this.#choose({ grouping: GROUPINGS[(at + 1) % GROUPINGS.length] });
  }

  /** @param {string} text */
  #add(text) {
    this.outbox.ask({ op: "follow", watch: [text] });
    this.grid.root.focus();
  }

  async #copyLink() {
    const link = linkTo(window.location.href, this.choices);
    if (link === null) {
      this.#say("These groups are too long for a link: it would have more than 8,000 characters.");
      return;
    }
    nameInAddress({ list: JSON.stringify(this.choices) });
    try {
      await navigator.clipboard.writeText(link);
      this.#say("The link is copied.");
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.#say("The browser allows no copying here: the link stands in the address bar.");
    }
  }

  /** @param {string} words */
  #say(words) {
    this.said = words;
    window.clearTimeout(this.saidTimer);
    this.saidTimer = window.setTimeout(() => {
      this.said = undefined;
      this.#schedule();
    }, 5000);
    this.#schedule();
  }

  // --- where to go ---

  /** @type {(pair: string) => string} */
  #address(pair) {
    return `${this.link}?pair=${encodeURIComponent(pair)}&timeframe=${this.timeframe}`;
  }

  /** @param {string} pair */
  #open(pair) {
    window.location.assign(this.#address(pair));
  }

  /** @param {number} steps */
  #step(steps) {
    this.grid.activate(stepped(this.lines, this.grid.active, steps));
    this.#schedule();
  }

  /**
   * @param {string} pair
   * @param {HTMLElement} at
   */
  #menu(pair, at) {
    this.grid.active = pair;
    this.menu.show(pair, at, this.choices.groups);
    this.#schedule();
  }

  #menuOfActive() {
    const pair = this.grid.active;
    const at = pair === null ? null : this.grid.menuPlace(pair);
    if (pair !== null && at !== null) this.#menu(pair, at);
  }

  // --- what is seen ---

  #layEmpty() {
    const examples = this.examples.map((pair) => {
      const button = element("button", "example", pair);
      button.type = "button";
      button.addEventListener("click", () => this.#add(pair));
      return button;
    });
    const words = element(
      "p",
      "",
      "Follow two symbols of one market whose prices move together, Y first. For example:",
    );
    const choices = element("p", "examples");
    choices.append(...examples);
    const more = element("p", "", "Add pairs, above, takes several at once. ");
    const scanner = element("a", "", "The scanner finds candidates.");
    scanner.href = `${this.link}scanner`;
    scanner.target = "_top";
    more.append(scanner);
    this.empty.replaceChildren(element("h3", "", "No pair is followed yet"), words, choices, more);
  }

  #layLeaving() {
    this.leavingBox.hidden = this.leaving.pairs.size === 0;
    if (this.leavingBox.hidden) return;
    const undo = element("button", "undo", "Undo");
    const now = element("button", "", "Remove now");
    for (const button of [undo, now]) button.type = "button";
    undo.addEventListener("click", () => this.leaving.undo());
    now.addEventListener("click", () => this.leaving.now());
    this.leavingBox.replaceChildren(element("span", "", this.leaving.words), undo, now);
  }

  #schedule() {
    if (this.frame !== undefined) return;
    this.frame = window.requestAnimationFrame(() => {
      this.frame = undefined;
      this.#draw();
    });
  }

  #draw() {
    const { liveness, status } = this.feed;
    const { known, pairs } = this.rows;
    const trouble = liveness.words(known, status?.starting);
    this.root.classList.toggle("lost", known && liveness.lost);
    setData(this.root, "state", trouble?.state ?? (pairs.size ? "live" : "empty"));
    const words = trouble ? `${trouble.title}. ${trouble.words}` : this.#words();
    setText(this.note, words);
    this.note.hidden = words === "";
    this.empty.hidden = !known || pairs.size > 0;
    this.toolbar.root.hidden = !known;
    this.grid.root.hidden = pairs.size === 0;
    if (!known) return;
    this.#arrange();
    if (pairs.size) this.grid.draw();
  }

  #words() {
    if (this.said !== undefined) return this.said;
    if (this.rows.pairs.size && !this.lines.length && isFiltering(this.choices.filter)) {
      return "No pair matches the filter. Esc in its field clears it.";
    }
    return "";
  }

  // Columns, order and groups: at once for what the user does and for pairs that come or go, else now and then.
  #arrange() {
    const { members } = this.rows;
    const now = performance.now();
    const due = now - this.arranged.at >= REORDER && this.arranged.version !== this.version && this.menu.pair === null;
    if (this.width === this.grid.width && members === this.arranged.members && !due) return;
    this.width = this.grid.width;
    this.arranged = { members, at: now, version: this.version };
    const { columns, choices, rows } = this;
    this.chosen = chosenOf(columns, choices.columns);
    const longest = Math.max(0, ...[...rows.pairs.keys()].map((pair) => pair.length));
    this.grid.lay(layoutOf(this.chosen, this.width, longest), choices.order);
    const lines = linesOf(rows.pairs.values(), choices, columns);
    if (!sameLines(lines, this.lines) || this.lines.length === 0) this.lines = lines;
    this.grid.setLines(this.lines);
    this.toolbar.show(choices, columns, this.chosen, this.examples);
    this.toolbar.setCount(this.lines.filter(({ watched }) => watched !== null).length, rows.pairs.size);
  }

  destroy() {
    this.feed.close();
    this.outbox.destroy();
    this.leaving.destroy();
    this.menu.destroy();
    this.toolbar.destroy();
    this.grid.destroy();
    window.removeEventListener("keydown", this.onPage);
    window.clearTimeout(this.saidTimer);
    if (this.frame !== undefined) window.cancelAnimationFrame(this.frame);
    this.root.remove();
  }
}
