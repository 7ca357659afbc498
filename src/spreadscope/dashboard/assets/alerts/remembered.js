// Small choices that outlive the page. A browser that forbids storage forgets them, and nothing else changes.

/** @typedef {"localStorage" | "sessionStorage"} Place */

/**
 * @param {string} key
 * @param {Place} [storage]
 */
export function recall(key, storage = "localStorage") {
  try {
    return window[storage].getItem(`spreadscope.${key}`);
  } catch (error) {
    if (isNamed(error, "SecurityError")) return null;
    throw error;
  }
}

/**
 * @param {string} key
 * @param {string} value
 * @param {Place} [storage]
 */
export function remember(key, value, storage = "localStorage") {
  try {
    window[storage].setItem(`spreadscope.${key}`, value);
  } catch (error) {
    if (!isNamed(error, "SecurityError", "QuotaExceededError")) throw error;
  }
}

/** @type {(error: unknown, ...names: string[]) => boolean} */
const isNamed = (error, ...names) => error instanceof DOMException && names.includes(error.name);
