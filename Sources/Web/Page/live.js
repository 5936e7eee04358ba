// The tab Live: events as they come, level, state.
import { addRow, byId, clock, element, percent, render } from "./common.js";
import { follow } from "./stream.js";

const names = {
  listening: "listening", muted: "muted", degraded: "degraded", stalled: "no audio", no_device: "no microphone",
  starting: "starting", stopping: "stopping", unreachable: "no daemon", lost: "no service",
};
/** In other states a level would be one of before. */
const statesWithAudio = new Set(["listening", "degraded"]);

function explain(status) {
  switch (status.state) {
    case "lost": return "This page has lost the service, and tries to reach it again and again. Is attune-web still running?";
    // What to do is part of the reason.
    case "unreachable": return `The daemon cannot be reached: ${status.reason}`;
    default: return `${status.reason} (${status.device})`;
  }
}

function showStatus(status) {
  byId("state").dataset.state = status.state;
  const name = names[status.state] ?? status.state;
  // Set again, it would be read out again.
  if (byId("state-text").textContent !== name) byId("state-text").textContent = name;
  render(byId("live-reason"), explain(status));
  const level = statesWithAudio.has(status.state) ? status.level_dbfs : undefined;
  byId("level").value = level ?? -80;
  render(byId("level-text"), level === undefined ? "no audio" : `${level.toFixed(0)} dBFS`);
  if (status.keywords) render(byId("live-words"), ...status.keywords.map((word) => element("span", {}, word)));
}

function showKeyword(event) {
  byId("live-last").textContent = event.keyword;
  const cells = [clock(event.timestamp), event.keyword, percent(event.confidence), `${event.level_dbfs.toFixed(0)} dBFS`];
  addRow(byId("live-events"), cells);
}

/** Follows the daemon for as long as the page is open; the keyword events also go to whom it returns. */
export function startLive() {
  const heard = new EventTarget();
  follow((event) => {
    if (event.type === "status") return showStatus(event);
    showKeyword(event);
    heard.dispatchEvent(new CustomEvent("keyword", { detail: event }));
  });
  return heard;
}
