// A day at a glance: states as a band, words as strokes over it, gaps as notches in it.
import { hour, spoken } from "../base/text.js";
import { kindOf, nameOf } from "../live/states.js";
import { dayMilliseconds } from "../live/day.js";
import { chart, svg, tenth, text, widthOf } from "./svg.js";
import { scale, timeAxis } from "./axis.js";

const lanes = { wake: [18, 20], command: [42, 20], nearly: [66, 10] };
const [bandTop, bandHeight, height] = [82, 22, 132];

/** Words a moment apart are one stroke: more would not be seen, and cost. */
function strokes(entries, x, [y, length], kind, name) {
  const columns = new Map();
  for (const entry of entries) {
    const column = Math.round(x(entry.at));
    columns.set(column, [...(columns.get(column) ?? []), entry]);
  }
  return [...columns].map(([column, together]) => svg(
    "rect", { class: `stroke ${kind}`, x: column - 1, y, width: 2, height: length, rx: 1 },
    svg("title", {}, `${hour(together[0].at)}: ${together.map(({ keyword }) => spoken(keyword)).slice(0, 6).join(", ")}${name}`),
  ));
}

/** A part of the band; the pattern says the same as the colour. */
function segment(x, from, to, kind, title) {
  const place = { x: x(from), y: bandTop, width: tenth(Math.max(1, x(to) - x(from))), height: bandHeight };
  return [svg("rect", { class: `band ${kind}`, ...place }, svg("title", {}, title)), svg("rect", { class: `over ${kind}`, ...place })];
}

const pattern = (id, d) => svg("pattern", { id, width: 8, height: 8, patternUnits: "userSpaceOnUse" }, svg("path", { class: "hatch", d }));

/** @param {HTMLElement} place @param {import("../live/day.js").Day} day */
export function drawTimeline(place, day) {
  const width = widthOf(place);
  const [from, to] = [day.now - dayMilliseconds, day.now];
  const x = scale(from, to, 4, width - 4);
  const heard = day.heard(from);
  const ofKind = (isOf) => heard.filter(isOf);
  const isWake = ({ keyword }) => day.words.get(keyword)?.wake;
  const wake = ofKind((entry) => entry.type === "keyword" && isWake(entry));
  const commands = ofKind((entry) => entry.type === "keyword" && !isWake(entry));
  const nearly = ofKind((entry) => entry.type !== "keyword");
  const gaps = day.entries.filter((entry) => entry.type === "gap" && entry.at >= from);
  const states = day.states;
  const parts = [
    svg("defs", {}, pattern("hatch-quiet", "M0 4H8"), pattern("hatch-deaf", "M0 8L8 0M-2 2L2 -2M6 10L10 6"), pattern("hatch-waits", "M2 2h2v2h-2z")),
    svg("rect", { class: "band unknown", x: 4, y: bandTop, width: width - 8, height: bandHeight }),
  ];
  for (const { from, to, state, reason } of states) {
    parts.push(...segment(x, from, to, kindOf(state), `${nameOf(state)}, ${hour(from)} to ${hour(to)}: ${reason ?? ""}`));
  }
  for (const [name, [y]] of Object.entries(lanes)) parts.push(text(6, y - 3, { wake: "wake words", command: "commands", nearly: "nearly, or held back" }[name], { class: "lane" }));
  parts.push(...strokes(wake, x, lanes.wake, "wake", ""), ...strokes(commands, x, lanes.command, "command", ""), ...strokes(nearly, x, lanes.nearly, "nearly", " (no event)"));
  for (const gap of gaps) {
    const title = `${hour(gap.at)}: ${(gap.lost_samples / 16_000).toFixed(1)} s of audio missing (${gap.cause})`;
    parts.push(svg("path", { class: "notch", d: `M${x(gap.at) - 4} ${bandTop + bandHeight + 1}l4 -8l4 8z` }, svg("title", {}, title)));
  }
  parts.push(...timeAxis(x, from, to, bandTop + bandHeight + 4, width));
  const deaf = states.filter(({ state }) => kindOf(state) === "deaf");
  const label = `The last 24 hours: ${wake.length} wake words, ${commands.length} commands, ${nearly.length} nearly or held back, ${gaps.length} gaps, ${
    deaf.length ? `deaf ${deaf.length} times, last at ${hour(deaf.at(-1).from)}` : "never deaf"}`;
  chart(place, label, width, height, ...parts);
}
