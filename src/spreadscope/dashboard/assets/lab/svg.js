// Small drawings: elements of SVG, whose colours come from the theme by themselves.

// The namespace as the browser itself knows it: a page names no other server.
const SPACE = new DOMParser().parseFromString("<svg></svg>", "text/html").querySelector("svg")?.namespaceURI ?? null;

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {string} [text]
 */
export function svg(tag, attributes = {}, text) {
  const made = /** @type {SVGElementTagNameMap[Tag]} */ (document.createElementNS(SPACE, tag));
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

// A drawing that says in words what is to be seen.
/**
 * @param {number} width
 * @param {number} height
 * @param {string} words
 */
export function drawing(width, height, words) {
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words, class: "drawing" });
}

// Gives an element words that appear where somebody points at it.
/**
 * @template {SVGElement} Made
 * @param {Made} made
 * @param {string} words
 * @returns {Made}
 */
export function withWords(made, words) {
  made.append(svg("title", {}, words));
  return made;
}
