// The strip that says how far the figures can be trusted: each leg's tape, the connections, the engine itself.

import { element, setData, setText } from "./dom.js";
import { age, dateAndClock, fixed } from "./format.js";
import { DOUBTFUL_AFTER, SILENT_AFTER } from "./freshness.js";
import { explain } from "./help.js";
import { sentence } from "./liveness.js";
import { runbookAddress, runbookLink } from "./runbook_link.js";

/**
 * @import { Alarm, ConnectionStatus, Runbook, Status } from "./contract.d.ts"
 * @import { Freshness } from "./freshness.js"
 */
/**
 * @typedef {"good" | "old" | "warn" | "bad"} Level
 *
 * @typedef {object} Chip
 * @property {string} key
 * @property {Level} level
 * @property {string} name
 * @property {string} words
 * @property {string} [last] what was known last, for when nothing is known any more
 * @property {string} [title]
 * @property {Runbook} [runbook] the page that says what to do, where it is not well
 */

/** @type {Record<string, Level>} */
const LEVELS = {
  ok: "good",
  quiet: "good",
  connected: "good",
  waiting: "warn",
  connecting: "warn",
  reconnecting: "warn",
};
// Of two troubles the worse one gives the colour; "old" is grey: nobody knows.
/** @type {Level[]} */
const ORDER = ["good", "old", "warn", "bad"];
/** @type {(...levels: Level[]) => Level} */
const worse = (...levels) => levels.reduce((a, b) => (ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a));

const PLAYED_BACK = 3600 * 1000;
const STANDS_STILL = 3000;

// What each part says for itself. `legs`: the symbols to tell of; `lost`: the engine's word is missing, so that nothing
// is known of what it watched.
/**
 * @param {string[]} legs
 * @param {Freshness} fresh
 * @param {boolean} lost
 * @returns {Chip[]}
 */
export function chipsOf(legs, fresh, lost) {
  const { status } = fresh;
  if (!status) {
    return [
      { key: "engine", level: "warn", name: "engine", words: "waiting for its first word", runbook: "engine-down" },
    ];
  }
  const symbols = legs.map((symbol) => legChip(symbol, status, fresh));
  const connections = status.connections.map((connection) => connectionChip(connection, fresh));
  const watched = [marketChip(status, fresh), ...symbols, ...connections];
  return [engineChip(status, fresh, lost), ...(lost ? watched.map(unknown) : watched)];
}

export class HealthStrip {
  /** @param {string} base what every path of this server begins with */
  constructor(base) {
    this.base = base;
    this.root = element("div", "health");
    /** @type {Map<string, { root: HTMLElement, name: HTMLElement, words: HTMLElement, link: HTMLAnchorElement }>} */
    this.chips = new Map();
    this.alarms = new AlarmLines(base);
    this.chipRow = element("div", "chips");
    this.root.append(this.chipRow, this.alarms.root);
  }

  /**
   * @param {Chip[]} chips
   * @param {Alarm[]} alarms
   */
  draw(chips, alarms) {
    this.#keep(chips);
    this.alarms.draw(alarms);
  }

  /** @param {Chip[]} wanted */
  #keep(wanted) {
    const keys = new Set(wanted.map((chip) => chip.key));
    for (const [key, chip] of this.chips) {
      if (keys.has(key)) continue;
      chip.root.remove();
      this.chips.delete(key);
    }
    for (const chip of wanted) this.#draw(chip);
    // A part that came later stands where it belongs: the legs of another pair are not the last.
    wanted.forEach(({ key }, index) => {
      const root = this.chips.get(key)?.root;
      if (root && this.chipRow.children[index] !== root) this.chipRow.insertBefore(root, this.chipRow.children[index]);
    });
  }

  /** @param {Chip} chip */
  #draw({ key, level, name, words, title, runbook }) {
    let chip = this.chips.get(key);
    if (!chip) {
      const root = element("span", "chip");
      chip = { root, name: element("b"), words: element("span"), link: runbookLink(this.base, "engine-down") };
      root.append(element("i", "dot"), chip.name, chip.words, chip.link);
      root.dataset.chip = key;
      this.chipRow.append(root);
      this.chips.set(key, chip);
    }
    setText(chip.name, name);
    setText(chip.words, words);
    setData(chip.root, "level", level);
    const helps = runbook !== undefined && (level === "warn" || level === "bad");
    chip.link.hidden = !helps;
    if (helps) chip.link.href = runbookAddress(this.base, runbook);
    explain(chip.root, title ?? "");
  }
}

// What the engine says is wrong, a line each.
export class AlarmLines {
  /** @param {string} base what every path of this server begins with */
  constructor(base) {
    this.base = base;
    this.root = element("div", "alarms");
    this.shown = "";
  }

  /** @param {Alarm[]} alarms */
  draw(alarms) {
    const key = JSON.stringify(alarms);
    if (key === this.shown) return;
    this.shown = key;
    this.root.replaceChildren(
      ...alarms.map(({ level, message, runbook }) => {
        const line = element("div", "alarm", sentence(message));
        line.dataset.level = level;
        if (runbook) line.append(" ", runbookLink(this.base, runbook));
        return line;
      }),
    );
  }
}

/** @type {(chip: Chip) => Chip} */
const unknown = (chip) => ({ ...chip, level: "old", words: `unknown now \u00b7 ${chip.last ?? chip.words}` });

