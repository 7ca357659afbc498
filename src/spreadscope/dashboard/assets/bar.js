// Entry of the bar, which is on every page.

import { BarView } from "./bar/bar_view.js";
import { mounting } from "./mounting.js";

/**
 * @import { Given } from "./bar/bar_view.js"
 * @import { Kind } from "./mounting.js"
 * @import { Action } from "./outbox.js"
 */

export default mounting(
  /** @type {Kind<BarView, Given, { action: Action[] }>} */ ({
    make: (parent, data, signature) => new BarView(parent, data, signature),
    signature: ({ socket }) => socket,
    ran: (view, { data, setTriggerValue }) => {
      view.take(data);
      view.outbox.scriptRan(data.done, (actions) => setTriggerValue("action", actions));
    },
  }),
);
