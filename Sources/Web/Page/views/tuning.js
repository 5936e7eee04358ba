// The view Model, its first part: how sure a word must be, and what another threshold would have done.
import { byId, element, render } from "../base/dom.js";
import { control } from "../base/control.js";
import { attempt, notice } from "../base/notice.js";
import { ask } from "../base/request.js";
import { whileShown } from "../base/shown.js";
import { often, percent, probability, spoken } from "../base/text.js";
import { drawCurve } from "../charts/curve.js";

/** Scores that lie nearer to each other are the same. */
const leastStep = 0.03;

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
  const [choice, slider, enabled] = [byId("tune-word"), byId("tune-score"), byId("tune-enabled")];
  let model = {};
  /** How a word was before it was changed here: what has it so again. @type {Map<string, object>} */
  const before = new Map();

  const word = () => day.words.get(choice.value);

  const show = () => {
    const chosen = word();
    if (!chosen) return;
    const score = Number(slider.value);
    const points = curveOf(model, chosen);
    const measured = expected(points, score);
    const isMoved = isNew(chosen);
    byId("tune-now").textContent = `${percent(probability(score))}${Math.abs(score - chosen.threshold_score) > leastStep ? ` instead of ${percent(chosen.threshold)}` : ", as it is now"}`;
    slider.setAttribute("aria-valuetext", percent(probability(score)));
    const heard = chosen.after.length ? " of the time in which it counts" : "";
    const words = measured ? ` Measured: ${percent(measured.missed)} are missed; false alarms, ${often(measured.alarms)}${heard}.` : " That is beyond what was measured.";
    byId("tune-effect").textContent = replay(day.heard().filter(({ keyword }) => keyword === chosen.keyword), chosen, score) + words;
    drawCurve(byId("tune-chart"), points, score, chosen.threshold_score);
    const line = `words:\n  ${chosen.keyword}: {threshold: ${probability(score).toFixed(6).replace(/0+$/, "")}}`;
    render(byId("tune-lines"), line);
    byId("tune-how").textContent = chosen.configured
      ? `Set by hand: the configuration says ${percent(chosen.configured.threshold)}${chosen.configured.enabled ? "" : ", and not to listen for it"}.`
      : "As the configuration says.";
    byId("tune-save").disabled = !isMoved;
    const undo = byId("tune-undo");
    undo.disabled = !isMoved && !chosen.configured && !before.has(chosen.keyword);
    undo.textContent = isMoved ? "As it is now" : before.has(chosen.keyword) ? "Undo" : "As the configuration says";
  };

  const isNew = (chosen) => Math.abs(Number(slider.value) - chosen.threshold_score) > leastStep || enabled.checked !== chosen.enabled;

  /** Has the daemon decide otherwise, and shows how it does from then on. */
  const set = async (change) => {
    const { word: changed, kept } = await control("./api/words", change);
    day.changeWord(changed);
    reset();
    return kept ? "also over a restart" : "until the daemon is restarted";
  };

  const reset = () => {
    const chosen = word();
    if (!chosen) return;
    const points = curveOf(model, chosen);
    slider.min = Math.min(-1, chosen.threshold_score - 3, points[0]?.[1] ?? 0).toFixed(2);
    slider.max = Math.max(chosen.threshold_score + 3, points.at(-1)?.[1] ?? 0).toFixed(2);
    slider.value = chosen.threshold_score;
    enabled.checked = chosen.enabled;
    show();
  };

  choice.addEventListener("change", reset);
  slider.addEventListener("input", show);
  enabled.addEventListener("change", show);
  byId("tune-save").addEventListener("click", () => attempt(async () => {
    const { keyword, threshold_score: score, threshold, enabled: isOn, configured } = word();
    // Nothing but nines: the score has what the threshold has lost.
    const exact = threshold > 0.999 ? probability(score) : threshold;
    const change = { keyword };
    if (Math.abs(Number(slider.value) - score) > leastStep) change.threshold = probability(Number(slider.value));
    if (enabled.checked !== isOn) change.enabled = enabled.checked;
    const length = await set(change);
    before.set(keyword, { keyword, reset: true, ...(configured && { threshold: exact, enabled: isOn }) });
    show();
    notice(`“${spoken(keyword)}” is listened for so from now on, ${length}. Undo is one click away.`);
  }));
  byId("tune-undo").addEventListener("click", () => attempt(async () => {
    const chosen = word();
    if (isNew(chosen)) return reset();
    await set(before.get(chosen.keyword) ?? { keyword: chosen.keyword, reset: true });
    before.delete(chosen.keyword);
    show();
    notice(`“${spoken(chosen.keyword)}” is as it was before.`);
  }));
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
      const chosen = choice.value;
      render(choice, ...[...day.words.keys()].map((name) => element("option", { value: name }, spoken(name))));
      if (day.words.has(chosen)) choice.value = chosen;
      // What a person is about to change stays; what was changed elsewhere is shown.
      if (word() && chosen === choice.value && isNew(word())) show();
      else reset();
    };
    list();
    day.addEventListener("day", list, { signal });
    day.addEventListener("entry", show, { signal });
    addEventListener("resize", show, { signal });
  });
}
