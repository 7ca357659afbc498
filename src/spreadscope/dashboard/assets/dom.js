// Building elements. Text always goes in as text: what an engine or an exchange says is never markup.

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {string} [text]
 */
export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// Sets text only where it changed, so that an idle page costs no layout.
/**
 * @param {Element} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * @param {HTMLElement} node
 * @param {string} name
 * @param {string | number | boolean | null | undefined} value
 */
export function setData(node, name, value) {
  const text = value === null || value === undefined ? "" : String(value);
  if (node.dataset[name] !== text) node.dataset[name] = text;
}

/**
 * @param {Element} node
 * @param {string} name
 * @param {string} text
 */
export function setAttribute(node, name, text) {
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

// Lets an element be pressed by mouse, touch and key.
/**
 * @param {HTMLElement} node
 * @param {string} words what it does
 * @param {() => void} press
 */
export function asButton(node, words, press) {
  node.classList.add("pressable");
  node.setAttribute("role", "button");
  node.setAttribute("aria-description", words);
  node.tabIndex = 0;
  node.title = words;
  node.addEventListener("click", press);
  node.addEventListener("keydown", (event) => {
    if (event.target !== node || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    press();
  });
}
