// Rules of the shown pair as levels on the chart, and what has fired as marks on z. Only rules that are a level: z > 2,
// price > 90000. The others are told beside the chart.

import { LineStyle, createSeriesMarkers } from "../vendor/lightweight-charts.standalone.production.mjs";
import { ruleName } from "./alert_words.js";
import { barEndedBy } from "../drawn.js";
import { simpleRule } from "./simple_rule.js";

const MOST = 12;
const LONGEST_TITLE = 22;
const PANES = { z: "z", spread: "spread", corr: "correlation" };

// `shown`: {pair, timeframe, legs: {y, x}}. Gives [{pane, level, title, firing}].
export function alertLevels(rules, shown) {
  return rules
    .filter((rule) => rule.enabled !== false)
    .flatMap((rule) => {
      const simple = simpleRule(rule.text);
      const pane = simple && paneOf(simple, rule, shown);
      if (!pane) return [];
      return simple.levels.map((level) => ({ pane, level, title: shortened(ruleName(rule)), firing: firesHere(rule, shown) }));
    })
    .slice(0, MOST);
}

function paneOf({ name, of }, rule, { pair, timeframe, legs }) {
  const subject = of ?? rule.subject;
  if (name === "price") return { [legs.y]: "y", [legs.x]: "x" }[subject];
  // z of other bars is another quantity.
  const ours = subject === pair || subject === "any pair";
  return ours && rule.timeframe === timeframe ? PANES[name] : undefined;
}

function firesHere(rule, { pair, legs }) {
  const ours = [pair, legs.y, legs.x];
  return (rule.instances ?? []).some(({ subject, state }) => state === "firing" && ours.includes(subject));
}

const shortened = (text) => (text.length > LONGEST_TITLE ? `${text.slice(0, LONGEST_TITLE - 1)}\u2026` : text);

export class AlertLines {
  // `series`: {y, x, spread, z, correlation}, each a Drawn.
  constructor(series) {
    this.series = series;
    this.markers = createSeriesMarkers(series.z.series, []);
    this.lines = [];
    this.marks = [];
    this.drawn = "";
  }

  draw(rules, history, shown, theme) {
    const levels = alertLevels(rules, shown);
    const marks = this.#marks(history, shown);
    const key = JSON.stringify([levels, marks, theme.signature]);
    if (key === this.drawn) return;
    this.drawn = key;
    this.marks = marks;
    for (const { drawn, line } of this.lines) drawn.series.removePriceLine(line);
    this.lines = levels.map(({ pane, level, title, firing }) => {
      const color = firing ? theme.red : theme.blue;
      const options = { price: level, title, color, lineWidth: 1, lineStyle: LineStyle.LargeDashed, axisLabelVisible: true };
      return { drawn: this.series[pane], line: this.series[pane].series.createPriceLine(options) };
    });
    this.markers.setMarkers(marks.map((time) => ({ time, position: "aboveBar", shape: "square", color: theme.red, size: 0.8 })));
  }

  // An alert has the time of its bar's end, a bar on the chart that of its start. The library would draw what is older than the line at its beginning.
  #marks(history, { pair, timeframe }) {
    const first = this.series.z.times.values().next().value ?? Infinity;
    const times = history
      .filter((alert) => alert.state === "firing" && alert.subject === pair && alert.timeframe === timeframe)
      .map((alert) => barEndedBy(alert.time, timeframe))
      .filter((time) => time >= first);
    return [...new Set(times)].sort((a, b) => a - b);
  }
}
