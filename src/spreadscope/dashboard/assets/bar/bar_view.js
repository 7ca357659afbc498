// The bar at the top of every page: the pair in view, the timeframe, the demo's mark, the lamp, the alarm, the palette.

import { AlertFeed } from "../alerts/alert_feed.js";
import { AlarmBell } from "../alerts/alarm_bell.js";
import { demoWords, isRecording } from "../demo.js";
import { offered, onShown, onUndone, say, shownNow, wantShown } from "../shared_state.js";
import { element, setAttribute, setData, setText } from "../dom.js";
import { TIMEFRAMES } from "../enums.js";
import { Outbox } from "../outbox.js";
import { HealthLamp } from "./lamp.js";
import { KeyReference } from "./keys.js";
import { Notices } from "./notices.js";
import { goTo } from "./pages.js";
import { Palette } from "./palette.js";

/**
 * @import { Instrument, Timeframe } from "../contract.d.ts"
 * @import { Parent } from "../mounting.js"
 * @import { Item, Known } from "./palette_items.js"
 */
/**
 * @typedef {object} Given
 * @property {string} key
 * @property {string} socket
 * @property {string} ask where questions are asked
 * @property {string} base what every path begins with
 * @property {string[]} done
 * @property {{ title: string, path: string }[]} pages
 * @property {string} page the path of the page that is open
 * @property {{ id: string, path: string } | null} wanted a page that the script asks for, once for each id
 */

// "Are you connected to the internet?" asks Streamlit when our own server is gone. It would cover what we say of it,
// and keep everybody from using the rest of the page.
function hideStreamlitsDialog() {
  /** @type {NodeListOf<HTMLElement>} */
  const dialogs = document.querySelectorAll('[data-testid="stDialog"]');
  for (const dialog of dialogs) {
    if (dialog.querySelector("h2")?.textContent !== "Connection error") continue;
    dialog.style.display = "none";
    document.getElementById("root")?.removeAttribute("inert");
  }
}

const FIND = "find a pair, a symbol, a page or a command";

export class BarView {
  /**
   * @param {Parent} parent
   * @param {Given} given
   * @param {string} signature
   */
  constructor(parent, given, signature) {
    this.signature = signature;
    this.given = given;
    this.outbox = new Outbox(given.key);
    /** @type {string | null} */
    this.wentTo = null;
    this.root = element("div", "bar");
    this.lamp = new HealthLamp(given.base);
    this.keys = new KeyReference();
    this.notices = new Notices();
    this.palette = new Palette(
      () => this.#known(),
      (item) => this.#chosen(item),
    );
    this.pair = this.#button("pair", FIND, () => this.#open());
    this.pairName = element("b");
    this.pair.append(this.pairName, " ", element("kbd", "", "Ctrl K"));
    this.frames = element("div", "frames");
    this.frames.setAttribute("role", "group");
    this.frames.setAttribute("aria-label", "Timeframe");
    this.#layFrames();
    // In sight on every page, however far it is scrolled.
    this.demo = element("div", "demo-mark");
    this.demo.hidden = true;
    this.help = this.#button("help-keys", "Keyboard (?)", () => this.keys.toggle());
    this.help.textContent = "?";
    this.feed = new AlertFeed(given.socket, "", {
      onAlerts: (data, news) => this.bell?.alerts(data, news),
      onChange: () => this.bell && this.#draw(),
    });
    this.bell = new AlarmBell(
      this.feed,
      ({ rule_id, subject }) => this.outbox.ask({ op: "acknowledge", rule_id, subject }),
      () => this.#draw(),
    );
    const second = element("div", "second");
    second.append(this.frames, this.demo);
    this.root.append(this.pair, second, this.lamp.root, this.bell.root, this.help);
    const corner = element("div", "corner");
    corner.append(this.bell.toasts.root, this.notices.root);
    this.parts = [this.root, this.palette.root, this.keys.root, corner];
    parent.append(...this.parts);
    this.stopShown = onShown(() => this.#draw());
    this.stopUndone = onUndone((actions) => this.outbox.takeOver(actions));
    this.onKey = (/** @type {KeyboardEvent} */ event) => this.#key(event);
    window.addEventListener("keydown", this.onKey, { capture: true });
    // Streamlit's own links beside it get what room it leaves.
    this.observer = new ResizeObserver(() => {
      document.documentElement.style.setProperty("--spreadscope-bar", `${Math.ceil(this.root.offsetWidth)}px`);
    });
    this.observer.observe(this.root);
    this.take(given);
    this.#draw();
  }

  /** @param {Given} given */
  take(given) {
    this.given = given;
    // Only the live page has bars to choose.
    this.frames.hidden = given.page !== "";
    this.palette.again();
    this.#draw();
    this.#openWanted();
  }

  #openWanted() {
    const { base, wanted } = this.given;
    if (!wanted || wanted.id === this.wentTo) return;
    this.wentTo = wanted.id;
    goTo(base, wanted.path);
  }

