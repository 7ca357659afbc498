// Paper trades of the shown pair on z: where they were opened and closed, violet as all paper money is.

import { createSeriesMarkers } from "./vendor/lightweight-charts.standalone.production.mjs";
import { LENGTHS, seconds } from "./drawn.js";

/**
 * @import { Timeframe } from "./contract.d.ts"
 * @import { Drawn } from "./drawn.js"
 * @import { Theme } from "./theme.js"
 */
/** @typedef {{ time: number, action: "buy" | "sell" | "close", trade: number }} PaperMark */

const SHAPES = /** @type {const} */ ({ buy: "arrowUp", sell: "arrowDown", close: "circle" });
const PLACES = /** @type {const} */ ({ buy: "belowBar", sell: "aboveBar", close: "inBar" });
// Words beside every mark would cover the line where trades are frequent.
const MOST_WITH_TEXT = 20;

// The bar that was under way then.
/** @type {(time: number, timeframe: Timeframe) => number} */
const barAt = (time, timeframe) => time - (time % LENGTHS[timeframe]);

export class PaperMarks {
  /** @param {Drawn<"Candlestick"> | Drawn<"Line">} main the series with the marks */
  constructor({ series }) {
    this.markers = createSeriesMarkers(series, []);
    this.drawn = "";
  }

  /**
   * @param {PaperMark[]} marks oldest first
   * @param {Timeframe} timeframe
   * @param {Theme} theme
   */
  draw(marks, timeframe, theme) {
    const key = JSON.stringify([marks, timeframe, theme.signature]);
    if (key === this.drawn) return;
    this.drawn = key;
    this.markers.setMarkers(
      marks.map(({ time, action }) => ({
        time: seconds(barAt(time, timeframe)),
        position: PLACES[action],
        shape: SHAPES[action],
        color: theme.violet,
        text: marks.length > MOST_WITH_TEXT ? "" : `paper ${action}`,
      })),
    );
  }

  remove() {
    this.markers.detach();
  }
}
