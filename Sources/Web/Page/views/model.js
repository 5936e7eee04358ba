// The view Model: two models beside each other, and what the model is worth.
import { byId, element, render, showCards, tableRow } from "../base/dom.js";
import { control } from "../base/control.js";
import { attempt, notice } from "../base/notice.js";
import { ask, pause, sentence } from "../base/request.js";
import { whileShown } from "../base/shown.js";
import { clock, duration, labelName, milliseconds, percent, spoken, when } from "../base/text.js";
import { drawBars, drawMatrix } from "../charts/bars.js";
import { play } from "../audio/player.js";
import { startTuning } from "./tuning.js";

const everyMilliseconds = 2000;

/** Wilson's interval of a part of few, at 95 %, in words. */
function interval(some, all) {
  if (!all) return "none yet";
  const [z, part] = [1.96, some / all];
  const middle = part + (z * z) / (2 * all);
  const half = z * Math.sqrt((part * (1 - part)) / all + (z * z) / (4 * all * all));
  const bound = (value) => (100 * Math.max(0, value / (1 + (z * z) / all))).toFixed(0);
  return `${some} of ${all} (${bound(middle - half)} to ${bound(middle + half)} %)`;
}

function table(heads, rows) {
  const head = element("thead", {}, element("tr", {}, ...heads.map((name) => element("th", { scope: "col" }, name))));
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": heads[0] },
    element("table", {}, head, element("tbody", {}, ...rows.map(tableRow))));
}

/** What a model that hears beside the active one would have done. @param {import("../live/day.js").Day} day */
function showShadow(day, shadow, versions) {
  const parts = [];
  if (shadow) {
    const words = Object.entries(shadow.words);
    const sum = (name) => words.reduce((sum, [, count]) => sum + (count[name] ?? 0), 0);
    const [forActive, forShadow] = [sum("for_active"), sum("for_shadow")];
    parts.push(
      element("p", {}, `Model ${shadow.model} ${shadow.model_version} hears the same and never fires. Both heard ${sum("agreed")} words; where only one did and it can be told who was right, it was the shadow in ${interval(forShadow, forActive + forShadow)}.`),
      table(["Word", "Both", "Only the active", "Only the shadow"], words.map(([word, count]) => [spoken(word), count.agreed, count.active_only, count.shadow_only].map(String))),
      ...disagreements(day),
    );
  }
  const tried = Object.entries(versions ?? {});
  if (tried.length > 1) {
    parts.push(element("h3", {}, "Uploads, by model"),
      table(["Version", "Predictions", "Were a word", "Mean confidence"], tried.map(([version, count]) => [version, String(count.predictions), interval(count.words, count.predictions), percent(count.mean_confidence)])));
  }
  if (!parts.length) parts.push(element("p", { class: "quiet" }, "One model listens. model.shadow in the configuration has a second one hear the same and never fire; web.trial_path tries one on some uploads. Then both stand here beside each other."));
  render(byId("two-models"), element("div", { class: "panel" }, ...parts));
}

function disagreements(day) {
  const entries = day.entries.filter(({ type }) => type === "shadow").slice(-20).reverse();
  return entries.length ? [element("h3", {}, "What they disagreed on"), element("ol", { class: "models" }, ...entries.map((entry) => {
    const item = element("li", {}, `${when(entry.at, day.now)}: “${spoken(entry.keyword)}”, only the ${entry.heard_by}${entry.acted_on ? ", and it was meant" : ""}`);
    if (entry.clip !== undefined) {
      const button = element("button", { class: "play", "aria-pressed": "false", "aria-label": `Play “${spoken(entry.keyword)}”` }, "▶");
      button.addEventListener("click", () => play(entry.clip, button));
      item.append(button);
    }
    return item;
  }))] : [];
}

async function showModels() {
  const { models } = await ask("./api/models");
  render(byId("model-choices"), ...models.map(({ name, version, active, daemon, trial_percent: trial }) => {
    const uses = [daemon && "the daemon hears with it", active && "uploads are recognised with it", trial !== undefined && `on trial for ${trial} % of uploads`].filter(Boolean);
    const item = element("li", { class: "panel" }, element("span", {}, element("strong", {}, `${name} ${version}`), ` ${uses.join(", ")}`));
    if (active && daemon) return item;
    const button = element("button", { "data-version": version }, `Go over to ${version}`);
    button.addEventListener("click", () => attempt(async () => {
      button.disabled = true;
      const { previous_version: before } = await control("./api/models/activate", { name, version }).finally(() => { button.disabled = false; });
      notice(`Model ${version} listens now, without a gap; ${before} did before, and is one click away.`);
      await showModels();
    }));
    item.append(button);
    return item;
  }));
}

