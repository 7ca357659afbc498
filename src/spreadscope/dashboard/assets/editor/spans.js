// Lengths of time as one types them: "30s", "5m", "1h", or bare seconds.

const SIZES = { s: 1, m: 60, h: 3600 };

// Seconds; null for an empty text, NaN for one that is no length.
export function parseSpan(text) {
  const trimmed = text.trim().toLowerCase();
  if (!trimmed) return null;
  const match = trimmed.match(/^(\d+(?:\.\d+)?)\s*([smh]?)$/);
  return match ? Number(match[1]) * SIZES[match[2] || "s"] : Number.NaN;
}

export function spanText(seconds) {
  if (!seconds) return "";
  for (const [unit, size] of [
    ["h", 3600],
    ["m", 60],
  ])
    if (seconds % size === 0) return `${seconds / size}${unit}`;
  return `${seconds}s`;
}
