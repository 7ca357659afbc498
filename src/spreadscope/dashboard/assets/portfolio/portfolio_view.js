// A paper account: its figures, its kill switch, signals that wait, open trades and working orders, as they are now.

import { element, setData, setText } from "../dom.js";
import { Feed } from "../feed.js";
import { Outbox } from "../outbox.js";
import { Staleness } from "../staleness.js";
import { AskBox } from "./ask_box.js";
import { KillBand } from "./kill_band.js";
import { OrdersTable } from "./orders_table.js";
import { PaperBook } from "./paper_book.js";
import { PendingList } from "./pending_list.js";
import { Tiles, figuresOf } from "./tiles.js";
import { TradeCard } from "./trade_card.js";

/**
 * @import { PaperChanges, PaperView } from "../contract.d.ts"
 * @import { Parent } from "../mounting.js"
 * @import { Action, PaperOperation, PaperWork } from "../outbox.js"
 */
/** @typedef {{ key: string, socket: string, account: string, done: string[] }} Given */

// A run of the script would close a dialog that is open.
const dialogIsOpen = () => document.querySelector('[data-testid="stDialog"]') !== null;

export class PortfolioView {
  /**
   * @param {Parent} parent
   * @param {Given} given
   * @param {string} signature
   */
  constructor(parent, { key, socket, account }, signature) {
    this.signature = signature;
    this.account = account;
    this.outbox = new Outbox(key, () => this.#schedule());
    this.staleness = new Staleness(() => !this.outbox.empty || dialogIsOpen());
    this.book = new PaperBook();
    /** @type {Map<number, TradeCard>} */
    this.cards = new Map();
    this.root = element("section", "portfolio");
    this.root.setAttribute("aria-label", "Paper account");
    this.note = element("p", "note");
    this.note.setAttribute("role", "status");
    this.band = new KillBand((reason) => this.#do("reset", { reason }));
    this.tiles = new Tiles();
    this.box = new AskBox();
    this.pending = new PendingList((decision, accept) => this.#do("answer", { decision, accept }));
    this.trades = element("section", "trades");
    this.trades.setAttribute("aria-label", "Pair trades");
    const heading = element("h3");
    this.heading = element("span", "", "Pair trades");
    heading.append(this.heading, element("span", "paper", "PAPER"));
    this.list = element("div", "list");
    this.ways = element("div", "ways");
    this.empty = this.#makeEmpty();
    this.trades.append(heading, this.empty, this.list);
    this.orders = new OrdersTable();
    this.body = element("div", "body");
    this.body.append(this.band.root, this.#makeHead(), this.box.root, this.pending.root, this.trades, this.orders.root);
    this.root.append(this.note, this.body);
    parent.append(this.root);
    /** @type {Feed<PaperView | PaperChanges>} */
    this.feed = new Feed(socket, `paper:${account}`, "The account is on its way.", {
      onData: (type, data) => this.#receive(type, data),
      onChange: () => this.#schedule(),
    });
  }

  #makeHead() {
    const head = element("div", "account");
    const buttons = element("div", "switches");
    this.kill = this.#button("Kill switch", "kill", () =>
      this.box.ask(
        {
          words: this.#killWords(),
          reason: "stopped by hand",
          go: "Stop trading now",
          done: (reason) => this.#do("kill", { reason }),
        },
        /** @type {HTMLElement} */ (this.kill),
      ),
    );
    this.flatten = this.#button("Flatten all", "", () =>
      this.box.ask(
        {
          words: `Closes ${this.#openWords()} at market. Signals go on trading.`,
          reason: "flattened by hand",
          go: "Close everything",
          done: (reason) => this.#do("flatten", { reason }),
        },
        /** @type {HTMLElement} */ (this.flatten),
      ),
    );
    buttons.append(this.kill, this.flatten);
    head.append(this.tiles.root, buttons);
    return head;
  }

  #killWords() {
    const closes = this.book.account?.settings.kill_flattens;
    const open = closes ? `${this.#openWords()} are closed at market` : "what is open stays open";
    return `Orders that work are cancelled, ${open}, and nothing new is opened until you reset it.`;
  }

