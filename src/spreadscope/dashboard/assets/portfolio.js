// Entry of the portfolio: a paper account as it is now, with all that can be done about it.

import { mounting } from "./mounting.js";
import { PortfolioView } from "./portfolio/portfolio_view.js";

/**
 * @import { Kind } from "./mounting.js"
 * @import { Action } from "./outbox.js"
 * @import { Given } from "./portfolio/portfolio_view.js"
 */

export default mounting(
  /** @type {Kind<PortfolioView, Given, { action: Action[], stale: number }>} */ ({
    make: (parent, data, signature) => new PortfolioView(parent, data, signature),
    signature: ({ socket, account }) => JSON.stringify([socket, account]),
    ran: (view, { data, setTriggerValue }) =>
      view.scriptRan(
        data,
        (actions) => setTriggerValue("action", actions),
        (count) => setTriggerValue("stale", count),
      ),
  }),
);
