// Pairs that are to be removed. Their positions and open alerts end with them, so there is a while to take it back.

const WAIT = 6000;

export class Leaving {
  // onDue(pairs) when the while is over; onChange() when there is something else to show.
  /** @param {{ onDue: (pairs: string[]) => void, onChange: () => void }} listener */
  constructor({ onDue, onChange }) {
    this.onDue = onDue;
    this.onChange = onChange;
    /** @type {Set<string>} */
    this.pairs = new Set();
  }

  /** @param {string} pair */
  has(pair) {
    return this.pairs.has(pair);
  }

  // One more pair: all of them have the whole while again.
  /** @param {string} pair */
  add(pair) {
    this.pairs.add(pair);
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.now(), WAIT);
    this.onChange();
  }

  undo() {
    window.clearTimeout(this.timer);
    this.pairs.clear();
    this.onChange();
  }

  now() {
    window.clearTimeout(this.timer);
    const pairs = [...this.pairs];
    this.pairs.clear();
    if (pairs.length) this.onDue(pairs);
    this.onChange();
  }

  /** @type {string} */
  get words() {
    const names = [...this.pairs];
    if (names.length === 1) return `${names[0]} is about to be removed: its position is left and its open alerts end.`;
    return `${names.length} pairs are about to be removed: their positions are left and their open alerts end.`;
  }

  // The page is left: nothing is removed that could not be taken back any more.
  destroy() {
    window.clearTimeout(this.timer);
  }
}
