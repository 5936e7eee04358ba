// Counts: bars over time, bars of names, and a field of squares.
import { render } from "../base/dom.js";
import { chart, svg, tenth, text, widthOf } from "./svg.js";
import { numberAxis, numberTicks, scale, timeAxis } from "./axis.js";

/** Horizontal bars of [name, value]; says so if there are none. */
export function drawBars(place, label, entries) {
  if (!entries.length) return render(place, "Nothing yet.");
  const width = widthOf(place);
  const room = width - 150;
  const top = Math.max(...entries.map(([, value]) => value), 1);
  const parts = entries.flatMap(([name, value], index) => {
    const y = index * 22;
    const long = Math.max(1, (room * value) / top);
    return [
      text(92, y + 15, name, { "text-anchor": "end" }), text(tenth(104 + long), y + 15, String(value)),
      svg("rect", { class: "fill", x: 98, y: y + 3, width: tenth(long), height: 16, rx: 3 }),
    ];
  });
  chart(place, `${label}: ${entries.map(([name, value]) => `${name} ${value}`).join(", ")}`, width, entries.length * 22 + 4, ...parts);
}

/**
 * Counts over time, of two kinds on top of each other.
 * @param {{ at: number, first: number, second: number }[]} columns each from `at` on, `step` milliseconds
 * @param {[string, string]} names of the two kinds
 */
export function drawCounts(place, columns, step, names, height = 150) {
  const width = widthOf(place);
  const [from, to] = [columns[0].at, columns.at(-1).at + step];
  const top = Math.max(4, ...columns.map(({ first, second }) => first + second));
  const x = scale(from, to, 40, width - 8);
  const y = scale(0, top, height - 26, 10);
  const parts = [...numberAxis(y, numberTicks(0, top, 3), 40, width - 8, ""), ...timeAxis(x, from, to, height - 26, width)];
  for (const { at, first, second } of columns) {
    if (!first && !second) continue;
    const place = { x: tenth(x(at) + 1), width: tenth(Math.max(1, x(at + step) - x(at) - 2)) };
    const told = svg("title", {}, `${first} ${names[0]}, ${second} ${names[1]}`);
    parts.push(svg("rect", { class: "fill", ...place, y: y(first), height: tenth(y(0) - y(first)) }, told));
    parts.push(svg("rect", { class: "fill pale", ...place, y: y(first + second), height: tenth(y(first) - y(first + second)) }, told.cloneNode(true)));
  }
  const sum = (kind) => columns.reduce((sum, column) => sum + column[kind], 0);
  chart(place, `Words over time: ${sum("first")} ${names[0]}, ${sum("second")} ${names[1]}`, width, height, ...parts);
}

/**
 * A field of squares, the fuller the darker: rows and columns are names, values[row][column] counts, each row to its own
 * highest.
 */
export function drawMatrix(place, label, rows, columns, values) {
  if (!rows.length) return render(place, "Nothing yet.");
  const [left, above, side] = [92, 78, 16];
  const parts = columns.map((name, column) => {
    const x = left + column * side + 12;
    return text(x, above - 4, name, { transform: `rotate(-60 ${x} ${above - 4})` });
  });
  for (const [row, name] of rows.entries()) {
    const top = Math.max(...values[row], 1);
    const y = above + row * side;
    parts.push(text(left - 6, y + 12, name, { "text-anchor": "end" }));
    for (const [column, count] of values[row].entries()) {
      const attributes = { class: "fill", x: left + column * side, y, width: side - 1, height: side - 1 };
      // A single one of many must be seen, too.
      attributes["fill-opacity"] = count ? 0.15 + (0.85 * count) / top : 0.04;
      parts.push(svg("rect", attributes, svg("title", {}, `${name}, ${columns[column]}: ${count}`)));
    }
  }
  chart(place, label, left + columns.length * side + 40, above + rows.length * side + 4, ...parts);
}
