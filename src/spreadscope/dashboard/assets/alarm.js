// Entry of the alarm, which is on every page.

import { AlarmView } from "./alerts/alarm_view.js";
import { mounting } from "./mounting.js";

export default mounting({
  make: (...given) => new AlarmView(...given),
  signature: ({ socket }) => socket,
  ran: (view, { data, setTriggerValue }) =>
    view.outbox.scriptRan(data.done, (actions) => setTriggerValue("action", actions)),
});
