// Axes: where numbers and moments lie, and which of them are named.
import { svg, tenth, text } from "./svg.js";
import { hour } from "../base/text.js";

const minute = 60_000;
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * minute);

/** Places of numbers from `low` to `high` on pixels from `start` to `end`. */
export const scale = (low, high, start, end) => (value) => tenth(start + ((value - low) / (high - low || 1)) * (end - start));

/** Round moments by the clock on the wall, at most so many. */
export function timeTicks(from, to, most) {
  const step = steps.find((step) => (to - from) / step <= most) ?? steps.at(-1);
  const zone = new Date(from).getTimezoneOffset() * minute;
  const ticks = [];
  for (let at = Math.ceil((from - zone) / step) * step + zone; at <= to; at += step) ticks.push(at);
  return ticks;
}

/** Round numbers from `low` to `high`, at most so many. */
export function numberTicks(low, high, most) {
  const rough = Math.max((high - low) / most, 1e-9);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((step) => step >= rough);
  const ticks = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step / 1000; value += step) ticks.push(Number(value.toFixed(6)));
  return ticks;
}

/** The axis of time under a chart. @param {(at: number) => number} place */
export function timeAxis(place, from, to, y, width) {
  const parts = [svg("line", { class: "axis", x1: place(from), x2: place(to), y1: y, y2: y })];
  for (const at of timeTicks(from, to, Math.max(2, Math.floor(width / 75)))) {
    const x = place(at);
    parts.push(svg("line", { class: "axis", x1: x, x2: x, y1: y, y2: y + 5 }));
    // A name at the edge would be cut off.
    if (x > place(from) + 14 && x < place(to) - 14) parts.push(text(x, y + 18, hour(at), { "text-anchor": "middle" }));
  }
  return parts;
}

/** Lines across a chart, each named at its left. @param {(value: number) => number} place */
export function numberAxis(place, ticks, left, right, unit) {
  return ticks.flatMap((value, index) => [
    svg("line", { class: "grid", x1: left, x2: right, y1: place(value), y2: place(value) }),
    text(left - 6, place(value) + 4, index === ticks.length - 1 ? `${value} ${unit}` : String(value), { "text-anchor": "end" }),
  ]);
}
