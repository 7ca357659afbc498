// The places of the live page and what lies in them, as the layout says.

import { element } from "./dom.js";
import { PARTS, PLACES } from "./layout/model.js";

/** @import { Layout, Part, Place } from "./layout/model.js" */

const LEAST_CHART = 460;
const LEAST_NARROW = 640;
const BELOW = 10; // between the chart and the edge of the window

export class Workspace {
  /** @param {Record<Part, HTMLElement>} parts */
  constructor(parts) {
    this.parts = parts;
    this.root = element("div", "spreadscope");
    /** @type {Record<Place, HTMLElement>} */
    this.places = {
      top: element("div", "place top"),
      main: element("div", "place main"),
      side: element("aside", "place side"),
      below: element("div", "place below"),
    };
    this.root.append(...PLACES.map((place) => this.places[place]));
    for (const part of PARTS) parts[part].dataset.part = part;
    this.onResize = () => this.measure();
    window.addEventListener("resize", this.onResize);
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(this.places.top);
  }

  // Puts each part in its place. A part that is there already is not moved: a chart that was taken out for a moment
  // would be drawn anew, and what has the focus would lose it.
  /** @param {Layout} layout */
  apply(layout) {
    for (const place of PLACES) {
      const wanted = layout.places[place].map((part) => this.parts[part]);
      const home = this.places[place];
      if (
        [...home.children].some((child, index) => child !== wanted[index]) ||
        home.children.length !== wanted.length
      ) {
        home.replaceChildren(...wanted);
      }
      home.hidden = wanted.length === 0;
    }
    this.root.classList.toggle("alone", Boolean(this.places.side.hidden));
    this.root.classList.toggle("chartless", Boolean(this.places.main.hidden));
    this.root.dataset.density = layout.density;
    this.measure();
  }

  /** @param {Part} part */
  shows(part) {
    return this.parts[part].isConnected;
  }

  // The chart ends where the window ends, so that all of its panes are in sight; in low windows it keeps a height.
  measure() {
    const { main } = this.places;
    if (!main.isConnected || main.hidden) return;
    const scroller = document.querySelector('[data-testid="stMain"]');
    const top = main.getBoundingClientRect().top + (scroller?.scrollTop ?? 0);
    const least = window.innerWidth <= 640 ? LEAST_NARROW : LEAST_CHART;
    const height = Math.max(least, Math.round(window.innerHeight - top - BELOW));
    const wanted = `${height}px`;
    if (this.root.style.getPropertyValue("--main") !== wanted) this.root.style.setProperty("--main", wanted);
  }

  destroy() {
    this.observer.disconnect();
    window.removeEventListener("resize", this.onResize);
    this.root.remove();
  }
}
