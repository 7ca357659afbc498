// What is to be seen of the engine's verdict on a rule. No screen here.

import { sentence } from "../liveness.js";

/**
 * @import { CheckFailed, CheckPassed } from "../contract.d.ts"
 *
 * What the engine answered; `of`: the condition for the end is wrong, not the text itself; `down`: nobody could be
 * asked.
 *
 * @typedef {CheckPassed | (CheckFailed & { of?: "recover" })} Checked
 * @typedef {Checked | { ok: false, down: string }} Verdict
 *
 * @typedef {object} Look
 * @property {"none" | "right" | "doubtful" | "wrong" | "down"} state doubtful: a rule, but hardly the one that is meant
 * @property {string} words
 * @property {string | null} suggestion what to write instead
 * @property {number | null} position the character at which it is seen
 */

/**
 * @param {Verdict | null} verdict null while it is not known
 * @returns {Look}
 */
export function lookOf(verdict) {
  const nothing = { suggestion: null, position: null };
  if (verdict === null) return { ...nothing, state: "none", words: "" };
  if ("down" in verdict) return { ...nothing, state: "down", words: sentence(verdict.down) };
  if (!verdict.ok) {
    const { message, suggestion, position } = verdict;
    return { state: "wrong", words: sentence(message), suggestion, position };
  }
  const doubts = [...verdict.warnings, ...verdict.unwatched.map((subject) => `${subject} is not watched yet`)];
  const words = [...doubts, verdict.words].map(sentence).join(" ");
  return { ...nothing, state: doubts.length ? "doubtful" : "right", words };
}
