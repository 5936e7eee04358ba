// The tab Dashboard: how it is, how it was, and what the model is worth.
import { ask, byId, clock, element, latest, milliseconds, percent, render, sentence, showCards, tableRow } from "./common.js";
import { drawBars, drawLines, drawMatrix } from "./draw.js";

const everyMilliseconds = 2000;
const kept = 60;
const usage = { processor: [], memory: [] };
const minutes = new Map();
let lastDaemon = null;

function duration(seconds) {
  if (seconds === undefined) return "-";
  const [days, hours, rest] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  return days ? `${days} d ${hours} h` : hours ? `${hours} h ${rest} min` : `${rest} min ${Math.floor(seconds) % 60} s`;
}

function showDaemon(daemon) {
  if (lastDaemon && daemon.uptime_seconds > lastDaemon.uptime_seconds) {
    const spent = daemon.cpu_seconds - lastDaemon.cpu_seconds;
    usage.processor.push(Number(((100 * spent) / (daemon.uptime_seconds - lastDaemon.uptime_seconds)).toFixed(1)));
    usage.memory.push(Math.round(daemon.resident_bytes / 2 ** 20));
    for (const values of Object.values(usage)) values.splice(0, values.length - kept);
  }
  lastDaemon = daemon;
  drawLines(byId("chart-usage"), "Processor and memory", [
    ["", "processor, %", usage.processor], ["second", "memory, MB", usage.memory],
  ]);
  const words = Object.entries(daemon.detections).sort((left, right) => right[1] - left[1]).slice(0, 12);
  drawBars(byId("chart-words"), "Keywords", words);
}

function showTime() {
  const names = [...minutes.keys()].sort().slice(-12);
  const words = [...new Set(names.flatMap((name) => [...minutes.get(name).keys()]))].sort();
  const counts = words.map((word) => names.map((name) => minutes.get(name).get(word) ?? 0));
  const spoken = words.map((word, row) => `${word} ${counts[row].reduce((sum, count) => sum + count, 0)}`).join(", ");
  const clocks = names.map((name) => clock(name).replace(/:\d\d(?=\D*$)/, ""));
  drawMatrix(byId("chart-time"), `Keywords over time: ${spoken}`, words, clocks, counts);
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

async function showMetrics() {
  const { web, daemon, status } = await ask("./api/metrics");
  const time = (part) => (web.processing_time[part] === undefined ? "-" : milliseconds(web.processing_time[part]));
  showCards(byId("dashboard-cards"), [
    ["State", status.state], ["Daemon up", duration(daemon?.uptime_seconds)], ["Gaps", daemon?.gaps ?? "-"],
    ["Lost detections", daemon?.lost_detections ?? "-"], ["Predictions", web.total_predictions],
    ["Median time", time("p50")], ["99th percentile", time("p99")], ["Web side up", duration(web.uptime_seconds)],
  ]);
  if (daemon) showDaemon(daemon);
  drawBars(byId("chart-confidence"), "Predictions by confidence",
    web.total_predictions ? web.confidence_histogram.map((count, tenth) => [`${tenth * 10} to ${tenth * 10 + 10} %`, count]) : []);
  if (!web.recent.length) return;
  render(byId("dashboard-recent"), ...web.recent.map((recent) =>
    tableRow([clock(recent.timestamp), recent.source, recent.keyword, percent(recent.confidence), milliseconds(recent.processing_time)])));
}

async function showModel() {
  const model = await ask("./api/model-info");
  const results = model.results ?? {};
  showCards(byId("model-cards"), [
    ["Model", `${model.name} ${model.version}`], ["Words", model.words.filter((word) => !word.startsWith("_")).length],
    ["Accuracy", results.validation_accuracy ? percent(results.validation_accuracy) : "-"],
    ["Mean over words", results.validation_mean_over_words ? percent(results.validation_mean_over_words) : "-"],
    ["Clips measured", results.validation_clips ?? "-"], ["Checksum", model.sha256.slice(0, 12)],
  ]);
  if (results.confusion) showConfusion(results.confusion);
  const words = Object.entries(results.validation_accuracy_per_word ?? {}).sort((left, right) => left[1] - right[1]);
  if (!words.length) return;
  const head = element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Word"), element("th", { scope: "col" }, "Recognised")));
  const body = element("tbody", {}, ...words.map(([word, part]) =>
    element("tr", {}, element("th", { scope: "row" }, word), element("td", {}, percent(part)))));
  render(byId("model-words"), element("table", {}, head, body));
}

/** Refreshes while the tab is open. */
export function startDashboard(heard) {
  const begin = latest();
  const place = byId("dashboard");
  heard.addEventListener("keyword", ({ detail }) => {
    const minute = `${detail.timestamp.slice(0, 16)}:00Z`;
    if (!minutes.has(minute)) minutes.set(minute, new Map());
    minutes.get(minute).set(detail.keyword, (minutes.get(minute).get(detail.keyword) ?? 0) + 1);
    if (!place.hidden) showTime();
  });
  document.addEventListener("tab", async ({ detail }) => {
    const signal = begin();
    if (detail !== place.id) return;
    showTime();
    let hasModel = false;
    while (!signal.aborted) {
      try {
        await showMetrics();
        if (!hasModel) await showModel();
        hasModel = true;
        byId("dashboard-error").textContent = "";
      } catch (error) {
        byId("dashboard-error").textContent = sentence(error);
      }
      // Counted from the answer, so that questions to a slow service do not pile up.
      await new Promise((resolve) => setTimeout(resolve, everyMilliseconds));
    }
  });
}
