// Entry of the component. Streamlit calls the default export when the element is mounted and again whenever the
// script runs with other data or another theme, without a clean-up between: the view that is there is kept, and rebuilt
// only when it is to show something else.

import { hooks } from "./hooks.js";
import { LiveView } from "./view.js";

const views = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const signature = JSON.stringify([data.pair, data.timeframe, data.socket]);
  let view = views.get(parentElement);
  if (view?.signature !== signature) {
    view?.destroy();
    view = new LiveView(parentElement, data, signature);
    views.set(parentElement, view);
    hooks.mounts += 1;
  }
  view.scriptRan(data.pairs, (count) => setTriggerValue("stale", count));
  view.applyTheme();
  return () => {
    views.get(parentElement)?.destroy();
    views.delete(parentElement);
  };
}
