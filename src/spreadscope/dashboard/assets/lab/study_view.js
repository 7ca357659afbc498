// A study on the page: the verdict first, then figures, lines over time, and what lies behind them.

import { element } from "../dom.js";
import { dateAndClock } from "../format.js";
import { correlogram } from "./correlogram.js";
import { figureTable, legTable } from "./figures.js";
import { HeatMap } from "./heat_map.js";
import { scatter } from "./scatter.js";
import { StudyChart } from "./study_chart.js";
import { trades } from "./trades.js";

/**
 * @import { Study, StudySet } from "../contract.d.ts"
 * @import { Theme } from "../theme.js"
 * @import { Table } from "../lab.js"
 */

const LETTERS = ["A", "B"];
const EVIDENCE =
  "p of Engle–Granger is that of the hedge window at every bar. Of unrelated pairs it falls below 0.05 again and" +
  " again: only the verdict and the looks say whether the legs are tied.";

export class StudyView {
  /**
   * @param {HTMLElement} root
   * @param {Study} study
   * @param {Table[]} tables
   * @param {Theme} theme
   */
  constructor(root, study, tables, theme) {
    this.study = study;
    this.root = element("div", "study");
    root.append(this.root);
    this.#head(tables);
    this.root.append(verdicts(study));
    const lines = element("div", "lines");
    this.root.append(section("Over time", EVIDENCE, lines));
    this.chart = new StudyChart(lines, study, theme);
    this.root.append(this.#backtests());
    this.root.append(section("Figures", "", figureTable(study.sets)));
    const grid = element("div", "grid");
    const [y, x] = study.legs;
    this.heat = new HeatMap(study.heat);
    grid.append(
      panel("Does one leg lead?", study.lead.words, correlogram(study.lead, leadWords(y.symbol, x.symbol))),
      panel("How long the spread remembers", study.residual.words, correlogram(study.residual, "lag in rows")),
      panel("Prices against each other", scatterWords(study), scatter(study)),
      panel("When it moves", this.heat.words, this.heat.root),
      panel(`Returns of ${y.symbol}`, y.autocorrelation.words, correlogram(y.autocorrelation, "lag in rows")),
      panel(`Returns of ${x.symbol}`, x.autocorrelation.words, correlogram(x.autocorrelation, "lag in rows")),
    );
    this.root.append(section("Behind it", "", grid));
    this.root.append(section("Legs", "", legTable(study.legs)));
  }

  /** @param {Table[]} tables */
  #head(tables) {
    const { pair, timeframe, start, end, rows, demo, notes } = this.study;
    const head = element("header");
    const title = element("h2", "", `${pair} · ${timeframe}`);
    if (demo) title.append(" ", element("span", "demo", "DEMO"));
    const span = `${minute(start)} to ${minute(end)} UTC · ${rows.toLocaleString("en-US")} rows`;
    head.append(title, element("p", "quiet", span));
    if (tables.length) {
      const links = element("p", "links", "Every statistic at every row: ");
      for (const { name, link } of tables) {
        const anchor = element("a", "", tableName(name, this.study.sets.length));
        anchor.href = link;
        anchor.download = "";
        links.append(anchor, " ");
      }
      head.append(links);
    }
    for (const note of notes) head.append(element("p", "quiet", sentence(note)));
    this.root.append(head);
  }

  #backtests() {
    const holder = element("div", "backtests");
    this.study.sets.forEach((set, index) =>
      holder.append(trades(set, this.study.sets.length > 1 ? LETTERS[index] : "")),
    );
    const leftOut = this.study.sets[0]?.backtest.left_out ?? [];
    const honest = `Signals are executed at the close of the next bar. Not counted: ${leftOut.join("; ")}.`;
    return section("Quick backtest", honest, holder);
  }

  /** @param {Theme} theme */
  applyTheme(theme) {
    this.chart.applyTheme(theme);
  }

  destroy() {
    this.chart.destroy();
    this.root.remove();
  }
}

/** @param {Study} study */
function verdicts({ sets }) {
  const holder = element("div", "verdicts");
  sets.forEach((set, index) => holder.append(verdict(set, sets.length > 1 ? `Set ${LETTERS[index]}: ` : "")));
  return holder;
}

/**
 * @param {StudySet} set
 * @param {string} name
 */
function verdict({ verdict: { text, tied, reasons } }, name) {
  const box = element("article", "verdict");
  box.dataset.tied = tied === null ? "unknown" : tied ? "yes" : "no";
  box.append(element("h3", "", name + text));
  const list = element("ul");
  for (const reason of reasons) list.append(element("li", "", reason));
  box.append(list);
  return box;
}

/**
 * @param {string} title
 * @param {string} words
 * @param {Element} content
 */
function section(title, words, content) {
  const made = element("section");
  made.append(element("h3", "", title));
  if (words) made.append(element("p", "quiet", words));
  made.append(content);
  return made;
}

/**
 * @param {string} title
 * @param {string} words
 * @param {Element} content
 */
function panel(title, words, content) {
  const made = element("figure");
  made.append(element("h4", "", title), content, element("figcaption", "", words));
  return made;
}

/** @param {Study} study */
function scatterWords({ scatter: { n, beta, r_squared: explained }, pair }) {
  const [y, x] = pair.split("/");
  if (beta[0] === null) return `There is no line: ${beta[1]}.`;
  const percent = explained[0] === null ? "" : ` It explains ${(100 * explained[0]).toFixed(0)}%`;
  const share = percent && `${percent} of the variance of ln ${y};`;
  return (
    `ln ${y} against ln ${x}, older rows fainter, and the line through ${n.toLocaleString("en-US")} rows.${share}` +
    " two walks explain each other well too, so this is no evidence."
  );
}

/** @type {(y: string, x: string) => string} */
const leadWords = (y, x) => `rows by which ${x} is earlier (left of 0: ${y} is earlier)`;

/** @type {(time: number) => string} */
const minute = (time) => dateAndClock(time).slice(0, 16);

/** @type {(text: string) => string} */
const sentence = (text) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;

/**
 * @param {string} name
 * @param {number} sets
 */
function tableName(name, sets) {
  const [stem = "", ending = ""] = name.split(".");
  const kind = ending === "parquet" ? "Parquet" : ending.toUpperCase();
  return sets > 1 ? `${kind} of set ${stem.slice(-1).toUpperCase()}` : kind;
}
