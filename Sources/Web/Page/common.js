// What the tabs share: elements, numbers for people, requests, results.

/** An element with attributes and children; text is never taken for HTML. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export const byId = (id) => document.getElementById(id);
export const percent = (part) => `${(100 * part).toFixed(1)} %`;
export const milliseconds = (seconds) => `${(1000 * seconds).toFixed(1)} ms`;
export const clock = (timestamp) => new Date(timestamp).toLocaleTimeString();

/** What went wrong, as a sentence for a person. Any other error is a mistake of this page. */
export class Failure extends Error {
  /** The status of the answer that says so, if there was one. */
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

/** Has one recording recognised. */
export const predict = (blob, signal) =>
  ask("./api/predict", { method: "POST", body: blob, signal, headers: { "Content-Type": "application/octet-stream" } });

/** Whether a person is selecting some of what a place shows, or has selected it. */
function isSelected(place) {
  const selection = getSelection();
  return place.matches(":active") || (!selection.isCollapsed && selection.containsNode(place, true));
}

/** Shows content in a place; what is there stays if it is the same, and for as long as a person has some of it selected. */
export function render(place, ...content) {
  const next = place.cloneNode();
  next.append(...content);
  if (!place.isEqualNode(next) && !isSelected(place)) place.replaceChildren(...next.childNodes);
}

/** Shows a prediction with its five likeliest labels as bars. */
export function showResult(place, prediction) {
  const bars = element("div", { class: "bars" });
  for (const { keyword, confidence } of prediction.top) {
    const bar = element("div", { class: "bar" });
    bar.style.width = `${100 * confidence}%`;
    bars.append(element("span", {}, keyword), bar, element("span", { class: "number" }, percent(confidence)));
  }
  place.replaceChildren(
    element("p", { class: "last" }, prediction.keyword),
    element("p", { class: "quiet" },
      `${percent(prediction.confidence)} sure, in ${milliseconds(prediction.processing_time)}, by model ${prediction.model_version}`),
    bars,
  );
}

export function showError(place, error) {
  place.replaceChildren(element("p", { class: "error", role: "alert" }, sentence(error)));
}

/** A row of a table. */
export const tableRow = (cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell)));

/** Puts a row on top of a table's body, keeps it short, and takes the row away that said there was none. */
export function addRow(body, cells, most = 200) {
  body.querySelector(".empty")?.remove();
  body.prepend(tableRow(cells));
  while (body.rows.length > most) body.deleteRow(-1);
}

/** Fills a list of cards from pairs of name and value. */
export function showCards(list, pairs) {
  render(list, ...pairs.map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, String(value)))));
}
