// The view Model, its first part: how sure a word must be, and what another threshold would have done.
import { byId, element, render } from "../base/dom.js";
import { control } from "../base/control.js";
import { attempt, notice } from "../base/notice.js";
import { ask } from "../base/request.js";
import { whileShown } from "../base/shown.js";
import { percent, spoken } from "../base/text.js";
import { drawCurve } from "../charts/curve.js";

const probability = (score) => 1 / (1 + Math.exp(-score));

/** The model's measured curve of a word: [false alarms an hour, threshold, part that is missed], the lowest threshold first. */
function curveOf(model, word) {
  const curves = word.second ? model.detection?.fused : model.detection?.first;
  return curves?.[word.keyword]?.points ?? [];
}

/** What was measured at a threshold, between the points; null beyond them. */
export function expected(points, score) {
  const next = points.findIndex(([, threshold]) => threshold >= score);
  if (next <= 0) return null;
  const [[alarmsBefore, before, missedBefore], [alarms, after, missed]] = [points[next - 1], points[next]];
  const part = (score - before) / (after - before || 1);
  return { alarms: alarmsBefore * (alarms / alarmsBefore) ** part, missed: missedBefore + part * (missed - missedBefore) };
}

/** False alarms as a person counts them. */
function often(alarms) {
  if (alarms >= 1) return `${alarms.toFixed(1)} an hour`;
  return alarms * 24 >= 0.95 ? `${(alarms * 24).toFixed(1)} a day` : `one in ${Math.max(2, Math.round(1 / (alarms * 24)))} days`;
}

/** What a threshold would have done with the last day. @param {import("../live/day.js").Entry[]} heard of the word */
function replay(heard, word, score) {
  const events = heard.filter(({ type }) => type === "keyword");
  const near = heard.filter(({ type, cause }) => type === "near_miss" || cause === "doubted");
  const gone = events.filter((entry) => entry.score < score).length;
  const come = near.filter((entry) => entry.score >= score).length;
  const left = events.length ? `Of ${events.length} in the last day, ${gone || "none"} would have gone` : "It was not heard in the last day";
  return `${left}; ${near.length ? `of ${near.length} near misses, ${come || "none"} would have come` : "nothing came near it"}.`;
}

/** @param {import("../live/day.js").Day} day */
export function startTuning(day) {
  const [choice, slider] = [byId("tune-word"), byId("tune-score")];
  let model = {};

  const word = () => day.words.get(choice.value);

  const show = () => {
    const chosen = word();
    if (!chosen) return;
    const score = Number(slider.value);
    const points = curveOf(model, chosen);
    const measured = expected(points, score);
    const isNew = Math.abs(score - chosen.threshold_score) > 0.03;
    byId("tune-now").textContent = `${percent(probability(score))}${isNew ? ` instead of ${percent(chosen.threshold)}` : ", as it is now"}`;
    slider.setAttribute("aria-valuetext", percent(probability(score)));
    const heard = chosen.after.length ? " of the time in which it counts" : "";
    const words = measured ? ` Measured: ${percent(measured.missed)} are missed; false alarms, ${often(measured.alarms)}${heard}.` : " That is beyond what was measured.";
    byId("tune-effect").textContent = replay(day.heard().filter(({ keyword }) => keyword === chosen.keyword), chosen, score) + words;
    drawCurve(byId("tune-chart"), points, score, chosen.threshold_score);
    const line = `words:\n  ${chosen.keyword}: {threshold: ${probability(score).toFixed(6).replace(/0+$/, "")}}`;
    render(byId("tune-lines"), line);
    byId("tune-how").textContent = "The daemon reads thresholds from its configuration, /etc/attuned/attuned.yaml. Put these lines there, beside what its section words has already, and let it read them.";
    byId("tune-undo").disabled = !isNew;
  };

  const reset = () => {
    const chosen = word();
    if (!chosen) return;
    const points = curveOf(model, chosen);
    slider.min = Math.min(-1, chosen.threshold_score - 3, points[0]?.[1] ?? 0).toFixed(2);
    slider.max = Math.max(chosen.threshold_score + 3, points.at(-1)?.[1] ?? 0).toFixed(2);
    slider.value = chosen.threshold_score;
    show();
  };

  choice.addEventListener("change", reset);
  slider.addEventListener("input", show);
  byId("tune-undo").addEventListener("click", reset);
  byId("tune-copy").addEventListener("click", () => attempt(async () => {
    await navigator.clipboard.writeText(byId("tune-lines").textContent);
    notice("Copied.");
  }));
  byId("tune-reload").addEventListener("click", () => attempt(async () => {
    const { summary } = await control("./api/reload");
    notice(`Done: ${summary}`);
  }));

  whileShown("model", async (signal) => {
    model = await ask("./api/model-info", { signal }).catch(() => model);
    if (signal.aborted) return;
    const list = () => {
      if (choice.options.length) return show();
      render(choice, ...[...day.words.keys()].map((name) => element("option", { value: name }, spoken(name))));
      choice.selectedIndex = 0;
      reset();
    };
    list();
    day.addEventListener("day", list, { signal });
    addEventListener("resize", show, { signal });
  });
}
