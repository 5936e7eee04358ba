// A word as an entry of a list: when, how sure, how loud, and why not.
import { element } from "../base/dom.js";
import { ago, decibels, percent, spoken, when } from "../base/text.js";
import { play } from "../audio/player.js";
import { whyNot } from "../live/states.js";

/** The threshold lies here, in percent of the gauge, and a step of the log-odds is so wide. */
const [thresholdPlace, stepWidth] = [60, 7];

function gauge(entry) {
  const bar = element("i");
  const over = (entry.score ?? 0) - (entry.threshold_score ?? 0);
  bar.style.width = `${Math.min(100, Math.max(3, thresholdPlace + stepWidth * over))}%`;
  return element("div", { class: "measure" },
    element("div", { class: "gauge", "aria-hidden": "true" }, bar, element("b")),
    element("span", {}, `${percent(entry.confidence)} sure, ${percent(entry.threshold)} needed`));
}

/** @param {import("../live/day.js").Entry} entry @param {import("../live/day.js").Day} day */
export function wordItem(entry, day) {
  const isEvent = entry.type === "keyword";
  const word = day.words.get(entry.keyword);
  const kind = `${isEvent ? "" : "not "}${word?.wake ? "wake" : ""}`;
  const name = spoken(entry.keyword);
  const item = element("li", { class: kind.trim() },
    element("time", { datetime: entry.timestamp, title: ago(entry.at, day.now) }, when(entry.at, day.now)),
    element("span", { class: "word" }, name), gauge(entry),
    element("span", { class: "level" }, entry.level_dbfs === undefined ? "" : decibels(entry.level_dbfs)));
  if (!isEvent) item.append(element("span", { class: "why" }, whyNot(entry, word)));
  if (entry.clip !== undefined) {
    const button = element("button", { class: "play", "aria-pressed": "false", "aria-label": `Play “${name}” of ${when(entry.at, day.now)}` }, "▶");
    button.addEventListener("click", () => play(entry.clip, button));
    item.append(button);
  }
  return item;
}
