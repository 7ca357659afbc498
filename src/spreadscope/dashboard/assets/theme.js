// Colours from Streamlit's own theme, so that the chart follows it when the user changes it.

/** @typedef {ReturnType<typeof readTheme>} Theme */

/** @param {Element} element */
export function readTheme(element) {
  const style = getComputedStyle(element);
  /** @type {(name: string, otherwise: string) => string} */
  const read = (name, otherwise) => {
    const value = style.getPropertyValue(`--st-${name}`).trim();
    return value && value !== "unset" ? value : otherwise;
  };
  const theme = {
    background: read("background-color", "#0e1117"),
    panel: read("secondary-background-color", "#1b1f27"),
    text: read("text-color", "#e8e8e8"),
    border: read("border-color", "rgba(128, 128, 128, 0.3)"),
    faint: read("border-color-light", "rgba(128, 128, 128, 0.15)"),
    muted: read("gray-text-color", "#9a9a9a"),
    gray: read("gray-color", "#808080"),
    green: read("green-color", "#2aa876"),
    red: read("red-color", "#e05260"),
    blue: read("blue-color", "#4a90e2"),
    orange: read("orange-color", "#e8963e"),
    violet: read("violet-color", "#a67fe0"),
    yellow: read("yellow-color", "#e0c04a"),
    font: read("font", "sans-serif"),
  };
  const dark = luminance(theme.background) < 0.5;
  const whole = {
    ...theme,
    grid: dark ? "rgba(255, 255, 255, 0.055)" : "rgba(0, 0, 0, 0.06)",
    separator: dark ? "rgba(255, 255, 255, 0.18)" : "rgba(0, 0, 0, 0.18)",
    watermark: dark ? "rgba(255, 196, 80, 0.13)" : "rgba(170, 95, 0, 0.14)",
  };
  return { ...whole, signature: Object.values(whole).join("|") };
}

// A statistic declares its line's colour by name.
/**
 * @param {Theme} theme
 * @param {string} name
 */
export function colourOf(theme, name) {
  const colour = Object.entries(theme).find(([known]) => known === name)?.[1];
  if (colour === undefined) throw new RangeError(`"${name}" is no colour of the theme`);
  return colour;
}

// Of "#rrggbb", "#rgb" or "rgb(…)", 0 black to 1 white.
/** @param {string} colour */
function luminance(colour) {
  const hex = colour.match(/^#(?:([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})|([0-9a-f])([0-9a-f])([0-9a-f])$)/i);
  const digits = hex?.slice(1).filter((part) => part !== undefined);
  const parts = digits
    ? digits.map((part) => parseInt(part.length === 1 ? part + part : part, 16))
    : (colour.match(/[\d.]+/g) ?? [0, 0, 0]).map(Number);
  return (0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2]) / 255;
}
