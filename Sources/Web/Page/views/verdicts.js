// The view Words, what was said of them: how much of it is kept, and how it is forgotten.
import { isConfirmed } from "../base/dialog.js";
import { byId, element, render, tableRow } from "../base/dom.js";
import { attempt, notice } from "../base/notice.js";
import { whileShown } from "../base/shown.js";
import { percent, probability, spoken, when } from "../base/text.js";
import { marks } from "../live/marks.js";

const mostShown = 100;

function sound(all) {
  if (!all.at(-1)?.audio) return all.length ? "Their sound is not kept: learn.keep is off in the configuration." : "";
  return `The sound of ${all.filter(({ audio }) => audio).length} is kept, too.`;
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
  whileShown("words", (signal) => {
    showMarks(day);
    marks.addEventListener("marks", () => showMarks(day), { signal });
    marks.refresh();
  });
}
