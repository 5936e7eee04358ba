// The view Microphone: how loud, how quiet, what was lost, and what to do about it.
import { byId, element, render, showCards } from "../base/dom.js";
import { authorized, control } from "../base/control.js";
import { attempt, notice } from "../base/notice.js";
import { ask, pause, sentence } from "../base/request.js";
import { whileShown } from "../base/shown.js";
import { decibels, duration, percent, spoken } from "../base/text.js";
import { drawLines } from "../charts/lines.js";
import { kindOf, explain } from "../live/states.js";

const everyMilliseconds = 2000;
/** Levels of words, in dBFS, that a microphone should not give. */
const [quietWords, loudWords] = [-45, -9];
/** Words should stand out from the noise by so many dB. */
const leastDistance = 12;
/** The room is what is heard in a tenth of the time, once it was heard for so long. */
const leastSeconds = 60;
/** Clocks that are off by more are worth a word: a second in twenty minutes. */
const mostDrift = 800;

/** @typedef {{ seconds: number, values: (number | null)[] }} Trace */

/** The middle one, or the one at another part of the way, of numbers. */
function quantile(numbers, part = 0.5) {
  const sorted = [...numbers].sort((left, right) => left - right);
  return sorted[Math.floor(part * (sorted.length - 1))];
}

/** Points of a trace, whose last value is of `now`. @param {Trace} trace @returns {[number, number | null][]} */
function points({ seconds, values }, now) {
  return values.map((value, index) => [now - 1000 * seconds * (values.length - 1 - index), value]);
}

/** What a person can do, in sentences. */
function advise(day, { floor, speech, gaps, lost, clipped }) {
  const { status } = day;
  if (kindOf(status.state) !== "hears") return [[explain(status), false]];
  const advice = [];
  if (/opposite|channel/.test(status.reason)) advice.push([`${status.reason}.`, false]);
  if (speech !== undefined && speech < quietWords) advice.push([`Words are very quiet, ${decibels(speech)}: raise the capture gain (alsamixer), or come nearer.`, false]);
  if (clipped) advice.push([`Too loud: in ${clipped} of the last 600 seconds sound was cut off. Lower the capture gain (alsamixer).`, false]);
  else if (speech !== undefined && speech > loudWords) advice.push([`Words are very loud, ${decibels(speech)}, and may be cut off: lower the capture gain (alsamixer).`, false]);
  if (speech !== undefined && floor !== undefined && speech - floor < leastDistance) {
    advice.push([`Words are only ${(speech - floor).toFixed(0)} dB louder than the room: a microphone that is nearer, or a quieter place for it, hears more.`, false]);
  }
  if (Math.abs(status.clock_ppm ?? 0) > mostDrift) advice.push([`The device's clock is off by ${status.clock_ppm.toFixed(0)} millionths. Nothing is lost by that.`, false]);
  if (gaps) advice.push([`${gaps} ${gaps === 1 ? "gap" : "gaps"} since the daemon started, ${lost.toFixed(1)} s in all: what was said there was not heard.`, false]);
  if (!advice.length) advice.push([speech === undefined ? "Sound comes. Say a wake word: then it can be told how loud words are." : "It is good: words stand out from the room, and nothing is lost.", true]);
  return advice;
}

function showLevels(day, traces, now, floor) {
  const from = now - 600_000;
  const marks = day.heard(from).map((entry) => ({ at: entry.at, kind: entry.type === "keyword" ? "word" : "not", name: spoken(entry.keyword) }));
  traces.clipped_samples.values.forEach((samples, index, all) => {
    if (samples) marks.push({ at: now - 1000 * (all.length - 1 - index), kind: "clip", name: `${samples} samples cut off` });
  });
  for (const { type, at, cause } of day.entries) if (type === "gap" && at > from) marks.push({ at, kind: "gap", name: `audio missing: ${cause}` });
  drawLines(byId("chart-level"), {
    label: `Level of the last ten minutes, with ${marks.length} words, gaps and seconds that were too loud`, from, to: now, low: -90, high: 0, unit: "dBFS",
    lines: [{ kind: "third", points: points(traces.peak_dbfs, now) }, { kind: "first", points: points(traces.level_dbfs, now) }], marks,
    level: floor === undefined ? undefined : { value: floor, name: `the room, ${decibels(floor)}` },
  });
}

