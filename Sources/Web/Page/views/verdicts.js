// The view Words, what was said of them: how much of it is kept, and how it is forgotten.
import { isConfirmed } from "../base/dialog.js";
import { byId, element, render, tableRow } from "../base/dom.js";
import { attempt, notice } from "../base/notice.js";
import { whileShown } from "../base/shown.js";
import { percent, probability, spoken, when } from "../base/text.js";
import { marks } from "../live/marks.js";
import { startLearning } from "./learning.js";

const mostShown = 100;

function sound(all) {
  const count = all.filter(({ audio }) => audio).length;
  if (marks.keepsSound) return all.length ? `The sound of ${count} is kept, too.` : "The sound of what is marked will be kept, too.";
  const kept = count ? ` That of ${count} is there from before.` : "";
  return `Sound is not kept, and without it nothing is learned. Set learn: {keep: true} in the configuration, and have the daemon read it.${kept}`;
}

/** @param {import("../live/day.js").Day} day */
function showMarks(day) {
  const { all } = marks;
  byId("marks-show").hidden = all !== null;
  byId("marks-forget").hidden = !all?.length;
  byId("marks-all").hidden = !all?.length;
  if (!all) return;
  const count = (wanted) => all.filter(({ kind }) => kind === wanted).length;
  render(byId("marks-count"), all.length ? `${count("right")} right, ${count("wrong")} wrong, ${count("missed")} missed.` : "Nothing is kept.");
  render(byId("marks-sound"), sound(all));
  render(byId("marks-rows"), ...all.slice(-mostShown).reverse().map((mark) => tableRow([
    when(mark.timestamp, day.now), spoken(mark.keyword), mark.kind,
    `${percent(probability(mark.score))} sure, ${percent(probability(mark.threshold_score))} needed`, mark.audio ? "with its sound" : "without sound",
  ])));
}

/** @param {import("../live/day.js").Day} day */
export function startMarks(day) {
  byId("marks-show").addEventListener("click", () => attempt(() => marks.load()));
  byId("marks-forget").addEventListener("click", () => attempt(async () => {
    const remark = "All that was said of words is deleted, and the sound that is kept with it. That cannot be undone.";
    if (!await isConfirmed("Forget all?", remark, "Forget all")) return;
    await marks.forget();
    notice("All is forgotten.");
  }));
  startLearning();
  whileShown("words", (signal) => {
    showMarks(day);
    marks.addEventListener("marks", () => showMarks(day), { signal });
    marks.refresh();
  });
}