/** What each label was taken for; rows are what was spoken. */
function showConfusion(confusion) {
  const rows = Object.keys(confusion);
  const columns = [...new Set([...rows, ...rows.flatMap((row) => Object.keys(confusion[row]))])];
  const counts = rows.map((row) => columns.map((column) => confusion[row][column] ?? 0));
  const most = rows.flatMap((row) => Object.entries(confusion[row]).filter(([other]) => other !== row).map(([other, count]) => [row, other, count]))
    .sort((left, right) => right[2] - left[2]).slice(0, 3).map(([row, other, count]) => `${row} for ${other} ${count} times`);
  byId("model-confusion-most").textContent = most.length ? `Most often taken: ${most.join(", ")}.` : "";
  drawMatrix(byId("model-confusion"), `Confusion matrix. Most often taken: ${most.join(", ")}.`, rows, columns, counts);
}

async function showMetrics(day) {
  const { web, daemon, status } = await ask("./api/metrics");
  const time = (part) => (web.processing_time[part] === undefined ? "-" : milliseconds(web.processing_time[part]));
  showCards(byId("dashboard-cards"), [
    ["State", status.state], ["Daemon up", duration(daemon?.uptime_seconds)], ["Lost detections", daemon?.lost_detections ?? "-"],
    ["Predictions", web.total_predictions], ["Median time", time("p50")], ["99th percentile", time("p99")], ["Web side up", duration(web.uptime_seconds)],
  ]);
  showShadow(day, daemon?.shadow, web.versions);
  drawBars(byId("chart-words"), "Words", Object.entries(daemon?.detections ?? {}).map(([word, count]) => [spoken(word), count]).sort((left, right) => right[1] - left[1]).slice(0, 12));
  drawBars(byId("chart-confidence"), "Predictions by confidence",
    web.total_predictions ? web.confidence_histogram.map((count, tenth) => [`${tenth * 10} to ${tenth * 10 + 10} %`, count]) : []);
  if (!web.recent.length) return;
  render(byId("dashboard-recent"), ...web.recent.map((recent) =>
    tableRow([clock(recent.timestamp), recent.source, labelName(recent.keyword), percent(recent.confidence), milliseconds(recent.processing_time)])));
}

async function showModel() {
  const model = await ask("./api/model-info");
  const results = model.results ?? {};
  const part = (value) => (value === undefined ? "-" : percent(value));
  showCards(byId("model-cards"), [
    ["Model", `${model.name} ${model.version}`], ["Words", model.words.filter((word) => !word.startsWith("_")).length],
    ["Accuracy on clips", part(results.validation_accuracy)], ["Mean over words", part(results.validation_mean_over_words)],
    ["Wake words missed", part(results.wake_word_miss_rate)], ["False alarms of wake words", results.wake_word_false_alarms_per_hour === undefined ? "-" : `${results.wake_word_false_alarms_per_hour} an hour`],
    ["Checksum", model.sha256.slice(0, 12)],
  ]);
  if (results.confusion) showConfusion(results.confusion);
  const words = Object.entries(results.validation_accuracy_per_word ?? {}).sort((left, right) => left[1] - right[1]);
  if (!words.length) return;
  const head = element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Word"), element("th", { scope: "col" }, "Recognised")));
  const body = element("tbody", {}, ...words.map(([word, part]) =>
    element("tr", {}, element("th", { scope: "row" }, word), element("td", {}, percent(part)))));
  render(byId("model-words"), element("table", {}, head, body));
}

/** @param {import("../live/day.js").Day} day */
export function start(day) {
  startTuning(day);
  whileShown("model", async (signal) => {
    let hasModel = false;
    while (!signal.aborted) {
      try {
        await showMetrics(day);
        if (!hasModel) await Promise.all([showModel(), showModels()]);
        hasModel = true;
        byId("model-error").textContent = "";
      } catch (error) {
        byId("model-error").textContent = sentence(error);
      }
      // Counted from the answer, so that questions to a slow service do not pile up.
      await pause(everyMilliseconds, signal);
    }
  });
}
