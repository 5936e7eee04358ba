// Work that is only done while somebody sees it: a view that is not chosen, and a page in the background, cost nothing.

/** @type {Map<string, ((signal: AbortSignal) => void)[]>} */
const works = new Map();
let chosen = null;
let controller = new AbortController();

function restart() {
  controller.abort();
  controller = new AbortController();
  if (document.visibilityState !== "visible") return;
  for (const begin of works.get(chosen) ?? []) begin(controller.signal);
}

/** Has work begun whenever a view comes to be seen, or is; its signal is aborted when it is seen no more. */
export function whileShown(view, begin) {
  works.set(view, [...(works.get(view) ?? []), begin]);
  if (view === chosen && !controller.signal.aborted && document.visibilityState === "visible") begin(controller.signal);
}

/** Has a view seen. */
export function choose(view) {
  chosen = view;
  restart();
}

document.addEventListener("visibilitychange", restart);