  /**
   * @param {string} name
   * @param {string} words
   * @param {() => void} onClick
   */
  #button(name, words, onClick) {
    const button = element("button", name);
    button.type = "button";
    button.title = words;
    button.setAttribute("aria-label", words);
    button.addEventListener("click", onClick);
    return button;
  }

  #layFrames() {
    for (const timeframe of TIMEFRAMES) {
      const button = element("button", "", timeframe);
      button.type = "button";
      button.dataset.timeframe = timeframe;
      button.title = `Bars of ${timeframe}`;
      button.addEventListener("click", () => this.#show({ timeframe }));
      this.frames.append(button);
    }
  }

  get legs() {
    const shown = shownNow();
    const { status } = this.feed;
    if (shown !== null) return shown.pair.split("/");
    return status?.pairs[0]?.split("/") ?? status?.symbols.slice(0, 2).map(({ symbol }) => symbol) ?? [];
  }

  #open() {
    void this.#askListed();
    this.palette.open();
  }

  // What the exchange lists, asked for when somebody looks for it. Without an answer what is recorded is found.
  async #askListed() {
    if (this.listed?.length) return;
    try {
      const answer = await fetch(`${this.given.ask}/instruments`);
      if (!answer.ok) return;
      /** @type {Instrument[]} */
      const instruments = await answer.json();
      this.listed = instruments.filter(({ status }) => status === "TRADING").map(({ symbol }) => symbol);
      this.palette.again();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // no server: the bar says so already
    }
  }

  /** @returns {Known} */
  #known() {
    const { status } = this.feed;
    return {
      pairs: status?.pairs ?? [],
      symbols: status?.symbols.map(({ symbol }) => symbol) ?? [],
      listed: this.listed ?? [],
      pages: this.given.pages,
      commands: [...offered(), { id: "keys", title: "Keyboard reference", keys: "?" }],
      timeframes: TIMEFRAMES,
      shown: shownNow()?.pair ?? null,
    };
  }

  /** @param {Item} item */
  #chosen({ kind, value }) {
    switch (kind) {
      case "pair":
        this.#show({ pair: value });
        break;
      case "timeframe":
        this.#show({ timeframe: /** @type {Timeframe} */ (value) });
        break;
      case "page":
        if (value !== this.given.page) goTo(this.given.base, value);
        break;
      case "follow":
        this.outbox.ask({ op: "follow", subject: value });
        say({ text: `${value} is asked for …` });
        break;
      case "command":
        if (value === "keys") this.keys.toggle();
        else {
          offered()
            .find(({ id }) => id === value)
            ?.run();
        }
        break;
      case "symbol":
        break; // the palette goes on with it
    }
  }

  /** @param {{ pair?: string, timeframe?: Timeframe }} wanted */
  #show(wanted) {
    if (wantShown(wanted)) return;
    const shown = shownNow();
    const query = { pair: shown?.pair, timeframe: shown?.timeframe, ...wanted };
    goTo(this.given.base, "", Object.fromEntries(Object.entries(query).flatMap(([k, v]) => (v ? [[k, v]] : []))));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      event.stopPropagation();
      if (this.palette.root.open) this.palette.root.close();
      else this.#open();
    } else if (event.key === "?" && !event.ctrlKey && !event.metaKey && !isTyping(event)) {
      event.preventDefault();
      this.keys.toggle();
    }
  }

  #draw() {
    const { liveness, status, fresh } = this.feed;
    const shown = shownNow();
    const pair = shown?.pair ?? status?.pairs[0] ?? "";
    setText(this.pairName, pair || "Find");
    // What is spoken begins with what is seen: so a person who speaks to the machine can name it.
    setAttribute(this.pair, "aria-label", `${pair || "Find"} Ctrl K: ${FIND}`);
    for (const button of this.frames.children) {
      const pressed = button instanceof HTMLElement && button.dataset.timeframe === shown?.timeframe;
      button.setAttribute("aria-pressed", String(pressed));
    }
    this.demo.hidden = !status?.demo;
    if (status?.demo) {
      setText(this.demo, `DEMO \u00b7 ${isRecording(status) ? "a recording" : "not market data"}`);
      this.demo.title = `${demoWords(status)} \u00b7 ${status.source}`;
    }
    const trouble = liveness.words(status !== null, status?.starting);
    const words = status?.demo ? `DEMO \u00b7 ${demoWords(status)} \u00b7 ${status.source}` : "";
    this.lamp.draw(this.legs, fresh, liveness.engineLost, trouble, words);
    this.bell?.draw();
    // What the script drew, such as a table, does not age by itself: the page's style shows that it is old.
    setData(
      document.documentElement,
      "spreadscope",
      liveness.serverLost ? "server lost" : liveness.engineLost ? "lost" : "live",
    );
    hideStreamlitsDialog();
  }

  destroy() {
    delete document.documentElement.dataset.spreadscope;
    window.removeEventListener("keydown", this.onKey, { capture: true });
    this.observer.disconnect();
    this.stopShown();
    this.stopUndone();
    this.feed.close();
    this.outbox.destroy();
    this.bell?.destroy();
    this.lamp.destroy();
    this.notices.destroy();
    for (const part of this.parts) part.remove();
  }
}

// Whether a key is part of a text.
/** @param {KeyboardEvent} event */
function isTyping(event) {
  const [target] = event.composedPath();
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
