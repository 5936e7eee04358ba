// The view Now: who hears me? The state, the last minute as it passes, the last day, and the words.
import { answerOf } from "../base/dialog.js";
import { byId, element, render } from "../base/dom.js";
import { attempt, notice } from "../base/notice.js";
import { ask } from "../base/request.js";
import { control } from "../base/control.js";
import { whileShown } from "../base/shown.js";
import { clock, decibels, duration, spoken, when } from "../base/text.js";
import { drawTimeline } from "../charts/timeline.js";
import { Strip } from "../charts/strip.js";
import { marks } from "../live/marks.js";
import { explain, kindOf, nameOf, statesWithAudio } from "../live/states.js";
import { showWordItems } from "./word.js";

const shownWords = 5;
const flashMilliseconds = 1500;
const timelineMilliseconds = 20_000;

/** @typedef {import("../live/day.js").Day} Day */

/** @param {Day} day */
function showStatus(day, strip) {
  const { status } = day;
  byId("hero").dataset.kind = kindOf(status.state);
  render(byId("now-title"), nameOf(status.state));
  render(byId("live-reason"), explain(status));
  const isMuted = status.state === "muted";
  byId("mute").hidden = isMuted;
  byId("unmute").hidden = !isMuted;
  render(byId("strip-title"), strip.seconds < 60 ? `The last ${strip.seconds} seconds` : "The last minute");
  const level = statesWithAudio.has(status.state) ? status.level_dbfs ?? null : null;
  strip.add(level);
  render(byId("level-text"), level === null ? "no audio" : decibels(level));
}

/** @param {Day} day */
function showSince(day) {
  const { since, muted_until: until } = day.status;
  const left = until ? `. Opens again at ${clock(until)}, in ${duration((Date.parse(until) - day.now) / 1000)}` : "";
  render(byId("now-since"), since ? `Since ${when(since, day.now)}, for ${duration((day.now - Date.parse(since)) / 1000)}${left}` : "");
}

/** @param {Day} day */
function showWords(day) {
  const listened = [...day.words.values()];
  if (!listened.length) return;
  const item = (word) => element("li", { "data-word": word.keyword, ...(word.enabled ? {} : { class: "off", title: "switched off" }) }, spoken(word.keyword));
  render(byId("wake-words"), ...listened.filter(({ wake }) => wake).map(item));
  const commands = listened.filter(({ wake }) => !wake);
  render(byId("commands"), ...commands.map(item));
  const after = commands.filter((word) => word.after.length);
  render(byId("commands-when"), after.length ? `within ${after[0].within_seconds} s after a wake word` : "");
}

/** Until when commands count, by the last word that opens them. @param {Day} day */
function windowEnd(day, from) {
  const longest = Math.max(0, ...[...day.words.values()].map((word) => (word.after.length ? word.within_seconds : 0)));
  const opener = day.heard(from - 1000 * longest).find((entry) => entry.type === "keyword" && day.words.get(entry.keyword)?.wake);
  return { longest, end: opener ? opener.at + 1000 * longest : 0 };
}

/** @param {Day} day */
function showWindow(day) {
  const { longest, end } = windowEnd(day, day.now);
  const left = Math.max(0, (end - day.now) / 1000);
  const isOpen = left > 0;
  byId("window").hidden = !isOpen;
  byId("commands").classList.toggle("lit", isOpen);
  if (!isOpen) return;
  byId("window-left").value = left / longest;
  render(byId("window-text"), `Listening for commands, ${Math.ceil(left)} s`);
}

function flash(word) {
  const place = document.querySelector(`#now [data-word="${CSS.escape(word)}"]`);
  place?.classList.add("heard");
  setTimeout(() => place?.classList.remove("heard"), flashMilliseconds);
}

/** @param {Day} day */
function showHeard(day) {
  const newest = day.heard().slice(0, shownWords);
  if (newest.length) showWordItems(byId("live-events"), newest, day);
}

/** @param {Day} day */
function showTimeline(day) {
  drawTimeline(byId("timeline"), day);
  const isShort = day.now - day.knownSince < 86_000_000;
  render(byId("timeline-known"), isShort ? `States and gaps are known since ${when(day.knownSince, day.now)}, when attune-web started.` : "");
}

/** What a person asks of the microphone. @param {Day} day */
function startMute() {
  const dialog = byId("mute-dialog");
  byId("mute").addEventListener("click", () => attempt(async () => {
    if (await answerOf(dialog) !== "mute") return;
    const seconds = Number(dialog.querySelector("[name=mute-time]:checked").value);
    const reason = byId("mute-reason").value.trim();
    await control("./api/mute", { ...(seconds && { seconds }), ...(reason && { reason }) });
    notice("The microphone is closed.");
  }));
  byId("unmute").addEventListener("click", () => attempt(async () => {
    await control("./api/unmute");
    notice("The microphone is being opened.");
  }));
}

/** @param {Day} day */
export function start(day) {
  const strip = new Strip(byId("strip"), day);
  startMute();
  whileShown("now", (signal) => {
    const showAll = () => {
      showWords(day);
      showHeard(day);
      showTimeline(day);
      showWindow(day);
    };
    strip.clear();
    strip.run(signal);
    showStatus(day, strip);
    showSince(day);
    showAll();
    fillStrip(strip, signal);
    day.addEventListener("day", showAll, { signal });
    marks.addEventListener("marks", () => showHeard(day), { signal });
    marks.refresh();
    day.addEventListener("status", () => {
      showStatus(day, strip);
      strip.draw();
      showSince(day);
      showWindow(day);
    }, { signal });
    day.addEventListener("entry", ({ detail }) => {
      showHeard(day);
      strip.draw();
      if (detail.type === "status" || detail.type === "gap") showTimeline(day);
      if (detail.type !== "keyword") return;
      const last = byId("live-last");
      last.textContent = spoken(detail.keyword);
      last.classList.remove("fresh");
      // The animation begins anew only where its end was seen.
      requestAnimationFrame(() => last.classList.add("fresh"));
      flash(detail.keyword);
      showWindow(day);
    }, { signal });
    const timer = setInterval(() => {
      showTimeline(day);
      showHeard(day);
    }, timelineMilliseconds);
    const observer = new ResizeObserver(() => showTimeline(day));
    observer.observe(byId("timeline"));
    signal.addEventListener("abort", () => {
      clearInterval(timer);
      observer.disconnect();
    });
  });
}

/** The strip begins with what was before it was looked at. */
async function fillStrip(strip, signal) {
  const traces = await ask("./api/traces", { signal }).catch(() => null);
  if (!traces || signal.aborted) return;
  const { values } = traces.level_dbfs;
  const now = Date.parse(traces.now);
  const last = values.slice(-65).map((level, index, all) => ({ at: now - 1000 * (all.length - index), level }));
  strip.begin(last.filter(({ level }) => level !== null));
}
