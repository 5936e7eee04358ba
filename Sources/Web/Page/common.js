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

/** The answer of the service as an object; an error whose message is a sentence for a person. */
export async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("The service does not answer. Is attune-web still running?");
  }
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok && !("daemon" in content)) throw new Error(content.detail ?? `The service answered ${answer.status}.`);
  return content;
}

/** Has one recording recognised. */
export const predict = (blob) => ask("api/predict", { method: "POST", body: blob, headers: { "Content-Type": "application/octet-stream" } });

/** Shows a prediction with its five likeliest labels as bars, or what went wrong. */
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
  place.replaceChildren(element("p", { class: "error", role: "alert" }, error.message));
}

/** Puts a row on top of a table's body, keeps it short, and takes the row away that said there was none. */
export function addRow(body, cells, most = 200) {
  body.querySelector(".empty")?.remove();
  body.prepend(element("tr", {}, ...cells.map((cell) => element("td", {}, cell))));
  while (body.rows.length > most) body.deleteRow(-1);
}

/** Fills a list of cards from pairs of name and value. */
export function showCards(list, pairs) {
  list.replaceChildren(...pairs.map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, String(value)))));
}
