// The page: tabs, and the state of the daemon that all of them share.
import { startLive } from "./live.js";
import { startRecord } from "./record.js";
import { startUpload } from "./upload.js";
import { startBatch } from "./batch.js";
import { startDashboard } from "./dashboard.js";

const tabs = [...document.querySelectorAll('[role="tab"]')];

const nameOf = (tab) => tab.getAttribute("aria-controls");

/** The address names the tab, but no element: to that the browser would move the focus, past the tabs. */
function choose(tab) {
  history.replaceState(null, "", `#/${nameOf(tab)}`);
  show(tab);
}

function show(tab) {
  for (const other of tabs) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    document.getElementById(nameOf(other)).hidden = !chosen;
  }
  document.dispatchEvent(new CustomEvent("tab", { detail: nameOf(tab) }));
}

for (const [index, tab] of tabs.entries()) {
  tab.addEventListener("click", () => choose(tab));
  // As the ARIA practices want it of tabs: arrows move, and choose.
  tab.addEventListener("keydown", (event) => {
    const places = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1 };
    if (!(event.key in places)) return;
    event.preventDefault();
    const next = tabs[(places[event.key] + tabs.length) % tabs.length];
    next.focus();
    choose(next);
  });
}

const events = startLive();
startRecord();
startUpload();
startBatch();
startDashboard(events);
show(tabs.find((tab) => location.hash === `#/${nameOf(tab)}`) ?? tabs[0]);
