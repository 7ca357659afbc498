// The topic `alerts` as a view of alerts needs it.

import { Feed } from "../feed.js";
import { AlertBook } from "./alert_book.js";

/** @import { Alert, AlertsChanges } from "../contract.d.ts" */

/** @extends {Feed<AlertsChanges>} */
export class AlertFeed extends Feed {
  // onAlerts(data, news) for what is said of alerts, `news` as the book gives them; the rest as of any feed.
  /**
   * @param {string} socket
   * @param {string} loading
   * @param {{ onAlerts: (data: AlertsChanges, news: Alert[]) => void, onChange: () => void }} listener
   */
  constructor(socket, loading, { onAlerts, onChange }) {
    const book = new AlertBook();
    super(socket, "alerts", loading, { onData: (type, data) => onAlerts(data, book.apply(type, data)), onChange });
    this.book = book;
  }
}
