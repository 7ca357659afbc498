// Entry of the heat map of a scan.

import { HeatView } from "./heatmap/heat_view.js";
import { mounting } from "./mounting.js";

/**
 * @import { HeatMap } from "./contract.d.ts"
 * @import { Kind } from "./mounting.js"
 */
/** @typedef {{ scan: string, map: HeatMap, level: number, chosen: string[] }} Given */

export default mounting(
  /** @type {Kind<HeatView, Given, { chosen: string[] }>} */ ({
    make: (parent, data, signature) => new HeatView(parent, data.map, data.level, signature),
    signature: ({ scan }) => scan,
    ran: (view, { data, setStateValue }) => {
      view.scriptRan(data.chosen, (pair) => setStateValue("chosen", pair));
    },
  }),
);
