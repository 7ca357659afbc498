// Which pair and timeframe are in view, by the hand of the user and of the page's script. Both may ask for others at
// the same time: the script's word counts where it is a new one; what the user chose is told until the script has it.

/** @import { Shown } from "./shared_state.js" */

/** @type {(a: Shown, b: Shown) => boolean} */
const same = (a, b) => a.pair === b.pair && a.timeframe === b.timeframe;

export class ShownPair {
  /** @param {Shown} given by the script */
  constructor(given) {
    this.given = given;
    this.wanted = given;
  }

  // The script has run. Gives back what is to be shown now, or null where that is shown already.
  /**
   * @param {Shown} given
   * @returns {Shown | null}
   */
  scriptRan(given) {
    const news = !same(given, this.given);
    this.given = given;
    if (!news || same(given, this.wanted)) return null;
    this.wanted = given;
    return given;
  }

  // The user wants another. Gives back what is to be shown now, or null.
  /**
   * @param {Partial<Shown>} wanted
   * @returns {Shown | null}
   */
  want(wanted) {
    const next = { ...this.wanted, ...wanted };
    if (same(next, this.wanted)) return null;
    this.wanted = next;
    return next;
  }

  // Whether the script is still to be told.
  get untold() {
    return !same(this.given, this.wanted);
  }
}
