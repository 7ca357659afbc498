// Small choices that outlive the page. A browser that forbids storage forgets them, and nothing else changes.

export function recall(key, storage = "localStorage") {
  try {
    return window[storage].getItem(`spreadscope.${key}`);
  } catch (error) {
    if (error.name === "SecurityError") return null;
    throw error;
  }
}

export function remember(key, value, storage = "localStorage") {
  try {
    window[storage].setItem(`spreadscope.${key}`, value);
  } catch (error) {
    if (error.name !== "SecurityError" && error.name !== "QuotaExceededError") throw error;
  }
}
