// Entry of the lab: a finished study, fetched once from this server and drawn. Nothing here moves with the market.

import { element, setData, setText } from "./dom.js";
import { StudyView } from "./lab/study_view.js";
import { mounting } from "./mounting.js";
import { readTheme } from "./theme.js";

/**
 * @import { Study } from "./contract.d.ts"
 * @import { Kind, Parent } from "./mounting.js"
 */
/**
 * @typedef {{ name: string, link: string }} Table
 * @typedef {{ study: string, tables: Table[] }} Given
 */

class LabView {
  /**
   * @param {Parent} parent
   * @param {Given} given
   * @param {string} signature
   */
  constructor(parent, given, signature) {
    this.signature = signature;
    this.given = given;
    this.aborted = new AbortController();
    /** @type {StudyView | null} */
    this.view = null;
    this.root = element("section", "lab");
    this.root.setAttribute("aria-label", "Study");
    this.note = element("p", "note", "The study is on its way.");
    this.note.setAttribute("role", "status");
    this.root.append(this.note);
    setData(this.root, "state", "loading");
    parent.append(this.root);
    void this.#load();
  }

  async #load() {
    try {
      const answer = await fetch(this.given.study, { signal: this.aborted.signal });
      if (!answer.ok) throw new Error(await messageOf(answer));
      this.#draw(/** @type {Study} */ (await answer.json()));
    } catch (error) {
      if (this.aborted.signal.aborted) return;
      setData(this.root, "state", "failed");
      const why = error instanceof Error ? error.message : String(error);
      setText(this.note, `The study cannot be shown: ${why}. Run it again.`);
    }
  }

  /** @param {Study} study */
  #draw(study) {
    this.note.hidden = true;
    this.view = new StudyView(this.root, study, this.given.tables, readTheme(this.root));
    setData(this.root, "state", "shown");
  }

  // The theme may have changed.
  ran() {
    this.view?.applyTheme(readTheme(this.root));
  }

  destroy() {
    this.aborted.abort();
    this.view?.destroy();
    this.root.remove();
  }
}

// The engine's own sentence, where it gave one.
/** @param {Response} answer */
async function messageOf(answer) {
  const text = await answer.text();
  try {
    /** @type {{ error: { message: string } }} */
    const { error } = JSON.parse(text);
    return error.message;
  } catch {
    return text.slice(0, 200) || `the engine answered ${answer.status}`;
  }
}

export default mounting(
  /** @type {Kind<LabView, Given, {}>} */ ({
    make: (parent, data, signature) => new LabView(parent, data, signature),
    signature: ({ study }) => study,
    ran: (view) => view.ran(),
  }),
);
