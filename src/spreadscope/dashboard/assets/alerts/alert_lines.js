// Rules of the shown pair as levels on the chart, and what has fired as marks on z. Only what of a rule is a level, as
// the engine says it: z > 2, price > 90000. The rest is told beside the chart.

import { LineStyle, createSeriesMarkers } from "../vendor/lightweight-charts.standalone.production.mjs";
import { ruleName } from "./alert_words.js";
import { barEndedBy } from "../drawn.js";

const MOST = 12;
const LONGEST_TITLE = 22;

// `shown`: {pair, timeframe, legs: {y, x}}. Gives [{of, level, title, firing}]: `of` names a leg ("y", "x") or a
// statistic that `isDrawn`.
export function alertLevels(rules, shown, isDrawn) {
  return rules
    .filter((rule) => rule.enabled !== false)
    .flatMap((rule) =>
      rule.levels.flatMap((each) => {
        const of = placeOf(each, rule, shown, isDrawn);
        return of === null
          ? []
          : [{ of, level: each.level, title: shortened(ruleName(rule)), firing: firesHere(rule, shown) }];
      }),
    )
    .slice(0, MOST);
}

function placeOf({ name, statistic, subject }, rule, { pair, timeframe, legs }, isDrawn) {
  const about = subject || rule.subject;
  if (name === "price") return { [legs.y]: "y", [legs.x]: "x" }[about] ?? null;
  // z of other bars is another quantity.
  const ours = (about === pair || about === "any pair") && rule.timeframe === timeframe;
  return ours && isDrawn(statistic) ? statistic : null;
}

function firesHere(rule, { pair, legs }) {
  const ours = [pair, legs.y, legs.x];
  return (rule.instances ?? []).some(({ subject, state }) => state === "firing" && ours.includes(subject));
}

const shortened = (text) => (text.length > LONGEST_TITLE ? `${text.slice(0, LONGEST_TITLE - 1)}\u2026` : text);

export class AlertLines {
  // `legs`: {y, x}, each a Drawn; `seriesOf(key)`: a statistic's Drawn, or none; `main`: the Drawn with the marks.
  constructor(legs, seriesOf, main) {
    this.seriesOf = (of) => legs[of] ?? seriesOf(of);
    this.main = main;
    this.markers = createSeriesMarkers(main.series, []);
    this.lines = [];
    this.marks = [];
    this.drawn = "";
  }

  draw(rules, history, shown, theme) {
    const levels = alertLevels(rules, shown, (key) => this.seriesOf(key) !== undefined);
    const marks = this.#marks(history, shown);
    const key = JSON.stringify([levels, marks, theme.signature]);
    if (key === this.drawn) return;
    this.clear();
    this.drawn = key;
    this.marks = marks;
    this.lines = levels.map(({ of, level, title, firing }) => {
      const color = firing ? theme.red : theme.blue;
      const options = {
        price: level,
        title,
        color,
        lineWidth: 1,
        lineStyle: LineStyle.LargeDashed,
        axisLabelVisible: true,
      };
      const { series } = this.seriesOf(of);
      return { series, line: series.createPriceLine(options) };
    });
    this.markers.setMarkers(
      marks.map((time) => ({ time, position: "aboveBar", shape: "square", color: theme.red, size: 0.8 })),
    );
  }

  clear() {
    for (const { series, line } of this.lines) series.removePriceLine(line);
    this.lines = [];
    this.drawn = "";
  }

  // An alert has the time of its bar's end, a bar on the chart that of its start. The library would draw what is older
  // than the line at its beginning.
  #marks(history, { pair, timeframe }) {
    const first = this.main.times.values().next().value ?? Infinity;
    const times = history
      .filter((alert) => alert.state === "firing" && alert.subject === pair && alert.timeframe === timeframe)
      .map((alert) => barEndedBy(alert.time, timeframe))
      .filter((time) => time >= first);
    return [...new Set(times)].sort((a, b) => a - b);
  }
}
