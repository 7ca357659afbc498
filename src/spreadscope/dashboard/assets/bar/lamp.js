// The one lamp of the bar: it opens into what each part says for itself.

import { HealthStrip, chipsOf } from "../health.js";
import { element, setAttribute, setData, setText } from "../dom.js";
import { HelpBox } from "../help.js";
import { Menu } from "../menu.js";
import { lampOf } from "./lamp_words.js";

/**
 * @import { Freshness } from "../freshness.js"
 * @import { Trouble } from "../liveness.js"
 */

export class HealthLamp {
  /** @param {string} base what every path of this server begins with */
  constructor(base) {
    this.menu = new Menu("lamp", "Health of the data");
    this.root = this.menu.root;
    this.word = element("span", "word");
    this.menu.button.append(element("i", "dot"), this.word);
    this.strip = new HealthStrip(base);
    this.demo = element("p", "demo-words");
    this.menu.box.append(element("h3", "", "Health"), this.demo, this.strip.root);
    this.help = new HelpBox(this.menu.box);
  }

  // `legs`: the symbols of the pair in view; `lost`: the engine's word is missing.
  /**
   * @param {string[]} legs
   * @param {Freshness} fresh
   * @param {boolean} lost
   * @param {Trouble | null} trouble
   * @param {string} demo
   */
  draw(legs, fresh, lost, trouble, demo) {
    const chips = chipsOf(legs, fresh, lost);
    const lamp = lampOf(
      fresh.status,
      trouble,
      chips.map(({ level }) => level),
    );
    setData(this.root, "level", lamp.level);
    setText(this.word, lamp.word);
    this.menu.button.title = `Health: ${lamp.word}. Click for what each part says.`;
    setAttribute(this.menu.button, "aria-label", `${lamp.word}: health of the data`);
    setText(this.demo, demo);
    this.demo.hidden = demo === "";
    this.strip.draw(chips, lost ? [] : (fresh.status?.alarms ?? []));
  }

  destroy() {
    this.menu.close();
  }
}
