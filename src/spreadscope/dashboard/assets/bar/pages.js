// Another page of the same session: Streamlit goes to what the address names when the address is changed as Back does.

/**
 * @param {string} base what all paths begin with
 * @param {string} path
 * @param {Record<string, string>} [query]
 */
export function goTo(base, path, query = {}) {
  const words = new URLSearchParams(query).toString();
  window.history.pushState({}, "", `${base}/${path}${words ? `?${words}` : ""}`);
  window.dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}
