// "(2) Spreadscope": how many alerts are open and unacknowledged, in the tab's title.

const BADGE = /^\(\d+\) /;

export class TitleBadge {
  constructor() {
    this.count = 0;
    // Streamlit writes the title itself whenever the script runs.
    this.observer = new MutationObserver(() => this.#write());
    this.observer.observe(document.head, { childList: true, subtree: true, characterData: true });
  }

  /** @param {number} count */
  set(count) {
    this.count = count;
    this.#write();
  }

  #write() {
    const bare = document.title.replace(BADGE, "");
    const wanted = this.count ? `(${this.count}) ${bare}` : bare;
    if (document.title !== wanted) document.title = wanted;
  }

  destroy() {
    this.observer.disconnect();
    document.title = document.title.replace(BADGE, "");
  }
}
