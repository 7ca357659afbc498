// Tells the page script that its tables are older than what the engine has, so that it runs again: when an alert or a
// signal is new, and when the engine follows other pairs. Asking every few seconds instead would cost the server eight
// times what the whole live chart costs.

const SHORTEST_PAUSE = 5000;
// What somebody has just asked for by a click is news too, and the script is still busy with it.
const SETTLING = 500;

// A change of pages would be taken back by a run that is asked for beside it. Streamlit says on its page whether a run
// is under way, but learns it from its server: of what was clicked or typed just now it says nothing yet.
const ON_ITS_WAY = 1000;
let lastInput = -Infinity;
for (const event of ["pointerup", "keydown"]) {
  window.addEventListener(event, () => (lastInput = performance.now()), { capture: true, passive: true });
}

function scriptIsBusy() {
  const state = /** @type {HTMLElement | null} */ (document.querySelector('[data-testid="stApp"]'))?.dataset
    .testScriptState;
  const running = state !== undefined && state !== "notRunning";
  return running || performance.now() - lastInput < ON_ITS_WAY;
}

export class Staleness {
  // `waits()`: something else is to be told first.
  /** @param {() => boolean} [waits] */
  constructor(waits = () => false) {
    this.waits = waits;
    /** @type {((count: number) => void) | null} */
    this.notify = null;
    /** @type {Record<string, string>} */
    this.shown = {};
    this.pairsSeen = 0;
    this.count = 0;
    this.last = -Infinity;
  }

  // The script has just run: it knows these pairs, and all news up to now.
  /**
   * @param {string[]} pairs
   * @param {(count: number) => void} notify
   */
  scriptRan(pairs, notify) {
    this.pairs = [...pairs].sort().join();
    this.pairsSeen = 0;
    this.notify = notify;
  }

  // `key` names the newest of its kind. The first one came before the page asked, or with it.
  /**
   * @param {string} kind
   * @param {string} key
   */
  news(kind, key) {
    const known = this.shown[kind];
    this.shown[kind] = key;
    if (known !== undefined && known !== key) this.#tell();
  }

  // What comes next of a kind is no news: it is of another pair.
  /** @param {string} kind */
  forget(kind) {
    delete this.shown[kind];
  }

  // A status may be older than the page's own change: only two in a row count.
  /** @param {string[]} pairs */
  followed(pairs) {
    const key = [...pairs].sort().join();
    this.pairsSeen = key === this.pairs ? 0 : this.pairsSeen + 1;
    if (this.pairsSeen < 2) return;
    this.pairsSeen = 0;
    this.#tell();
  }

  destroy() {
    window.clearTimeout(this.timer);
  }

  #tell() {
    if (this.timer !== undefined) return;
    const wait = Math.max(SETTLING, this.last + SHORTEST_PAUSE - performance.now());
    this.timer = window.setTimeout(() => {
      this.timer = undefined;
      if (document.hidden) {
        this.last = performance.now();
        this.#tell(); // nobody looks: later
        return;
      }
      if (scriptIsBusy() || this.waits()) {
        this.#tell();
        return;
      }
      this.last = performance.now();
      this.count += 1;
      this.notify?.(this.count);
    }, wait);
  }
}
