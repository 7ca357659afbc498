// Entry of the live view of a pair.

import { hooks } from "./hooks.js";
import { mounting } from "./mounting.js";
import { LiveView } from "./view.js";

/**
 * @import { Shown } from "./shared_state.js"
 * @import { Kind } from "./mounting.js"
 * @import { Given } from "./view.js"
 */

export default mounting(
  /** @type {Kind<LiveView, Given, { stale: number, show: Shown }>} */ ({
    make: (parent, data, signature) => {
      hooks.mounts += 1;
      return new LiveView(parent, data, signature);
    },
    // Another pair is shown in the same view, which keeps the old picture until the new one is there.
    signature: ({ socket }) => socket,
    ran: (view, { data, setTriggerValue }) => {
      view.scriptRan(data, {
        stale: (count) => setTriggerValue("stale", count),
        show: (shown) => setTriggerValue("show", shown),
      });
      view.applyTheme();
    },
  }),
);
