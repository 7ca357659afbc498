// What the components of one browser tab tell each other: the pair in view, what can be done with it, and short words
// for the user. Streamlit serves each component's modules apart, so that the desk itself lies on the window.

/** @import { Timeframe } from "./contract.d.ts" */
/**
 * @typedef {{ pair: string, timeframe: Timeframe }} Shown
 *
 * @typedef {object} Notice
 * @property {string} text
 * @property {() => void} [undo] takes back what was done
 *
 * @typedef {object} Command
 * @property {string} id
 * @property {string} title
 * @property {string} [keys] what to press, where there is a key
 * @property {() => void} run
 */
/**
 * @template Told
 * @typedef {Set<(told: Told) => void>} Listeners
 */

const make = () => ({
  /** @type {Shown | null} */
  shown: null,
  /** @type {Listeners<Shown>} */
  onShown: new Set(),
  /** @type {Listeners<Partial<Shown>>} */
  onWanted: new Set(),
  /** @type {Listeners<Notice>} */
  onNotice: new Set(),
  /** @type {Map<string, Command>} */
  commands: new Map(),
});

/** @typedef {ReturnType<typeof make>} Desk */

const home = /** @type {{ spreadscopeDesk?: Desk }} */ (/** @type {unknown} */ (window));
const desk = (home.spreadscopeDesk ??= make());

/**
 * @template Told
 * @param {Listeners<Told>} listeners
 * @param {(told: Told) => void} listener
 */
function listen(listeners, listener) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

export const shownNow = () => desk.shown;

/** @param {Shown} shown */
export function tellShown(shown) {
  desk.shown = shown;
  for (const listener of desk.onShown) listener(shown);
}

/** @type {(listener: (shown: Shown) => void) => () => void} */
export const onShown = (listener) => listen(desk.onShown, listener);

// Asks whoever shows a pair to show this one; false where nobody does.
/** @param {Partial<Shown>} wanted */
export function wantShown(wanted) {
  for (const listener of desk.onWanted) listener(wanted);
  return desk.onWanted.size > 0;
}

/** @type {(listener: (wanted: Partial<Shown>) => void) => () => void} */
export const onWanted = (listener) => listen(desk.onWanted, listener);

/** @param {Notice} notice */
export function say(notice) {
  for (const listener of desk.onNotice) listener(notice);
}

/** @type {(listener: (notice: Notice) => void) => () => void} */
export const onNotice = (listener) => listen(desk.onNotice, listener);

// Offers commands in the palette until the returned function is called.
/** @param {Command[]} commands */
export function offer(commands) {
  for (const command of commands) desk.commands.set(command.id, command);
  return () => {
    for (const command of commands) {
      if (desk.commands.get(command.id) === command) desk.commands.delete(command.id);
    }
  };
}

export const offered = () => [...desk.commands.values()];
