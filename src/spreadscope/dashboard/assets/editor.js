// Entry of the editor of a rule.

import { EditorView } from "./editor/editor_view.js";
import { mounting } from "./mounting.js";

export default mounting({
  make: (...given) => new EditorView(...given),
  signature: ({ quick, ask, socket, hedge }) => JSON.stringify([quick, ask, socket, hedge]),
  ran: (view, { data, setTriggerValue }) => view.scriptRan(data, (actions) => setTriggerValue("action", actions)),
});
