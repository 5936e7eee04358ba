// A word as an entry of a list: when, how sure, how loud, and why not.
import { element } from "../base/dom.js";
import { attempt, notice } from "../base/notice.js";
import { ago, decibels, percent, spoken, when } from "../base/text.js";
import { play } from "../audio/player.js";
import { marks } from "../live/marks.js";
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

/** Was that right? @param {import("../live/day.js").Entry} entry @param {string} name which word of which time */
function verdict(entry, name) {
  const button = (verdict, text) => {
    const made = element("button", { "data-verdict": verdict, "aria-pressed": "false", "aria-label": `${text}: ${name}` }, text);
    made.addEventListener("click", () => attempt(async () => {
      if (marks.kindOf(entry) === verdict) return;
      const { audio } = await marks.add({ event: entry.id, verdict });
      notice(`Kept: ${name} was ${verdict}${audio ? ", with its sound" : `; without its sound${marks.keepsSound ? "" : ", as learn.keep is off"}`}.`);
    }));
    return made;
  };
  return element("div", { class: "verdict" }, button("right", "Right"), button("wrong", "Wrong"));
}

/** What is younger than an hour has its age beside its time. */
const youngMilliseconds = 3_600_000;

/** @param {import("../live/day.js").Entry} entry @param {import("../live/day.js").Day} day */
function wordItem(entry, day) {
  const isEvent = entry.type === "keyword";
  const word = day.words.get(entry.keyword);
  const kind = `${isEvent ? "" : "not "}${word?.wake ? "wake" : ""}`;
  const name = spoken(entry.keyword);
  const item = element("li", { class: kind.trim() },
    element("time", { datetime: entry.timestamp }, when(entry.at, day.now), element("small")),
    element("span", { class: "word" }, name), gauge(entry),
    element("span", { class: "level" }, entry.level_dbfs === undefined ? "" : decibels(entry.level_dbfs)));
  const which = `“${name}” of ${when(entry.at, day.now)}`;
  if (!isEvent) item.append(element("span", { class: "why" }, whyNot(entry, word)));
  if (entry.clip !== undefined) {
    const button = element("button", { class: "play", "aria-pressed": "false", "aria-label": `Play ${which}` }, "▶");
    button.addEventListener("click", () => play(entry.clip, button));
    item.append(button);
  }
  if (isEvent) item.append(verdict(entry, which));
  return item;
}

/** The items of a list, by their entries; made anew when what is listened for has changed. @type {WeakMap<Element, { words: Map, items: Map }>} */
const lists = new WeakMap();

/**
 * Shows words as items of a list. Those that are there already stay where they are, with the focus or the selection that a person
 * has in them.
 * @param {Element} list @param {import("../live/day.js").Entry[]} entries @param {import("../live/day.js").Day} day
 */
export function showWordItems(list, entries, day) {
  const before = lists.get(list);
  const known = before?.words === day.words ? before.items : new Map();
  const items = new Map(entries.map((entry) => [entry, known.get(entry) ?? wordItem(entry, day)]));
  lists.set(list, { words: day.words, items });
  const wanted = new Set(items.values());
  for (const item of [...list.children]) if (!wanted.has(item)) item.remove();
  let place = list.firstElementChild;
  for (const [entry, item] of items) {
    if (item === place) place = place.nextElementSibling;
    else list.insertBefore(item, place);
    const age = day.now - entry.at < youngMilliseconds ? ago(entry.at, day.now) : "";
    const shown = item.querySelector("small");
    if (shown.textContent !== age) shown.textContent = age;
    const kind = marks.kindOf(entry);
    for (const button of item.querySelectorAll(".verdict button")) button.setAttribute("aria-pressed", String(button.dataset.verdict === kind));
  }
}
