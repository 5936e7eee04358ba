// The page: its views, the day that all of them share, and the state in the header, title and icon.
import { byId } from "./base/dom.js";
import { attempt } from "./base/notice.js";
import { Failure } from "./base/request.js";
import { choose } from "./base/shown.js";
import { Day } from "./live/day.js";
import { startBadge } from "./live/badge.js";
import { kindOf, nameOf } from "./live/states.js";
import { start as startNow } from "./views/now.js";

/** Every view but the first is loaded when it is first looked at. @type {Object<string, () => Promise<{ start(day: Day): void }>>} */
const modules = {
  words: () => import("./views/words.js"),
  microphone: () => import("./views/microphone.js"),
  record: () => import("./views/record.js"),
  upload: () => import("./views/upload.js"),
  batch: () => import("./views/batch.js"),
  model: () => import("./views/model.js"),
};
const day = new Day();
const views = [...document.querySelectorAll("main > section")];
const links = [...document.querySelectorAll("nav a")];

/** Has a view do its work, once; what can be seen can also be used. Throws a Failure. */
async function start(name) {
  const load = modules[name];
  if (!load) return;
  const module = await load().catch((cause) => {
    throw new Failure("This view cannot be loaded. Is attune-web still running?", { cause });
  });
  if (modules[name] === load) module.start(day);
  delete modules[name];
}

const named = () => views.find(({ id }) => location.hash === `#/${id}`) ?? views[0];

/** The address names the view, but no element: to that the browser would move the focus, past the views. */
async function show() {
  const chosen = named();
  await start(chosen.id);
  // Another one may have been chosen meanwhile.
  if (chosen !== named()) return;
  for (const view of views) view.hidden = view !== chosen;
  for (const link of links) {
    const names = link.dataset.views?.split(" ") ?? [link.hash.slice(2)];
    if (names.includes(chosen.id)) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  choose(chosen.id);
}

/** The state, so that a machine that is muted or deaf is seen in every view. */
function showState() {
  byId("state").dataset.kind = kindOf(day.status.state);
  const name = nameOf(day.status.state);
  // Set again, it would be read out again.
  if (byId("state-text").textContent !== name) byId("state-text").textContent = name;
}

/** Has the browser keep this page's files: it opens without the service then, to say that it is away. */
async function keepForOffline() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(new URL("./offline-worker.js", import.meta.url));
  const { active } = await navigator.serviceWorker.ready;
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name)
    .filter((name) => name.startsWith(location.origin) && !name.includes("/api/"));
  active.postMessage([...new Set([...loaded, location.href.split("#")[0], new URL("./live/stream-worker.js", import.meta.url).href])]);
}

startBadge(day);
day.addEventListener("status", showState);
startNow(day);
addEventListener("hashchange", () => attempt(async () => {
  await show();
  scrollTo(0, 0);
}));
attempt(show);
// Where it may not be, as in a private window, the page works without.
addEventListener("load", () => keepForOffline().catch(() => {}));