function showDay(traces, now) {
  const first = now - 60_000 * Math.max(10, traces.memory_mb.values.length);
  const draw = (name, data) => drawLines(byId(name), { from: first, to: now, ...data });
  const top = (trace, least) => Math.max(least, 1.2 * Math.max(...trace.values));
  draw("chart-levels", {
    label: "Lowest and highest level of each minute", low: -120, high: 0, unit: "dBFS",
    lines: [{ kind: "first", points: points(traces.highest_level_dbfs, now) }, { kind: "second", points: points(traces.lowest_level_dbfs, now) }],
  });
  draw("chart-processor", {
    label: "Processor time of the daemon, percent of one processor", low: 0, high: top(traces.processor_percent, 5), unit: "%",
    lines: [{ kind: "first", points: points(traces.processor_percent, now) }],
  });
  draw("chart-memory", {
    label: "Memory of the daemon", low: 0, high: top(traces.memory_mb, 50), unit: "MB", lines: [{ kind: "first", points: points(traces.memory_mb, now) }],
  });
}

function showDevice({ device, configured_device: configured }) {
  render(byId("device-now"), device ? `It listens to ${device}${configured ? `; the configuration says ${configured}` : ", as the configuration says"}.` : "Not known: there is no daemon.");
  byId("device-reset").hidden = !configured;
}

/** Lists what can be chosen, and has the daemon listen to it. */
function startDevices() {
  const choice = byId("device-choice");
  const listen = (wish) => attempt(async () => {
    const { device, kept } = await control("./api/device", wish);
    byId("device-choices").hidden = true;
    notice(`It listens to ${device} from now on${kept || wish.reset ? "" : ", until the daemon is restarted"}.`);
  });
  byId("device-list").addEventListener("click", () => attempt(async () => {
    const { device, devices } = await (await authorized("./api/devices")).json();
    render(choice, ...devices.map(({ name, description }) => element("option", { value: name }, description ? `${description} (${name})` : name)));
    if (devices.some(({ name }) => name === device)) choice.value = device;
    byId("device-choices").hidden = !devices.length;
    if (devices.length) choice.focus();
    else notice("The sound system lists no microphone. Connect one, and ask again.", true);
  }));
  byId("device-use").addEventListener("click", () => listen({ device: choice.value }));
  byId("device-reset").addEventListener("click", () => listen({ reset: true }));
}

async function show(day, signal) {
  const [traces, { daemon }] = await Promise.all([ask("./api/traces", { signal }), ask("./api/metrics", { signal })]);
  const { status } = day;
  const now = Date.parse(traces.now);
  const levels = traces.level_dbfs.values.filter((level) => level !== null);
  const floor = levels.length >= leastSeconds ? quantile(levels, 0.1) : undefined;
  const spokenLevels = day.heard().filter(({ type }) => type === "keyword").slice(0, 50).map((entry) => entry.level_dbfs);
  const speech = spokenLevels.length ? quantile(spokenLevels) : undefined;
  const clipped = traces.clipped_samples.values.filter(Boolean).length;
  const [gaps, lost] = [daemon?.gaps ?? 0, (daemon?.lost_samples ?? 0) / 16_000];
  render(byId("advice"), ...advise(day, { floor, speech, gaps, lost, clipped }).map(([sentence, isGood]) => element("li", isGood ? { class: "good" } : {}, sentence)));
  showCards(byId("microphone-cards"), [
    ["Level now", status.level_dbfs === undefined ? "-" : decibels(status.level_dbfs)], ["Peak", status.peak_dbfs === undefined ? "-" : decibels(status.peak_dbfs)], ["The room", floor === undefined ? "-" : decibels(floor)],
    ["Words", speech === undefined ? "-" : decibels(speech)], ["Clock", status.clock_ppm === undefined ? "-" : `${Math.round(status.clock_ppm) || 0} ppm`],
    ["Gaps", `${gaps}, ${lost.toFixed(1)} s`], ["Overruns", daemon?.xruns ?? "-"], ["Openings of the device", daemon?.device_openings ?? "-"], ["Daemon up", duration(daemon?.uptime_seconds)],
  ]);
  showDevice(status);
  showLevels(day, traces, now, floor);
  showDay(traces, now);
}

/** @param {import("../live/day.js").Day} day */
export function start(day) {
  startDevices();
  byId("selftest").addEventListener("click", async ({ currentTarget: button }) => {
    const answer = byId("selftest-answer");
    button.disabled = true;
    answer.textContent = "The daemon hears its own clip beside the microphone…";
    try {
      const { detected, keyword, confidence, latency_ms: latency } = await control("./api/selftest");
      answer.textContent = detected
        ? `It works: “${spoken(keyword)}” was heard, ${percent(confidence)} sure, ${latency.toFixed(0)} ms after its end.`
        : `“${spoken(keyword)}” was not heard. Is the room very loud? attune selftest says more.`;
    } catch (error) {
      answer.textContent = sentence(error);
    }
    button.disabled = false;
  });
  whileShown("microphone", async (signal) => {
    while (!signal.aborted) {
      await show(day, signal).catch((error) => { if (!signal.aborted) render(byId("advice"), element("li", {}, sentence(error))); });
      await pause(everyMilliseconds, signal);
    }
  });
}
