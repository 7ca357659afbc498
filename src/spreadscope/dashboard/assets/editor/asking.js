// Questions to the engine, by way of the dashboard's own server.

export class AskError extends Error {}

// The engine's answer; raises AskError with one sentence, or the browser's AbortError.
export async function ask(url, body, signal) {
  let response;
  try {
    const options =
      body === undefined
        ? {}
        : { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
    response = await fetch(url, { ...options, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new AskError("The dashboard's server does not answer.");
  }
  let answer;
  try {
    answer = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new AskError(`The dashboard's server answered ${response.status} and no words.`);
  }
  if (!response.ok) throw new AskError(answer.error?.message ?? `The engine answered ${response.status}.`);
  return answer;
}
