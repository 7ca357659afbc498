// What the transport bar asks of its playback, by way of the dashboard's own server.

/**
 * @import { Playback, PlaybackCommand, PlaybackMark } from "../contract.d.ts"
 */

export class Commands {
  /** @param {string} address */
  constructor(address) {
    this.address = address;
  }

  // Moves the playback; throws an Error with the engine's sentence.
  /**
   * @param {PlaybackCommand} command
   * @returns {Promise<Playback>}
   */
  move(command) {
    const body = JSON.stringify(command);
    return this.#ask("", { method: "PUT", headers: { "Content-Type": "application/json" }, body });
  }

  /** @returns {Promise<PlaybackMark[]>} */
  marks() {
    return this.#ask("/marks", {});
  }

  /**
   * @param {string} path
   * @param {RequestInit} options
   */
  async #ask(path, options) {
    const answer = await fetch(this.address + path, options);
    const document = await answer.json();
    if (!answer.ok) throw new Error(document?.error?.message ?? "the playback did not answer");
    return document;
  }
}
