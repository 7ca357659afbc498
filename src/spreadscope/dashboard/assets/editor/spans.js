// Lengths of time as one types them: "30s", "5m", "1h", or bare seconds.

/** @type {Record<string, number>} */
const SIZES = { s: 1, m: 60, h: 3600 };

// Seconds; null for an empty text, NaN for one that is no length.
/** @param {string} text */
export function parseSpan(text) {
  const trimmed = text.trim().toLowerCase();
  if (!trimmed) return null;
  const match = trimmed.match(/^(\d+(?:\.\d+)?)\s*([smh]?)$/);
  return match ? Number(match[1]) * SIZES[match[2] || "s"] : Number.NaN;
}

/** @param {number} seconds */
export function spanText(seconds) {
  if (!seconds) return "";
  const unit = seconds % SIZES.h === 0 ? "h" : seconds % SIZES.m === 0 ? "m" : "s";
  return `${seconds / SIZES[unit]}${unit}`;
}
