// Entry of the alarm, which is on every page.

import { AlarmView } from "./alerts/alarm_view.js";
import { mounting } from "./mounting.js";

/**
 * @import { Given } from "./alerts/alarm_view.js"
 * @import { Kind } from "./mounting.js"
 * @import { Action } from "./outbox.js"
 */

export default mounting(
  /** @type {Kind<AlarmView, Given, { action: Action[] }>} */ ({
    make: (parent, data, signature) => new AlarmView(parent, data, signature),
    signature: ({ socket }) => socket,
    ran: (view, { data, setTriggerValue }) =>
      view.outbox.scriptRan(data.done, (actions) => setTriggerValue("action", actions)),
  }),
);
