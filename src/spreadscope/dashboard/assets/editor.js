// Entry of the editor of a rule.

import { EditorView } from "./editor/editor_view.js";
import { mounting } from "./mounting.js";

/**
 * @import { Given } from "./editor/editor_view.js"
 * @import { Kind } from "./mounting.js"
 * @import { Action } from "./outbox.js"
 */

export default mounting(
  /** @type {Kind<EditorView, Given, { action: Action[] }>} */ ({
    make: (parent, data, signature) => new EditorView(parent, data, signature),
    signature: ({ quick, ask, socket }) => JSON.stringify([quick, ask, socket]),
    ran: (view, { data, setTriggerValue }) => view.scriptRan(data, (actions) => setTriggerValue("action", actions)),
  }),
);
