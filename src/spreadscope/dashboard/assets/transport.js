// Entry of the transport of a playback: its banner, its buttons, and the slider with the market's time.

import { mounting } from "./mounting.js";
import { TransportView } from "./transport/transport_view.js";

/**
 * @import { Kind } from "./mounting.js"
 * @import { Given } from "./transport/transport_view.js"
 */

export default mounting(
  /** @type {Kind<TransportView, Given, {}>} */ ({
    make: (parent, data, signature) => new TransportView(parent, data, signature),
    signature: ({ socket, address }) => JSON.stringify([socket, address]),
    ran: (view, { data }) => view.countBars(data.timeframe),
  }),
);
