// Returns by the hour and the weekday in which they end: how much a series moves, or where it goes.

import { element } from "../dom.js";
import { basisPoints } from "../format.js";
import { drawing, svg, withWords } from "./svg.js";

/** @import { Heat, HeatCell } from "../contract.d.ts" */

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const CELL_WIDTH = 18;
const CELL_HEIGHT = 22;
const LEFT = 34;
const TOP = 18;
const FEWEST = 5;

/** @type {Record<string, (cell: HeatCell) => number | null>} */
const MEASURES = { "how much": (cell) => cell.deviation, "which way": (cell) => cell.mean };

export class HeatMap {
  /** @param {Heat[]} heat */
  constructor(heat) {
    this.heat = heat;
    this.chosen = heat[heat.length - 1]?.name ?? "";
    this.measure = "how much";
    this.words =
      "Log changes from one bar to the next, by the hour and weekday (UTC) in which they end. Brighter: more. Cells" +
      ` with fewer than ${FEWEST} changes are left empty.`;
    this.root = element("div", "heat");
    const bar = element("div", "choices");
    bar.append(
      this.#choice(
        "Series",
        heat.map(({ name }) => name),
        this.chosen,
        (name) => (this.chosen = name),
      ),
      this.#choice("Measure", Object.keys(MEASURES), this.measure, (name) => (this.measure = name)),
    );
    this.place = element("div");
    this.root.append(bar, this.place);
    this.#draw();
  }

  /**
   * @param {string} name
   * @param {string[]} choices
   * @param {string} chosen
   * @param {(choice: string) => void} onChosen
   */
  #choice(name, choices, chosen, onChosen) {
    const label = element("label", "", `${name} `);
    const select = element("select");
    for (const choice of choices) {
      const option = element("option", "", choice);
      option.value = choice;
      select.append(option);
    }
    select.value = chosen;
    select.addEventListener("change", () => {
      onChosen(select.value);
      this.#draw();
    });
    label.append(select);
    return label;
  }

  #draw() {
    const cells = this.heat.find(({ name }) => name === this.chosen)?.cells ?? [];
    const read = MEASURES[this.measure] ?? (() => null);
    const values = cells.map((cell) => (cell.n < FEWEST ? null : read(cell)));
    const most = Math.max(...values.map((value) => Math.abs(value ?? 0)), 1e-12);
    const width = LEFT + 24 * CELL_WIDTH;
    const made = drawing(
      width,
      TOP + 7 * CELL_HEIGHT + 2,
      `${this.chosen}, ${this.measure} it moves by hour and weekday`,
    );
    for (let hour = 0; hour < 24; hour += 3) {
      made.append(svg("text", { x: LEFT + (hour + 0.5) * CELL_WIDTH, y: TOP - 5, class: "tick" }, String(hour)));
    }
    DAYS.forEach((day, index) => {
      made.append(svg("text", { x: LEFT - 5, y: TOP + (index + 0.65) * CELL_HEIGHT, class: "tick end" }, day));
    });
    cells.forEach((cell, index) => {
      const value = values[index] ?? null;
      const rect = svg("rect", {
        x: LEFT + cell.hour * CELL_WIDTH + 1,
        y: TOP + cell.weekday * CELL_HEIGHT + 1,
        width: CELL_WIDTH - 2,
        height: CELL_HEIGHT - 2,
        class: value === null ? "cell empty" : value < 0 ? "cell down" : "cell up",
        "fill-opacity": value === null ? 1 : 0.08 + (0.92 * Math.abs(value)) / most,
      });
      const figures = value === null ? "too few" : basisPoints(value);
      made.append(withWords(rect, `${DAYS[cell.weekday]} ${cell.hour}:00 UTC: ${figures}, ${cell.n} changes`));
    });
    this.place.replaceChildren(made);
  }
}
