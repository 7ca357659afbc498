// How the live page is laid out: the panes of the chart, the parts around it, and how dense it is. No screen here.

/**
 * @typedef {"top" | "main" | "side" | "below"} Place
 * @typedef {"verdict" | "figures" | "chart" | "alerts" | "signals" | "watch" | "tape"} Part
 * @typedef {"normal" | "compact"} Density
 * @typedef {{ name: string, weight: number | null, folded: boolean }} PaneChoice weight null: as declared
 *
 * @typedef {object} Layout
 * @property {PaneChoice[]} panes in their order; panes that are not named follow as declared
 * @property {Record<Place, Part[]>} places parts that are in none are hidden
 * @property {Density} density
 */

/** @type {Place[]} */
export const PLACES = ["top", "main", "side", "below"];
/** @type {Part[]} */
export const PARTS = ["verdict", "figures", "chart", "alerts", "signals", "watch", "tape"];
const MOST_PANES = 24;
const LONGEST = 600;
const LEAST_WEIGHT = 0.2;
const MOST_WEIGHT = 20;
/** Height of a folded pane (px): its line of words alone. */
export const FOLDED = 22;

/** @type {Layout} */
export const USUAL = {
  panes: [],
  places: { top: ["verdict", "figures"], main: ["chart"], side: ["alerts", "signals"], below: [] },
  density: "normal",
};

// Of a phone: z comes first, for its first screen shows one pane.
/** @type {Layout} */
export const NARROW = {
  ...USUAL,
  panes: ["z", "spread"].map((name) => ({ name, weight: null, folded: false })),
};

// "p.z-260.y-0*t.verdict.figures*d.compact": letters that an address need not spell out.
/**
 * @param {Layout} layout
 * @returns {string}
 */
export function encoded({ panes, places, density }) {
  const choice = (/** @type {PaneChoice} */ { name, weight, folded }) =>
    [name, ...(folded ? ["0"] : weight === null ? [] : [String(Math.round(weight * 100))])].join("-");
  return [
    ...(panes.length ? [["p", ...panes.map(choice)]] : []),
    ...PLACES.map((place) => [place, ...places[place]]),
    ["d", density],
  ]
    .map((section) => section.join("."))
    .join("*");
}

// What is not understood of a text is left out; null where it is no layout at all.
/**
 * @param {string | null} text
 * @returns {Layout | null}
 */
export function decoded(text) {
  if (!text || text.length > LONGEST) return null;
  const sections = new Map(
    text.split("*").map((section) => {
      const [name = "", ...rest] = section.split(".");
      return [name, rest];
    }),
  );
  if (!PLACES.some((place) => sections.has(place)) && !sections.has("p")) return null;
  return {
    panes: panesOf(sections.get("p") ?? []),
    places: PLACES.some((place) => sections.has(place)) ? placesOf(sections) : USUAL.places,
    density: sections.get("d")?.[0] === "compact" ? "compact" : "normal",
  };
}

/** @param {string[]} words */
function panesOf(words) {
  /** @type {Map<string, PaneChoice>} */
  const panes = new Map();
  for (const word of words) {
    const [, name, percent] = word.match(/^(\w+)(?:-(\d{1,4}))?$/) ?? [];
    if (!name || panes.has(name) || panes.size >= MOST_PANES) continue;
    const weight = percent === undefined || percent === "0" ? null : bounded(Number(percent) / 100);
    panes.set(name, { name, weight, folded: percent === "0" });
  }
  return [...panes.values()];
}

/**
 * @param {Map<string, string[]>} sections
 * @returns {Record<Place, Part[]>}
 */
function placesOf(sections) {
  /** @type {Set<string>} */
  const seen = new Set();
  /** @type {(place: Place) => Part[]} */
  const of = (place) =>
    (sections.get(place) ?? []).filter(
      /** @type {(word: string) => word is Part} */ (
        (word) => {
          const right = PARTS.some((part) => part === word) && (word === "chart") === (place === "main");
          if (!right || seen.has(word)) return false;
          seen.add(word);
          return true;
        }
      ),
    );
  return { top: of("top"), main: of("main"), side: of("side"), below: of("below") };
}

/** @type {(weight: number) => number} */
const bounded = (weight) => Math.min(MOST_WEIGHT, Math.max(LEAST_WEIGHT, weight));

