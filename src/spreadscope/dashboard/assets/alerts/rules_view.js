// Every rule with its live state. Messages change the rows in place: a button stays under the finger that goes for it.

import { AlertFeed } from "./alert_feed.js";
import { element, setData, setText } from "../dom.js";
import { Outbox } from "../outbox.js";
import { RuleRow } from "./rule_row.js";
import { Staleness } from "../staleness.js";

/**
 * @import { Rule } from "../contract.d.ts"
 * @import { Parent } from "../mounting.js"
 * @import { Action } from "../outbox.js"
 */

/** @type {Rule["state"][]} */
const TOLD = ["firing", "recovering", "pending", "no data"];

/** @typedef {{ key: string, socket: string, done: string[] }} Given */

export class RulesView {
  /**
   * @param {Parent} parent
   * @param {Given} given
   * @param {string} signature
   */
  constructor(parent, { key, socket }, signature) {
    this.signature = signature;
    this.outbox = new Outbox(key, () => this.#schedule());
    this.staleness = new Staleness(() => !this.outbox.empty);
    /** @type {Map<string, RuleRow>} */
    this.rows = new Map();
    this.root = element("section", "rules-view");
    this.root.setAttribute("aria-label", "Rules");
    this.heading = element("h3", "", "Rules");
    this.note = element("p", "note");
    this.note.setAttribute("role", "status");
    this.list = element("div", "list");
    this.list.setAttribute("role", "list");
    this.root.append(this.heading, this.note, this.list);
    parent.append(this.root);
    this.feed = new AlertFeed(socket, "The rules are on their way.", {
      onAlerts: () => this.staleness.news("alerts", this.feed.book.newest()),
      onChange: () => this.#schedule(),
    });
  }

  /**
   * @param {string[]} done
   * @param {(actions: Action[]) => void} act
   * @param {(count: number) => void} stale
   */
  scriptRan(done, act, stale) {
    this.outbox.scriptRan(done, act);
    this.staleness.scriptRan(this.feed.status?.pairs ?? [], stale);
  }

  #schedule() {
    if (this.frame !== undefined) return;
    this.frame = window.requestAnimationFrame(() => {
      this.frame = undefined;
      this.#draw();
    });
  }

  #draw() {
    const { book, liveness, status, now } = this.feed;
    const rules = book.sorted();
    const trouble = liveness.words(book.known, status?.starting);
    this.root.classList.toggle("lost", book.known && liveness.lost);
    setData(this.root, "state", trouble?.state ?? (rules.length ? "live" : "empty"));
    setText(this.heading, headline(rules));
    setText(this.note, trouble ? `${trouble.title}. ${trouble.words}` : this.#emptyWords(rules));
    this.note.hidden = this.note.textContent === "";
    for (const [rule, row] of this.#keep(rules)) {
      row.draw(rule, now);
      const asked = this.outbox.actions.some((action) => action.rule_id === rule.rule_id);
      setData(row.root, "asked", asked);
    }
  }

  /** @param {Rule[]} rules */
  #emptyWords(rules) {
    if (rules.length) return "";
    return "No rule yet. Type one below, or take a ready-made one. A rule keeps watching while no browser is open.";
  }

  // Rows come, go and change places one by one, so that what has the focus keeps it.
  /** @param {Rule[]} rules */
  #keep(rules) {
    const wanted = new Set(rules.map((rule) => rule.rule_id));
    for (const [id, row] of this.rows) {
      if (wanted.has(id)) continue;
      row.root.remove();
      this.rows.delete(id);
    }
    /** @type {[Rule, RuleRow][]} */
    const kept = rules.map((rule) => [rule, this.rows.get(rule.rule_id) ?? this.#row(rule.rule_id)]);
    kept.forEach(([, { root }], index) => {
      if (this.list.children[index] !== root) this.list.insertBefore(root, this.list.children[index] ?? null);
    });
    return kept;
  }

  /** @param {string} id */
  #row(id) {
    const row = new RuleRow(id, (action) => this.outbox.ask(action));
    this.rows.set(id, row);
    return row;
  }

  destroy() {
    this.feed.close();
    this.outbox.destroy();
    if (this.frame !== undefined) window.cancelAnimationFrame(this.frame);
    this.staleness.destroy();
    this.root.remove();
  }
}

/** @param {Rule[]} rules */
function headline(rules) {
  if (!rules.length) return "Rules";
  const parts = TOLD.flatMap((state) => {
    const count = rules.filter((rule) => rule.enabled && rule.state === state).length;
    return count ? [`${count} ${state}`] : [];
  });
  return `Rules: ${rules.length} \u00b7 ${parts.join(", ") || "none firing"}`;
}
