// Entry of the list of rules. As with the live view, what is mounted is kept when the script runs again.

import { RulesView } from "./alerts/rules_view.js";

const views = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let view = views.get(parentElement);
  if (view?.socket !== data.socket) {
    view?.destroy();
    view = new RulesView(parentElement, data.socket);
    views.set(parentElement, view);
  }
  view.scriptRan(
    (action) => setTriggerValue("action", action),
    (count) => setTriggerValue("stale", count),
  );
  return () => {
    views.get(parentElement)?.destroy();
    views.delete(parentElement);
  };
}
