// The layout in force, kept for this browser; or that of a link, until somebody changes it. Layouts can have names.

import { recall, remember } from "../alerts/remembered.js";
import { NARROW, USUAL, decoded, encoded } from "./model.js";

/** @import { Layout } from "./model.js" */

const KEY = "layout";
const NAMED = "layouts";
const QUERY = "layout";
const MOST_NAMED = 20;
export const LONGEST_NAME = 40;

export class KeptLayout {
  /** @param {(layout: Layout) => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    const linked = decoded(new URLSearchParams(window.location.search).get(QUERY));
    this.current = linked ?? decoded(recall(KEY)) ?? usual();
  }

  /** @param {Layout} layout */
  set(layout) {
    if (encoded(layout) === encoded(this.current)) return;
    this.current = layout;
    remember(KEY, encoded(layout));
    forgetLink();
    this.onChange(layout);
  }

  reset() {
    this.set(usual());
  }

  // The address of the page as it is, with its layout.
  link() {
    const address = new URL(window.location.href);
    address.searchParams.set(QUERY, encoded(this.current));
    return address.href;
  }

  /** @returns {[string, Layout][]} */
  get named() {
    return Object.entries(kept()).flatMap(([name, text]) => {
      const layout = decoded(text);
      return layout ? [/** @type {[string, Layout]} */ ([name, layout])] : [];
    });
  }

  // Why it cannot be saved; null where it was.
  /**
   * @param {string} name
   * @returns {string | null}
   */
  save(name) {
    const short = name.trim();
    if (!short) return "Give the layout a name.";
    if (short.length > LONGEST_NAME) return `A name has at most ${LONGEST_NAME} characters.`;
    const all = kept();
    if (!(short in all) && Object.keys(all).length >= MOST_NAMED) {
      return `${MOST_NAMED} layouts are saved already: delete one.`;
    }
    remember(NAMED, JSON.stringify({ ...all, [short]: encoded(this.current) }));
    return null;
  }

  /** @param {string} name */
  drop(name) {
    const all = kept();
    const dropped = all[name];
    delete all[name];
    remember(NAMED, JSON.stringify(all));
    return () => remember(NAMED, JSON.stringify({ ...kept(), [name]: dropped }));
  }
}

/** @returns {Record<string, string>} */
function kept() {
  try {
    const all = JSON.parse(recall(NAMED) ?? "{}");
    if (all === null || typeof all !== "object") return {};
    return Object.fromEntries(
      Object.entries(all)
        .filter(([, text]) => typeof text === "string")
        .slice(0, MOST_NAMED),
    );
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // somebody else wrote there
    throw error;
  }
}

const usual = () => (window.matchMedia("(max-width: 640px)").matches ? NARROW : USUAL);

// A link names its layout until somebody changes it.
function forgetLink() {
  const address = new URL(window.location.href);
  if (!address.searchParams.has(QUERY)) return;
  address.searchParams.delete(QUERY);
  window.history.replaceState(window.history.state, "", address.href);
}
