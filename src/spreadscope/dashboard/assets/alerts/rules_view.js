// Every rule with its live state. Messages change the rows in place: a button stays under the finger that goes for it.

import { AlertFeed } from "./alert_feed.js";
import { element, setData, setText } from "../dom.js";
import { Outbox } from "../outbox.js";
import { RuleRow } from "./rule_row.js";
import { Staleness } from "../staleness.js";

export class RulesView {
  constructor(parent, { socket }, signature) {
    this.signature = signature;
    this.outbox = new Outbox(() => this.#schedule());
    this.staleness = new Staleness(() => !this.outbox.empty);
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
    this.#keep(rules);
    for (const rule of rules) {
      const row = this.rows.get(rule.rule_id);
      row.draw(rule, now);
      setData(
        row.root,
        "asked",
        this.outbox.actions.some((action) => action.rule_id === rule.rule_id),
      );
    }
  }

  #emptyWords(rules) {
    if (rules.length) return "";
    return "No rule yet. Type one below, or take a ready-made one. A rule keeps watching while no browser is open.";
  }

  // Rows come, go and change places one by one, so that what has the focus keeps it.
  #keep(rules) {
    const wanted = new Set(rules.map((rule) => rule.rule_id));
    for (const [id, row] of this.rows) {
      if (wanted.has(id)) continue;
      row.root.remove();
      this.rows.delete(id);
    }
    rules.forEach(({ rule_id }, index) => {
      if (!this.rows.has(rule_id)) this.rows.set(rule_id, new RuleRow(rule_id, (action) => this.outbox.ask(action)));
      const { root } = this.rows.get(rule_id);
      if (this.list.children[index] !== root) this.list.insertBefore(root, this.list.children[index] ?? null);
    });
  }

  destroy() {
    this.feed.close();
    this.outbox.destroy();
    if (this.frame !== undefined) window.cancelAnimationFrame(this.frame);
    this.staleness.destroy();
    this.root.remove();
  }
}

function headline(rules) {
  if (!rules.length) return "Rules";
  const count = (state) => rules.filter((rule) => rule.enabled !== false && rule.state === state).length;
  const parts = ["firing", "recovering", "pending", "no data"]
    .map((state) => [count(state), state])
    .filter(([number]) => number);
  const words = parts.map(([number, state]) => `${number} ${state}`).join(", ");
  return `Rules: ${rules.length}${words ? ` \u00b7 ${words}` : " \u00b7 none firing"}`;
}