// The panes that there are in the order of the layout; those that it does not name follow as they are declared.
/**
 * @param {Layout} layout
 * @param {string[]} names
 * @returns {PaneChoice[]}
 */
export function arranged({ panes }, names) {
  const named = panes.filter(({ name }) => names.includes(name));
  const others = names.filter((name) => !named.some((each) => each.name === name));
  return [...named, ...others.map((name) => ({ name, weight: null, folded: false }))];
}

// The layout with one pane changed; all that there are are named from then on.
/**
 * @param {Layout} layout
 * @param {string[]} names
 * @param {(panes: PaneChoice[]) => PaneChoice[]} change
 * @returns {Layout}
 */
function withPanes(layout, names, change) {
  const away = layout.panes.filter(({ name }) => !names.includes(name));
  return { ...layout, panes: [...change(arranged(layout, names)), ...away].slice(0, MOST_PANES) };
}

/** @type {(layout: Layout, names: string[], name: string, folded: boolean) => Layout} */
export const withFolded = (layout, names, name, folded) =>
  withPanes(layout, names, (panes) => panes.map((each) => (each.name === name ? { ...each, folded } : each)));

/** @type {(layout: Layout, names: string[], name: string, step: number) => Layout} */
export const withMoved = (layout, names, name, step) =>
  withPanes(layout, names, (panes) =>
    shifted(
      panes,
      panes.findIndex((each) => each.name === name),
      step,
    ),
  );

// After a line between panes was dragged: `heights` in pixels, by name. A folded pane that was drawn open is open.
/**
 * @param {Layout} layout
 * @param {string[]} names
 * @param {Map<string, number>} heights
 * @returns {Layout}
 */
export function withHeights(layout, names, heights) {
  const open = [...heights.values()].filter((height) => height > FOLDED * 1.5);
  const unit = open.reduce((sum, height) => sum + height, 0) / Math.max(1, open.length);
  return withPanes(layout, names, (panes) =>
    panes.map((each) => {
      const height = heights.get(each.name);
      if (height === undefined || !unit) return each;
      if (height <= FOLDED * 1.5) return { ...each, folded: true };
      return { ...each, folded: false, weight: bounded(Math.round((200 * height) / unit) / 100) };
    }),
  );
}

/**
 * @template Item
 * @param {Item[]} items
 * @param {number} from
 * @param {number} step
 * @returns {Item[]}
 */
function shifted(items, from, step) {
  const to = Math.max(0, Math.min(items.length - 1, from + step));
  if (from < 0 || to === from) return items;
  const rest = items.filter((_, index) => index !== from);
  return [...rest.slice(0, to), items[from], ...rest.slice(to)];
}

/** @type {(layout: Layout, part: Part) => Place | null} */
export const placeOf = ({ places }, part) => PLACES.find((place) => places[place].includes(part)) ?? null;

// The part at the end of a place; null hides it. The chart is in the middle or nowhere.
/**
 * @param {Layout} layout
 * @param {Part} part
 * @param {Place | null} place
 * @returns {Layout}
 */
export function withPart(layout, part, place) {
  const places = { ...layout.places };
  for (const each of PLACES) places[each] = places[each].filter((name) => name !== part);
  const there = place !== null && part === "chart" ? "main" : place;
  if (there !== null && (there === "main") === (part === "chart")) places[there] = [...places[there], part];
  return { ...layout, places };
}

// The part earlier or later among those of its place.
/**
 * @param {Layout} layout
 * @param {Part} part
 * @param {number} step
 * @returns {Layout}
 */
export function withPartMoved(layout, part, step) {
  const place = placeOf(layout, part);
  if (place === null) return layout;
  const parts = layout.places[place];
  return { ...layout, places: { ...layout.places, [place]: shifted(parts, parts.indexOf(part), step) } };
}

// The factors by which panes share a height: folded ones have their few pixels, the others what is left.
/**
 * @param {{ weight: number, folded: boolean }[]} panes
 * @param {number} height
 * @returns {number[]}
 */
export function stretches(panes, height) {
  const open = panes.filter(({ folded }) => !folded);
  const total = open.reduce((sum, { weight }) => sum + weight, 0);
  const left = height - FOLDED * (panes.length - open.length);
  if (!open.length || left <= 0) return panes.map(() => 1);
  return panes.map(({ weight, folded }) => (folded ? (FOLDED * total) / left : weight));
}
