// The keys of the watch list. Arrows, Enter and the like are for the list alone, / and G for the whole page.

/**
 * @typedef {object} KeysDo
 * @property {(steps: number) => void} step
 * @property {() => number} page how many lines a page of the list has
 * @property {() => void} open
 * @property {() => void} menu
 * @property {() => void} remove
 * @property {() => void} filter
 * @property {() => void} group
 */

const ALL = 1_000_000; // more lines than there are

/** @type {(event: KeyboardEvent, keys: KeysDo) => void} */
export function pressInList(event, keys) {
  const act = inList(event, keys);
  if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
}

/**
 * @param {KeyboardEvent} event
 * @param {KeysDo} keys
 */
function inList({ key, shiftKey }, { step, page, open, menu, remove }) {
  /** @type {Record<string, () => void>} */
  const acts = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    PageDown: () => step(page()),
    PageUp: () => step(-page()),
    Home: () => step(-ALL),
    End: () => step(ALL),
    Enter: open,
    m: menu,
    ContextMenu: menu,
    Delete: remove,
  };
  return key === "F10" && shiftKey ? menu : acts[key];
}

// Whether a key is being typed into something.
/** @param {Event} event */
function isTyping(event) {
  const [target] = event.composedPath();
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName))
  );
}

/** @type {(event: KeyboardEvent, keys: KeysDo) => void} */
export function pressOnPage(event, { filter, group }) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
  const act = event.key === "/" ? filter : event.key === "g" ? group : undefined;
  if (act === undefined) return;
  event.preventDefault();
  act();
}
