// The tab Live: events as they come, level, state.
import { addRow, byId, clock, element, percent } from "./common.js";

const names = {
  listening: "listening", muted: "muted", degraded: "degraded", stalled: "no audio", no_device: "no microphone",
  starting: "starting", stopping: "stopping", unreachable: "no daemon",
};

function showStatus(status) {
  byId("state").dataset.state = status.state;
  byId("state-text").textContent = names[status.state] ?? status.state;
  byId("live-reason").textContent = status.state === "unreachable"
    ? `The daemon cannot be reached: ${status.reason} Start it with: systemctl start attuned`
    : `${status.reason} (${status.device})`;
  const level = status.level_dbfs;
  byId("level").value = level ?? -80;
  byId("level-text").textContent = level === undefined ? "no audio" : `${level.toFixed(0)} dBFS`;
  if (status.keywords) byId("live-words").replaceChildren(...status.keywords.map((word) => element("span", {}, word)));
}

function showKeyword(event) {
  byId("live-last").textContent = event.keyword;
  const cells = [clock(event.timestamp), event.keyword, percent(event.confidence), `${event.level_dbfs.toFixed(0)} dBFS`];
  addRow(byId("live-events"), cells);
}

/** Follows the daemon for as long as the page is open; the keyword events also go to whom it returns. */
export function startLive() {
  const heard = new EventTarget();
  const source = new EventSource("api/events?since=0");
  source.addEventListener("status", (message) => showStatus(JSON.parse(message.data)));
  source.addEventListener("keyword", (message) => {
    const event = JSON.parse(message.data);
    showKeyword(event);
    heard.dispatchEvent(new CustomEvent("keyword", { detail: event }));
  });
  source.addEventListener("error", () => {
    showStatus({ state: "unreachable", reason: "this page has lost the service." });
  });
  return heard;
}