  #openWords() {
    const count = this.book.trades.length;
    if (!count) return "positions";
    return count === 1 ? "the legs of 1 trade" : `the legs of ${count} trades`;
  }

  #makeEmpty() {
    const box = element("div", "empty");
    this.ways.append(
      this.#button("Let signals trade", "primary", () => this.outbox.ask({ op: "open", subject: "modes" })),
      this.#button("Open a ticket", "", () => this.outbox.ask({ op: "open", subject: "ticket" })),
    );
    this.emptyWords = element("p");
    box.append(this.emptyWords, this.ways);
    return box;
  }

  /**
   * @param {string} words
   * @param {string} className
   * @param {() => void} press
   */
  #button(words, className, press) {
    const button = element("button", className, words);
    button.type = "button";
    button.addEventListener("click", press);
    return button;
  }

  /**
   * @param {PaperOperation} op
   * @param {PaperWork} body
   */
  #do(op, body) {
    this.outbox.ask({ op, body: { ...body, account: this.account } });
  }

  /** @type {(op: PaperOperation, fits: (body: PaperWork) => boolean) => boolean} */
  #asked(op, fits) {
    return this.outbox.actions.some((action) => action.op === op && fits(/** @type {PaperWork} */ (action.body ?? {})));
  }

  /**
   * @param {Given} given
   * @param {(actions: Action[]) => void} act
   * @param {(count: number) => void} stale
   */
  scriptRan({ done }, act, stale) {
    this.outbox.scriptRan(done, act);
    this.staleness.scriptRan(this.feed.status?.pairs ?? [], stale);
  }

  /**
   * @param {"snapshot" | "update"} type
   * @param {PaperView | PaperChanges} data
   */
  #receive(type, data) {
    if (type === "snapshot") this.book.snapshot(/** @type {PaperView} */ (data));
    else if (this.book.account) this.book.update(/** @type {PaperChanges} */ (data));
    this.staleness.news("paper", this.book.news);
  }

  #schedule() {
    if (this.frame !== undefined) return;
    this.frame = window.requestAnimationFrame(() => {
      this.frame = undefined;
      this.#draw();
    });
  }

  #draw() {
    const { liveness, status, now } = this.feed;
    const { account, trades, orders } = this.book;
    const known = account !== null;
    const trouble = liveness.words(known, status?.starting);
    this.root.classList.toggle("lost", known && liveness.lost);
    setData(this.root, "state", trouble?.state ?? (trades.length ? "live" : "empty"));
    setText(this.note, trouble ? `${trouble.title}. ${trouble.words}` : (account?.note ?? ""));
    this.note.hidden = this.note.textContent === "";
    this.body.hidden = !known;
    if (account === null) return;
    this.band.draw(account.kill, account.settings.kill_flattens);
    if (this.kill) this.kill.hidden = account.kill !== null;
    if (this.flatten) this.flatten.disabled = trades.length === 0 || this.#asked("flatten", () => true);
    this.tiles.draw(figuresOf(account, trades, now));
    this.pending.draw(account.pending, now, (id) => this.#asked("answer", (body) => body.decision === id));
    setText(this.heading, trades.length ? `Pair trades: ${trades.length} open` : "Pair trades");
    this.empty.hidden = trades.length > 0;
    this.ways.hidden = account.kill !== null;
    if (this.emptyWords) setText(this.emptyWords, emptyWords(account.modes.length, account.kill !== null));
    for (const [trade, card] of this.#keep()) {
      card.draw(
        trade,
        now,
        this.#asked("close", (body) => body.trade === trade.id),
      );
    }
    this.orders.draw(orders, now);
  }

  // Cards come and go one by one, so that what has the focus keeps it.
  #keep() {
    const { trades } = this.book;
    for (const [id, { root }] of this.cards) {
      if (this.book.trade(id)) continue;
      root.remove();
      this.cards.delete(id);
    }
    return trades.map((trade, index) => {
      const card = this.cards.get(trade.id) ?? this.#card(trade);
      if (this.list.children[index] !== card.root) this.list.insertBefore(card.root, this.list.children[index] ?? null);
      return /** @type {const} */ ([trade, card]);
    });
  }

  /** @param {import("../contract.d.ts").PaperTrade} trade */
  #card(trade) {
    const card = new TradeCard(trade, {
      close: (id, percent) => this.#do("close", { trade: id, percent }),
      details: (id) => this.#do("details", { trade: id }),
    });
    this.cards.set(trade.id, card);
    return card;
  }

  destroy() {
    this.feed.close();
    this.outbox.destroy();
    this.staleness.destroy();
    if (this.frame !== undefined) window.cancelAnimationFrame(this.frame);
    this.root.remove();
  }
}

/**
 * @param {number} modes
 * @param {boolean} stopped
 */
function emptyWords(modes, stopped) {
  if (stopped) return "No trade is open. Reset the kill switch to trade again.";
  if (modes) {
    const pairs = modes === 1 ? "1 pair" : `${modes} pairs`;
    return `No trade is open. Signals of ${pairs} may trade: what becomes of each is told below, under Decisions.`;
  }
  return "Nothing is traded yet. Let signals of a pair trade by themselves or ask you first, or send a trade by hand.";
}
