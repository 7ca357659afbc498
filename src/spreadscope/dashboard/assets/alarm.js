// Entry of the alarm, which is on every page. As with the live view, what is mounted is kept when the script runs again.

import { AlarmView } from "./alerts/alarm_view.js";

const views = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let view = views.get(parentElement);
  if (view?.socket !== data.socket) {
    view?.destroy();
    view = new AlarmView(parentElement, data.socket);
    views.set(parentElement, view);
  }
  view.act = (action) => setTriggerValue("action", action);
  return () => {
    views.get(parentElement)?.destroy();
    views.delete(parentElement);
  };
}
