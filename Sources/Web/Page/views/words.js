// The view Words: what was heard, nearly heard and held back in the last day, to be played and saved; and why not.
import { byId, csv, element, json, render, save } from "../base/dom.js";
import { ask, sentence } from "../base/request.js";
import { whileShown } from "../base/shown.js";
import { clock, decibels, percent, probability, spoken } from "../base/text.js";
import { drawCounts } from "../charts/bars.js";
import { dayMilliseconds } from "../live/day.js";
import { marks } from "../live/marks.js";
import { statesWithAudio, nameOf, whyNot } from "../live/states.js";
import { startOwnWords } from "./own.js";
import { startTeaching } from "./teach.js";
import { startMarks } from "./verdicts.js";
import { showWordItems } from "./word.js";

const pageLength = 20;
const hourMilliseconds = 3_600_000;
/** How long ago "just now" is. */
const justNowMilliseconds = 20_000;
/** So far back the daemon looks for a word that was missed. */
const missedMilliseconds = 10_000;
/** How often the ages are told anew. */
const ageMilliseconds = 20_000;
/** A word that is spoken to a microphone is louder. */
const quietLevel = -50;
const columns = ["timestamp", "type", "keyword", "confidence", "threshold", "score", "threshold_score", "cause", "level_dbfs", "model_version", "id"];

let shown = pageLength;

/** @typedef {import("../live/day.js").Day} Day */

/** The entries that the filters let through. @param {Day} day */
function filtered(day) {
  const [kind, word, hours] = ["kind", "word", "hours"].map((name) => byId(`filter-${name}`).value);
  return day.heard(day.now - hours * hourMilliseconds).filter((entry) => (!kind || entry.type === kind) && (!word || entry.keyword === word));
}

/** @param {Day} day */
function showList(day) {
  const entries = filtered(day);
  const isEmpty = !entries.length && day.heard().length;
  if (entries.length) showWordItems(byId("words-list"), entries.slice(0, shown), day);
  else if (isEmpty) render(byId("words-list"), element("li", { class: "empty" }, "Nothing of that kind. Show everything, or a longer time."));
  byId("words-more").hidden = entries.length <= shown;
  render(byId("words-count"), `${entries.length} of ${day.heard().length}`);
  const hasSound = day.heard().some(({ clip }) => clip !== undefined);
  render(byId("words-sound"), hasSound || !day.heard().length ? ""
    : "Words can be played where web.token_file sets a token: then the sound of the last ones is kept in memory (web.keep_words).");
}

/** @param {Day} day */
function showOverTime(day) {
  const first = Math.ceil((day.now - dayMilliseconds) / hourMilliseconds) * hourMilliseconds;
  const counts = Array.from({ length: 24 }, (_, index) => ({ at: first + index * hourMilliseconds, first: 0, second: 0 }));
  for (const entry of day.heard(first)) {
    const column = counts[Math.floor((entry.at - first) / hourMilliseconds)];
    if (column) column[entry.type === "keyword" ? "first" : "second"] += 1;
  }
  drawCounts(byId("chart-time"), counts, hourMilliseconds, ["heard", "nearly or held back"]);
}

/** @param {Day} day */
function showChoices(day) {
  const words = [...new Set(day.heard().map(({ keyword }) => keyword))].sort();
  const place = byId("filter-word");
  const chosen = place.value;
  render(place, element("option", { value: "" }, "any"), ...words.map((word) => element("option", { value: word }, spoken(word))));
  place.value = words.includes(chosen) ? chosen : "";
  const said = byId("said-word");
  const before = said.value;
  render(said, element("option", { value: "" }, "no, only say why"), ...[...day.words.keys()].map((word) => element("option", { value: word }, spoken(word))));
  said.value = day.words.has(before) ? before : "";
}

/** Why it did not hear what was just said, as far as that can be known. @param {Day} day */
async function explainJustNow(day) {
  const { status } = day;
  if (!statesWithAudio.has(status.state)) return `It hears nothing now: ${nameOf(status.state)}. ${status.reason ?? ""}`;
  const [newest] = day.heard(day.now - justNowMilliseconds);
  if (newest) {
    const said = `At ${clock(newest.at)} there was “${spoken(newest.keyword)}”`;
    return newest.type === "keyword" ? `${said}, and it was heard.` : `${said}. ${whyNot(newest, day.words.get(newest.keyword))}`;
  }
  const { level_dbfs: { values } } = await ask("./api/traces");
  const loudest = Math.max(...values.slice(-justNowMilliseconds / 1000).filter((level) => level !== null));
  const how = `The loudest second of the last 20 had ${decibels(loudest)}`;
  return loudest < quietLevel
    ? `Nothing like a word came. ${how}: very quiet. Come nearer, or raise the capture gain (alsamixer).`
    : `Nothing like a word came. ${how}, so there was sound; it was like none of the ${day.words.size} words.`;
}

/** Has a word kept that was just said and not heard. @param {Day} day */
async function keepMissed(day, word) {
  const heard = day.heard(day.now - missedMilliseconds).find((entry) => entry.type === "keyword" && entry.keyword === word);
  if (heard) return `“${spoken(word)}” was heard at ${clock(heard.at)}: it is not kept as missed.`;
  const { score, threshold_score: threshold } = await marks.add({ missed: word });
  return `Kept as missed: “${spoken(word)}” came to ${percent(probability(score))}, ${percent(probability(threshold))} are needed.`;
}

/** @param {Day} day */
export function start(day) {
  const showAll = () => {
    showChoices(day);
    showList(day);
    showOverTime(day);
  };
  byId("filters").addEventListener("change", () => {
    shown = pageLength;
    showList(day);
  });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("words-more").addEventListener("click", () => {
    shown += pageLength;
    showList(day);
  });
  byId("words-csv").addEventListener("click", () => save("words.csv", csv(columns, filtered(day))));
  byId("words-json").addEventListener("click", () => save("words.json", json(filtered(day))));
  byId("said").addEventListener("click", async () => {
    const word = byId("said-word").value;
    const told = await Promise.all([explainJustNow(day).catch(sentence), word && keepMissed(day, word).catch(sentence)]);
    byId("said-answer").textContent = told.filter(Boolean).join(" ");
  });
  startMarks(day);
  startOwnWords(day);
  startTeaching();
  whileShown("words", (signal) => {
    showAll();
    day.addEventListener("day", showAll, { signal });
    marks.addEventListener("marks", () => showList(day), { signal });
    day.addEventListener("entry", ({ detail }) => { if (detail.keyword) showAll(); }, { signal });
    addEventListener("resize", () => showOverTime(day), { signal });
    const timer = setInterval(() => showList(day), ageMilliseconds);
    signal.addEventListener("abort", () => clearInterval(timer));
  });
}
