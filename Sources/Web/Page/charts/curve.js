// What a word's threshold costs: the part that is missed, over the false alarms that are let through.
import { render } from "../base/dom.js";
import { percent } from "../base/text.js";
import { chart, svg, text, widthOf } from "./svg.js";
import { numberAxis, scale } from "./axis.js";

const [left, above, below, height] = [56, 12, 40, 190];

/** A round part over which no point lies. */
const topOf = (parts) => [0.05, 0.1, 0.2, 0.5, 1].find((top) => top >= Math.max(...parts));

/**
 * @param {HTMLElement} place
 * @param {[number, number, number][]} points false alarms an hour, threshold in log-odds, part missed
 * @param {number} chosen @param {number} now thresholds
 */
export function drawCurve(place, points, chosen, now) {
  const measured = points.filter(([, threshold]) => threshold > 0 || points.length < 3);
  if (measured.length < 2) return render(place, "The model does not say what this word's thresholds cost.");
  const width = widthOf(place);
  const x = scale(measured[0][1], measured.at(-1)[1], left, width - 12);
  const top = topOf(measured.map(([, , missed]) => missed));
  const y = scale(0, 100 * top, height - below, above);
  const line = measured.map(([, threshold, missed], index) => `${index ? "L" : "M"}${x(threshold)} ${y(100 * missed)}`).join("");
  const parts = [...numberAxis(y, [0, 50 * top, 100 * top], left, width - 12, "%"), svg("path", { class: "line", d: line })];
  let lastNamed = -100;
  for (const [alarms, threshold] of measured) {
    if (x(threshold) - lastNamed < 60) continue;
    lastNamed = x(threshold);
    const anchor = lastNamed > width - 40 ? "end" : "middle";
    parts.push(text(lastNamed, height - below + 18, alarms >= 0.1 ? alarms.toFixed(1) : alarms.toFixed(3), { "text-anchor": anchor }));
  }
  parts.push(text(left, height - 6, "false alarms an hour"), text(left + 6, above + 16, "missed"));
  const at = (threshold, kind) => {
    const place = x(Math.min(measured.at(-1)[1], Math.max(measured[0][1], threshold)));
    parts.push(svg("line", { class: `mark ${kind}`, x1: place, x2: place, y1: above, y2: height - below }));
  };
  at(now, "not");
  at(chosen, "word");
  chart(place, `Missed words over false alarms; at most ${percent(top)} are missed`, width, height, ...parts);
}
