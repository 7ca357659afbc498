// Entry of the live view of a pair.

import { hooks } from "./hooks.js";
import { mounting } from "./mounting.js";
import { LiveView } from "./view.js";

export default mounting({
  make: (...given) => {
    hooks.mounts += 1;
    return new LiveView(...given);
  },
  signature: ({ pair, timeframe, socket }) => JSON.stringify([pair, timeframe, socket]),
  ran: (view, { data, setTriggerValue }) => {
    view.scriptRan(data.pairs, (count) => setTriggerValue("stale", count));
    view.applyTheme();
  },
});
