// The strip that says how far the figures can be trusted: each leg's tape, the connections, the engine itself.

import { element, setData, setText } from "./dom.js";
import { age, dateAndClock, fixed } from "./format.js";

const LEVELS = { ok: "good", quiet: "good", connected: "good", waiting: "warn", connecting: "warn", reconnecting: "warn" };

const PLAYED_BACK = 3600 * 1000;

export class HealthStrip {
  constructor(legs) {
    this.legs = [legs.y, legs.x];
    this.root = element("div", "health");
    this.chips = new Map();
    this.alarms = element("div", "alarms");
    this.chipRow = element("div", "chips");
    this.root.append(this.chipRow, this.alarms);
  }

  // `since`: milliseconds since the status came, by which the ages in it have grown.
  draw(status, since, lost) {
    if (!status) {
      this.#keep([{ key: "engine", level: "warn", name: "engine", words: "waiting for its first word" }]);
      return;
    }
    const legs = this.legs.map((symbol) => legChip(symbol, status.symbols.find((each) => each.symbol === symbol), since));
    const connections = status.connections.map((connection) => connectionChip(connection, since));
    this.#keep([engineChip(status, lost, since), marketChip(status, since), ...legs, ...connections]);
    this.#drawAlarms(status.alarms);
  }

  #keep(wanted) {
    const keys = new Set(wanted.map((chip) => chip.key));
    for (const [key, chip] of this.chips) {
      if (keys.has(key)) continue;
      chip.root.remove();
      this.chips.delete(key);
    }
    for (const chip of wanted) this.#draw(chip);
  }

  #draw({ key, level, name, words, title }) {
    let chip = this.chips.get(key);
    if (!chip) {
      const root = element("span", "chip");
      chip = { root, name: element("b"), words: element("span") };
      root.append(element("i", "dot"), chip.name, chip.words);
      root.dataset.chip = key;
      this.chipRow.append(root);
      this.chips.set(key, chip);
    }
    setText(chip.name, name);
    setText(chip.words, words);
    setData(chip.root, "level", level);
    if (chip.root.title !== (title ?? "")) chip.root.title = title ?? "";
  }

  #drawAlarms(alarms) {
    const key = JSON.stringify(alarms);
    if (key === this.alarmsShown) return;
    this.alarmsShown = key;
    this.alarms.replaceChildren(
      ...alarms.map(({ level, message }) => {
        const line = element("div", "alarm", message);
        line.dataset.level = level;
        return line;
      }),
    );
  }
}

function engineChip(status, lost, since) {
  if (lost) return { key: "engine", level: "bad", name: "engine", words: `no word for ${age(since)}` };
  const words = [`${fixed(status.rates.messages_per_second, 0)} msg/s`];
  if (status.starting) words.unshift(status.starting);
  const title = `${status.source}; version ${status.version}`;
  return { key: "engine", level: status.starting ? "warn" : "good", name: "engine", words: words.join(" \u00b7 "), title };
}

// The market's own clock: it shows at once that what plays is not now, or that time stands still.
function marketChip(status, since) {
  if (!status.market_time) return { key: "market", level: "warn", name: "market", words: "no trade yet" };
  const still = status.now - status.market_time + since;
  const played = still > PLAYED_BACK;
  const words = `${dateAndClock(status.market_time)} UTC`;
  return { key: "market", level: still < 30000 || played ? "good" : "warn", name: "market", words, title: played ? "a recording" : "" };
}

function legChip(symbol, health, since) {
  const key = `symbol-${symbol}`;
  if (!health) return { key, level: "warn", name: symbol, words: "not recorded yet" };
  const words = [health.state];
  if (health.age_ms !== null) words.push(`last trade ${age(health.age_ms + since)} ago`);
  // A recording is played long after its time: that is no lag.
  if (health.lag_ms !== null && health.lag_ms < PLAYED_BACK) words.push(`lag ${fixed(health.lag_ms, 0)} ms`);
  if (health.open_gaps) words.push(`${health.open_gaps} ${health.open_gaps === 1 ? "gap" : "gaps"}, ${health.missing} missing`);
  else words.push("no gap");
  const level = health.open_gaps ? "warn" : (LEVELS[health.state] ?? "bad");
  return { key, level: LEVELS[health.state] ? level : "bad", name: symbol, words: words.join(" · "), title: health.detail };
}

function connectionChip(connection, since) {
  const words = [connection.state];
  if (connection.last_frame_age_ms !== null && connection.state === "connected") {
    words.push(`last frame ${age(connection.last_frame_age_ms + since)} ago`);
  }
  if (connection.reconnects) words.push(`${connection.reconnects} ${connection.reconnects === 1 ? "reconnect" : "reconnects"}`);
  const title = [`${connection.streams} streams`, connection.detail].filter(Boolean).join("; ");
  return { key: `connection-${connection.name}`, level: LEVELS[connection.state] ?? "bad", name: connection.name, words: words.join(" · "), title };
}
