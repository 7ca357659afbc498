// Entry of the list of rules.

import { RulesView } from "./alerts/rules_view.js";
import { mounting } from "./mounting.js";

/**
 * @import { Given } from "./alerts/rules_view.js"
 * @import { Kind } from "./mounting.js"
 * @import { Action } from "./outbox.js"
 */

export default mounting(
  /** @type {Kind<RulesView, Given, { action: Action[], stale: number }>} */ ({
    make: (parent, data, signature) => new RulesView(parent, data, signature),
    signature: ({ socket }) => socket,
    ran: (view, { data, setTriggerValue }) =>
      view.scriptRan(
        data.done,
        (actions) => setTriggerValue("action", actions),
        (count) => setTriggerValue("stale", count),
      ),
  }),
);
