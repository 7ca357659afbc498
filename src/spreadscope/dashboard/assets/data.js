// Entry of the drawings of the data page: the calendar of completeness, the timeline of each symbol, and the rates.

import { CalendarView } from "./data/calendar_view.js";
import { RatesView } from "./data/rates_view.js";
import { TimelineView } from "./data/timeline_view.js";
import { mounting } from "./mounting.js";

/**
 * @import { CompleteDay, Gap, RateHistory } from "./contract.d.ts"
 * @import { Kind, Parent } from "./mounting.js"
 */
/** @typedef {{ kind: "calendar", days: CompleteDay[], symbol: string, chosen: string }} CalendarData */
/** @typedef {{ kind: "timeline", days: CompleteDay[], gaps: Gap[] }} TimelineData */
/** @typedef {{ kind: "rates", history: RateHistory }} RatesData */
/** @typedef {CalendarData | TimelineData | RatesData} Given */
/** @typedef {{ day: string }} Told */

/** @type {(parent: Parent, data: Given, signature: string) => CalendarView | TimelineView | RatesView} */
function make(parent, data, signature) {
  if (data.kind === "calendar") return new CalendarView(parent, signature);
  return data.kind === "timeline" ? new TimelineView(parent, signature) : new RatesView(parent, signature);
}

export default mounting(
  /** @type {Kind<CalendarView | TimelineView | RatesView, Given, Told>} */ ({
    make,
    signature: ({ kind }) => kind,
    ran: (view, { data, setStateValue }) => {
      if (view instanceof CalendarView && data.kind === "calendar") {
        view.show(data, (day) => setStateValue("day", day));
      } else if (view instanceof TimelineView && data.kind === "timeline") {
        view.show(data);
      } else if (view instanceof RatesView && data.kind === "rates") {
        view.show(data.history);
      }
    },
  }),
);
