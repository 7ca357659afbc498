// Signals as markers: up for buying the spread, down for selling it, a dot where it was left.

import { createSeriesMarkers } from "./vendor/lightweight-charts.standalone.production.mjs";
import { seconds } from "./drawn.js";

/**
 * @import { Action, Caution, Signal } from "./contract.d.ts"
 * @import { ISeriesApi, SeriesMarker } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { SeriesMarkerBarPosition } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { SeriesMarkerShape, UTCTimestamp } from "./vendor/lightweight-charts.standalone.production.mjs"
 * @import { Theme } from "./theme.js"
 */
/**
 * @typedef {object} Look
 * @property {SeriesMarkerBarPosition} position
 * @property {SeriesMarkerShape} shape
 * @property {"green" | "red" | "muted"} colour
 * @property {string} text
 */

/** @type {Partial<Record<Action, Look>>} */
const LOOKS = {
  BUY_SPREAD: { position: "belowBar", shape: "arrowUp", colour: "green", text: "Buy" },
  SELL_SPREAD: { position: "aboveBar", shape: "arrowDown", colour: "red", text: "Sell" },
  EXIT: { position: "inBar", shape: "circle", colour: "muted", text: "" },
};
/** @type {Partial<Record<Caution, string>>} */
const SHORT = {
  "no evidence of cointegration": "no evidence",
  "β not above 0": "β \u2264 0",
  "move below fees": "below fees",
};
// Words beside every arrow would cover the line where signals are frequent.
const MOST_WITH_TEXT = 40;

// By which a click tells what was clicked.
/** @type {(signal: Pick<Signal, "time" | "action">) => string} */
const signalMark = ({ time, action }) => `signal ${time} ${action}`;

export class SignalMarkers {
  /** @param {ISeriesApi<"Line">[]} seriesList */
  constructor(seriesList) {
    /** @type {SeriesMarker<UTCTimestamp>[]} */
    this.drawn = [];
    this.layers = seriesList.map((series) => createSeriesMarkers(series, []));
  }

  /**
   * @param {Signal[]} signals
   * @param {Theme} theme
   */
  draw(signals, theme) {
    const markers = signals.flatMap((signal) => {
      const look = LOOKS[signal.action];
      if (look === undefined) return [];
      const caution = signal.cautions?.[0];
      const against = caution === undefined ? "" : (SHORT[caution] ?? caution);
      const text =
        signals.length > MOST_WITH_TEXT || !look.text ? "" : against ? `${look.text}: ${against}` : look.text;
      // Against the evidence an arrow has no colour that calls to act.
      const color = theme[against ? "muted" : look.colour];
      const id = signalMark(signal);
      return { id, time: seconds(signal.time), position: look.position, shape: look.shape, color, text };
    });
    // The words stand once, on the first of the lines.
    this.layers.forEach((layer, index) =>
      layer.setMarkers(index ? markers.map((each) => ({ ...each, text: "" })) : markers),
    );
    this.drawn = markers;
  }
}
