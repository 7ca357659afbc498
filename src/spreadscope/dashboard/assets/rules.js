// Entry of the list of rules.

import { RulesView } from "./alerts/rules_view.js";
import { mounting } from "./mounting.js";

export default mounting({
  make: (...given) => new RulesView(...given),
  signature: ({ socket }) => socket,
  ran: (view, { data, setTriggerValue }) =>
    view.scriptRan(
      data.done,
      (actions) => setTriggerValue("action", actions),
      (count) => setTriggerValue("stale", count),
    ),
});
