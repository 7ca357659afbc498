// The address of the page names what it shows, so that a view can be bookmarked and sent.

// In place, without a further step in the browser's history: Back leaves the page, as it does everywhere.
/** @param {Record<string, string>} shown */
export function nameInAddress(shown) {
  const query = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(shown)) query.set(name, value);
  const wanted = `${window.location.pathname}?${query}${window.location.hash}`;
  if (wanted !== window.location.pathname + window.location.search + window.location.hash) {
    window.history.replaceState(window.history.state, "", wanted);
  }
}
