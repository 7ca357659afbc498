// Questions to the engine, by way of the dashboard's own server.

/** @import { ErrorAnswer } from "../contract.d.ts" */

export class AskError extends Error {}

// Whether somebody has called off what was asked.
/** @type {(error: unknown) => boolean} */
export const isAbort = (error) => error instanceof DOMException && error.name === "AbortError";

// The engine's answer; raises AskError with one sentence, or the browser's AbortError.
/**
 * @template Answer as the question has it in docs/api.md
 * @param {string} url
 * @param {object} [body]
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer>}
 */
export async function ask(url, body, signal) {
  const headers = { "Content-Type": "application/json" };
  const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers };
  let response;
  try {
    response = await fetch(url, { ...options, signal });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new AskError("The dashboard's server does not answer.");
  }
  let answer;
  try {
    answer = await response.json();
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new AskError(`The dashboard's server answered ${response.status} and no words.`);
  }
  if (response.ok) return answer;
  const refusal = /** @type {Partial<ErrorAnswer> | null} */ (answer);
  throw new AskError(refusal?.error?.message ?? `The engine answered ${response.status}.`);
}
