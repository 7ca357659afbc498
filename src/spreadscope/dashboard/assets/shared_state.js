// What the components of one browser tab tell each other: the pair in view, what can be done with it, short words for
// the user, and what one that goes leaves undone. Streamlit serves each component's modules apart, so that the state
// itself lies on the window.

/**
 * @import { Timeframe } from "./contract.d.ts"
 * @import { Action } from "./outbox.js"
 */
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
  /** @type {Action[]} */
  undone: [],
  /** @type {Listeners<Action[]>} */
  onUndone: new Set(),
});

/** @typedef {ReturnType<typeof make>} SharedState */

const home = /** @type {{ spreadscopeShared?: SharedState }} */ (/** @type {unknown} */ (globalThis));
const state = (home.spreadscopeShared ??= make());

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

export const shownNow = () => state.shown;

/** @param {Shown} shown */
export function tellShown(shown) {
  state.shown = shown;
  for (const listener of state.onShown) listener(shown);
}

/** @type {(listener: (shown: Shown) => void) => () => void} */
export const onShown = (listener) => listen(state.onShown, listener);

// Asks whoever shows a pair to show this one; false where nobody does.
/** @param {Partial<Shown>} wanted */
export function wantShown(wanted) {
  for (const listener of state.onWanted) listener(wanted);
  return state.onWanted.size > 0;
}

/** @type {(listener: (wanted: Partial<Shown>) => void) => () => void} */
export const onWanted = (listener) => listen(state.onWanted, listener);

/** @param {Notice} notice */
export function say(notice) {
  for (const listener of state.onNotice) listener(notice);
}

/** @type {(listener: (notice: Notice) => void) => () => void} */
export const onNotice = (listener) => listen(state.onNotice, listener);

// The page of a component is left before the script has done these.
/** @param {Action[]} actions */
export function leaveUndone(actions) {
  if (state.onUndone.size === 0) state.undone.push(...actions);
  for (const listener of state.onUndone) listener(actions);
}

// Whoever listens tells the script of them, also of those that were left while nobody did.
/** @param {(actions: Action[]) => void} listener */
export function onUndone(listener) {
  const stop = listen(state.onUndone, listener);
  if (state.undone.length) listener(state.undone.splice(0));
  return stop;
}

// Offers commands in the palette until the returned function is called.
/** @param {Command[]} commands */
export function offer(commands) {
  for (const command of commands) state.commands.set(command.id, command);
  return () => {
    for (const command of commands) {
      if (state.commands.get(command.id) === command) state.commands.delete(command.id);
    }
  };
}

export const offered = () => [...state.commands.values()];
