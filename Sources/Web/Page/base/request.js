// Questions to the service, and what went wrong in words for people.

/** What went wrong, as a sentence for a person. Any other error is a mistake of this page. */
export class Failure extends Error {
  /** The status of the answer that says so, if there was one. @type {number | undefined} */
  status;
}

/** The sentence for a person; what only a programmer understands goes to the console. */
export function sentence(error) {
  if (error instanceof Failure) return error.message;
  console.error(error);
  return "This page made a mistake. Reload it and try again; the browser's console has the details.";
}

/**
 * Makes a function that begins a piece of work, and ends the one that it began before: it gives a signal that is aborted
 * by the next call.
 */
export function latest() {
  let controller;
  return () => {
    controller?.abort();
    controller = new AbortController();
    return controller.signal;
  };
}

/** Resolves after so many milliseconds, or at once when the signal is aborted. */
export const pause = (milliseconds, signal) => new Promise((resolve) => {
  setTimeout(resolve, milliseconds);
  signal?.addEventListener("abort", resolve, { once: true });
});

/**
 * The service's answer to a request, if it is one of success.
 *
 * Throws a Failure, or the signal's own error if it was aborted.
 */
export async function request(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    options?.signal?.throwIfAborted();
    throw new Failure("The service does not answer. Is attune-web still running?", { cause: error });
  }
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  const failure = new Failure(problem.detail ?? `The service answered ${answer.status}. Try again in a moment.`);
  throw Object.assign(failure, { status: answer.status });
}

/** What the service wrote as JSON. Throws a Failure if something else answered in its place. */
export function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure("What came back is no answer of attune-web. Try again in a moment.", { cause: error });
  }
}

/** The answer as an object; throws as `request` does. */
export async function ask(path, options) {
  const answer = await request(path, options);
  const text = await answer.text().catch((error) => {
    options?.signal?.throwIfAborted();
    throw new Failure("The answer of the service broke off. Try again in a moment.", { cause: error });
  });
  return parse(text);
}

/** Has one recording recognised: `api/predict` for its word, `api/spot` for every keyword in it. */
export const recognise = (path, blob, signal) =>
  ask(path, { method: "POST", body: blob, signal, headers: { "Content-Type": "application/octet-stream" } });