/**
 * @param {Status} status
 * @param {Freshness} fresh
 * @param {boolean} lost
 * @returns {Chip}
 */
function engineChip(status, fresh, lost) {
  const { since } = fresh;
  if (lost) {
    return { key: "engine", level: "bad", name: "engine", words: `no word for ${age(since)}`, runbook: "engine-down" };
  }
  const words = [`${fixed(status.rates.messages_per_second, 0)} msg/s`];
  if (status.starting) words.unshift(status.starting);
  const deaf =
    status.connections.length > 0 && status.connections.every((each) => fresh.silence(each) >= DOUBTFUL_AFTER);
  if (deaf) words.unshift("hears nothing");
  const title = `${status.source}; version ${status.version}`;
  return {
    key: "engine",
    level: status.starting || deaf ? "warn" : "good",
    name: "engine",
    words: words.join(" \u00b7 "),
    title,
    runbook: deaf ? "exchange-silent" : "not-ready",
  };
}

// The market's own clock: it shows at once that what plays is not now, or that time stands still.
/**
 * @param {Status} status
 * @param {Freshness} fresh
 * @returns {Chip}
 */
function marketChip(status, fresh) {
  const { still } = fresh;
  /** @type {Pick<Chip, "key" | "name" | "runbook">} */
  const chip = { key: "market", name: "market", runbook: "exchange-silent" };
  if (!status.market_time) return { ...chip, level: "warn", words: "no trade yet" };
  const stamp = `${dateAndClock(status.market_time)} UTC`;
  const played = Math.abs(status.now - status.market_time) > PLAYED_BACK;
  const title = played ? "a recording" : "";
  if (still < STANDS_STILL) return { ...chip, level: "good", words: stamp, title };
  const silent = status.connections.some((each) => fresh.silence(each) >= SILENT_AFTER);
  const level = still < SILENT_AFTER ? "warn" : silent ? "bad" : "old";
  return { ...chip, level, words: `${stamp} \u00b7 stands still for ${age(still)}`, last: `stood at ${stamp}`, title };
}

/**
 * @param {string} symbol
 * @param {Status} status
 * @param {Freshness} fresh
 * @returns {Chip}
 */
function legChip(symbol, status, fresh) {
  const key = `symbol-${symbol}`;
  const health = fresh.health(symbol);
  if (!health) return { key, level: "warn", name: symbol, words: "not recorded yet", runbook: "not-ready" };
  const sinceTrade = fresh.age(symbol);
  const silence = fresh.silenceOf(symbol) ?? 0;
  const old = sinceTrade === null || sinceTrade > staleAfter(status);
  const state = silence >= SILENT_AFTER ? "silent" : health.state;
  // "ok" is of a moment that has passed.
  /** @type {string[]} */
  const words = state === "ok" && old ? [] : [state];
  const last = sinceTrade === null ? "no trade yet" : `last trade ${age(sinceTrade)} ago`;
  words.push(last);
  // A recording is played long after its time: that is no lag.
  if (health.lag_ms !== null && health.lag_ms < PLAYED_BACK && !old) words.push(`lag ${fixed(health.lag_ms, 0)} ms`);
  if (health.open_gaps) {
    words.push(`${health.open_gaps} ${health.open_gaps === 1 ? "gap" : "gaps"}, ${health.missing} missing`);
  } else words.push("no gap");
  const level = worse(
    LEVELS[state] ?? "bad",
    old ? "old" : "good",
    health.open_gaps || silence >= DOUBTFUL_AFTER ? "warn" : "good",
  );
  const runbook = legRunbook(state, health.open_gaps > 0);
  return { key, level, name: symbol, words: words.join(" \u00b7 "), last, title: health.detail, runbook };
}

/** @type {(state: string, gaps: boolean) => Runbook} */
function legRunbook(state, gaps) {
  if (state === "lagging") return "symbol-late";
  if (gaps && LEVELS[state] === "good") return "holes-open";
  return "symbol-silent";
}

/**
 * @param {ConnectionStatus} connection
 * @param {Freshness} fresh
 * @returns {Chip}
 */
function connectionChip(connection, fresh) {
  const silence = fresh.silence(connection);
  const frame = connection.last_frame_age_ms;
  const last = frame === null ? "no frame yet" : `last frame ${age(frame + fresh.since)} ago`;
  const words = [connection.paused ? "not read: the disk is behind" : connection.state];
  if (silence >= DOUBTFUL_AFTER) words.push(`nothing for ${age(silence)}`);
  else words.push(last);
  if (connection.reconnects) {
    words.push(`${connection.reconnects} ${connection.reconnects === 1 ? "reconnect" : "reconnects"}`);
  }
  const silent = silence >= SILENT_AFTER ? "bad" : silence >= DOUBTFUL_AFTER ? "warn" : "good";
  const level = worse(LEVELS[connection.state] ?? "bad", connection.paused ? "warn" : silent);
  const title = [`${connection.streams} streams`, connection.detail].filter(Boolean).join("; ");
  return {
    key: `connection-${connection.name}`,
    level,
    name: connection.name,
    words: words.join(" \u00b7 "),
    last,
    title,
    runbook: connection.paused ? "queue-filling" : silent === "good" ? "connection-down" : "exchange-silent",
  };
}

// Beyond this age (ms) the engine itself does not act on a price.
/** @type {(status: Status) => number} */
export const staleAfter = (status) => status.config.analytics.stale_seconds * 1000;
