// Signals as markers: up for buying the spread, down for selling it, a dot where it was left.

import { createSeriesMarkers } from "./vendor/lightweight-charts.standalone.production.mjs";
import { seconds } from "./drawn.js";

const LOOKS = {
  BUY_SPREAD: { position: "belowBar", shape: "arrowUp", colour: "green", text: "Buy" },
  SELL_SPREAD: { position: "aboveBar", shape: "arrowDown", colour: "red", text: "Sell" },
  EXIT: { position: "inBar", shape: "circle", colour: "muted", text: "" },
};
const SHORT = {
  "no evidence of cointegration": "no evidence",
  "β not above 0": "β \u2264 0",
  "move below fees": "below fees",
};
// Words beside every arrow would cover the line where signals are frequent.
const MOST_WITH_TEXT = 40;

export class SignalMarkers {
  constructor(seriesList) {
    this.layers = seriesList.map((series) => createSeriesMarkers(series, []));
  }

  draw(signals, theme) {
    const markers = signals
      .filter((signal) => signal.action in LOOKS)
      .map((signal) => {
        const look = LOOKS[signal.action];
        const against = signal.cautions?.length ? (SHORT[signal.cautions[0]] ?? signal.cautions[0]) : "";
        const text =
          signals.length > MOST_WITH_TEXT || !look.text ? "" : against ? `${look.text}: ${against}` : look.text;
        // Against the evidence an arrow has no colour that calls to act.
        const color = theme[against ? "muted" : look.colour];
        return { time: seconds(signal.time), position: look.position, shape: look.shape, color, text };
      });
    // The words stand once, on the first of the lines.
    this.layers.forEach((layer, index) =>
      layer.setMarkers(index ? markers.map((each) => ({ ...each, text: "" })) : markers),
    );
    this.drawn = markers;
  }
}

// What speaks against an entry, in words; empty where nothing does, or where it is not known.
export const cautionWords = (signal) => (signal.cautions?.length ? `against it: ${signal.cautions.join(", ")}` : "");

export const actionWords = { BUY_SPREAD: "Buy spread", SELL_SPREAD: "Sell spread", EXIT: "Exit" };
