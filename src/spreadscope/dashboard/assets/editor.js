// Entry of the editor of a rule. What is mounted, and with it what is typed, is kept when the script runs again.

import { EditorView } from "./editor/editor_view.js";

const views = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let view = views.get(parentElement);
  if (view?.signature !== signature(data)) {
    view?.destroy();
    view = new EditorView(parentElement, data, signature(data));
    views.set(parentElement, view);
  }
  view.scriptRan(data, {
    save: (rule) => setTriggerValue("save", rule),
    cancel: () => setTriggerValue("cancel", { at: Date.now() }),
  });
  return () => {
    views.get(parentElement)?.destroy();
    views.delete(parentElement);
  };
}

const signature = ({ quick, ask, socket }) => JSON.stringify([quick, ask, socket]);
