// Every rule with its live state. Messages change the rows in place: a button stays under the finger that goes for it.

import { AlertBook } from "./alert_book.js";
import { Connection } from "../connection.js";
import { element, setData, setText } from "../dom.js";
import { Liveness, SILENT_AFTER } from "../liveness.js";
import { RuleRow } from "./rule_row.js";
import { Staleness } from "../staleness.js";

export class RulesView {
  constructor(parent, socket) {
    this.socket = socket;
    this.book = new AlertBook();
    this.liveness = new Liveness("The rules are on their way.");
    this.staleness = new Staleness();
    this.status = null;
    this.rows = new Map();
    this.act = () => {};
    this.root = element("section", "rules-view");
    this.root.setAttribute("aria-label", "Rules");
    this.heading = element("h3", "", "Rules");
    this.note = element("p", "note");
    this.note.setAttribute("role", "status");
    this.list = element("div", "list");
    this.list.setAttribute("role", "list");
    this.root.append(this.heading, this.note, this.list);
    parent.append(this.root);
    this.connection = new Connection(
      socket,
      (message) => this.#receive(message),
      (state) => {
        this.liveness.socket(state);
        this.#schedule();
      },
    );
    for (const topic of ["alerts", "status"]) this.connection.subscribe(topic);
    // Ages grow by themselves, and a silence must show without a message that could announce it.
    this.ticker = window.setInterval(() => this.#tick(), 1000);
  }

  scriptRan(act, stale) {
    this.act = act;
    this.staleness.scriptRan(this.status?.pairs ?? [], stale);
  }

  #receive(message) {
    this.lastMessage = performance.now();
    this.liveness.silence(null);
    if (message.type === "engine") this.liveness.engine(message.state, message.detail);
    else if (message.type === "error") this.liveness.topic(message.topic === "alerts" ? message.message : null);
    else if (message.topic === "status") this.status = message.data;
    else if (message.topic === "alerts") {
      this.liveness.topic(null);
      this.book.apply(message.type, message.data);
      this.staleness.news("alerts", this.book.newest());
    }
    this.#schedule();
  }

  #tick() {
    const silent = performance.now() - (this.lastMessage ?? performance.now());
    this.liveness.silence(silent > SILENT_AFTER ? silent : null);
    this.#schedule();
  }

  #schedule() {
    if (this.frame !== undefined) return;
    this.frame = window.requestAnimationFrame(() => {
      this.frame = undefined;
      this.#draw();
    });
  }

  #draw() {
    const rules = this.book.sorted();
    const trouble = this.liveness.words(this.book.known, this.status?.starting);
    this.root.classList.toggle("lost", this.book.known && this.liveness.lost);
    setData(this.root, "state", trouble?.state ?? (rules.length ? "live" : "empty"));
    setText(this.heading, headline(rules));
    setText(this.note, trouble ? `${trouble.title}. ${trouble.words}` : this.#emptyWords(rules));
    this.note.hidden = this.note.textContent === "";
    this.#keep(rules);
    const now = this.status?.market_time ?? null;
    for (const rule of rules) this.rows.get(rule.rule_id).draw(rule, now);
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
      if (!this.rows.has(rule_id)) this.rows.set(rule_id, new RuleRow(rule_id, (action) => this.#do(action)));
      const { root } = this.rows.get(rule_id);
      if (this.list.children[index] !== root) this.list.insertBefore(root, this.list.children[index] ?? null);
    });
  }

  #do(action) {
    // The same thing asked twice in a row is asked twice: the time makes each event another.
    this.act({ ...action, at: Date.now() });
  }

  destroy() {
    this.connection.close();
    window.clearInterval(this.ticker);
    if (this.frame !== undefined) window.cancelAnimationFrame(this.frame);
    this.staleness.destroy();
    this.root.remove();
  }
}

function headline(rules) {
  if (!rules.length) return "Rules";
  const count = (state) => rules.filter((rule) => rule.enabled !== false && rule.state === state).length;
  const parts = ["firing", "recovering", "pending", "no data"].map((state) => [count(state), state]).filter(([number]) => number);
  const words = parts.map(([number, state]) => `${number} ${state}`).join(", ");
  return `Rules: ${rules.length}${words ? ` \u00b7 ${words}` : " \u00b7 none firing"}`;
}
