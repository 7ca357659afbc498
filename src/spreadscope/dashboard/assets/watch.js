// Entry of the watch list: every pair with its figures as they are now, one line a pair.

import { mounting } from "./mounting.js";
import { WatchView } from "./watch/watch_view.js";

/**
 * @import { Kind } from "./mounting.js"
 * @import { Action } from "./outbox.js"
 * @import { Given } from "./watch/watch_view.js"
 */

export default mounting(
  /** @type {Kind<WatchView, Given, { action: Action[] }>} */ ({
    make: (parent, data, signature) => new WatchView(parent, data, signature),
    signature: ({ timeframe, socket, account }) => JSON.stringify([timeframe, socket, account]),
    ran: (view, { data, setTriggerValue }) => view.scriptRan(data, (actions) => setTriggerValue("action", actions)),
  }),
);
