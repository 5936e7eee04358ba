// Numbers over time, as lines on one scale, with marks where something happened.
import { chart, svg, tenth, text, widthOf } from "./svg.js";
import { numberAxis, numberTicks, scale, timeAxis } from "./axis.js";

const [left, above, below] = [62, 10, 26];
/** A word is a stroke at the top: lines across would hide what is drawn. */
const markHeight = 14;
/** What was cut off stands at full scale. */
const clipHeight = 5;

/** Points as the path of a line that is interrupted where nothing is known. */
function path(points) {
  let isDown = false;
  return points.map(([x, y]) => {
    if (y === null) isDown = false;
    else {
      // A single one is seen as a dot.
      const step = isDown ? `L${x} ${y}` : `M${x} ${y}h.1`;
      isDown = true;
      return step;
    }
    return "";
  }).join("");
}

/**
 * @param {HTMLElement} place
 * @param {object} data
 * @param {string} data.label what it says, for those who do not see it
 * @param {number} data.from @param {number} data.to @param {number} data.low @param {number} data.high @param {string} data.unit
 * @param {{ kind: string, points: [number, number | null][] }[]} data.lines
 * @param {{ at: number, kind: string, name: string }[]} [data.marks]
 * @param {{ value: number, name: string }} [data.level] a line across all
 */
export function drawLines(place, { label, from, to, low, high, unit, lines, marks = [], level }, height = 190) {
  const width = widthOf(place);
  const x = scale(from, to, left, width - 8);
  const y = scale(low, high, height - below, above);
  const parts = [...numberAxis(y, numberTicks(low, high, 4), left, width - 8, unit), ...timeAxis(x, from, to, height - below, width)];
  const clamped = (value) => Math.min(high, Math.max(low, value));
  for (const mark of marks) {
    const at = x(mark.at);
    const end = mark.kind === "gap" ? height - below : above + (mark.kind === "clip" ? clipHeight : markHeight);
    parts.push(svg("line", { class: `mark ${mark.kind}`, x1: at, x2: at, y1: above, y2: end }, svg("title", {}, mark.name)));
  }
  for (const { kind, points } of lines) {
    const shown = points.filter(([at]) => at >= from).map(([at, value]) => [x(at), value === null ? null : y(clamped(value))]);
    parts.push(svg("path", { class: `line ${kind}`, d: path(shown) }));
  }
  if (level) {
    const at = y(clamped(level.value));
    parts.push(svg("line", { class: "line level", x1: left, x2: width - 8, y1: at, y2: at }));
    parts.push(text(left + 6, tenth(at + 14), level.name));
  }
  chart(place, label, width, height, ...parts);
}
