// Entry of the live view of a pair.

import { hooks } from "./hooks.js";
import { mounting } from "./mounting.js";
import { LiveView } from "./view.js";

/**
 * @import { Kind } from "./mounting.js"
 * @import { Given } from "./view.js"
 */

export default mounting(
  /** @type {Kind<LiveView, Given, { stale: number }>} */ ({
    make: (parent, data, signature) => {
      hooks.mounts += 1;
      return new LiveView(parent, data, signature);
    },
    signature: ({ pair, timeframe, socket }) => JSON.stringify([pair, timeframe, socket]),
    ran: (view, { data, setTriggerValue }) => {
      view.scriptRan(data.pairs, (count) => setTriggerValue("stale", count));
      view.applyTheme();
    },
  }),
);
