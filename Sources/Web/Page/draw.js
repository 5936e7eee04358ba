// Pictures: waveforms on canvases, charts as SVG.
import { render } from "./common.js";

const svg = (name, attributes, ...children) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

/**
 * Draws samples from -1 to 1, all channels over each other, on a canvas whose width is `length` samples: the columns from
 * `first` on that they fill. Gives the next column.
 */
export function drawWave(canvas, channels, length = channels[0].length, first = 0) {
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  if (first === 0) context.clearRect(0, 0, width, height);
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
  const start = (column) => Math.floor((column * length) / width);
  let column = first;
  for (; column < width && start(column + 1) <= channels[0].length; column += 1) {
    let low = 0;
    let high = 0;
    for (const samples of channels) {
      for (let index = start(column); index < start(column + 1); index += 1) {
        low = Math.min(low, samples[index]);
        high = Math.max(high, samples[index]);
      }
    }
    context.fillRect(column, ((1 - high) * height) / 2, 1, Math.max(1, ((high - low) * height) / 2));
  }
  return column;
}

function chart(place, label, width, height, ...parts) {
  render(place, svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, ...parts));
}

/** Horizontal bars of [name, value]; says so if there are none. */
export function drawBars(place, label, entries) {
  if (!entries.length) return render(place, "Nothing yet.");
  const top = Math.max(...entries.map(([, value]) => value), 1);
  const parts = entries.flatMap(([name, value], index) => {
    const y = index * 20;
    const text = svg("text", { x: 92, y: y + 14, "text-anchor": "end" }, name);
    const number = svg("text", { x: 104 + (190 * value) / top, y: y + 14 }, String(value));
    return [text, svg("rect", { class: "fill", x: 98, y: y + 3, width: Math.max(1, (190 * value) / top), height: 14, rx: 2 }), number];
  });
  const spoken = `${label}: ${entries.map(([name, value]) => `${name} ${value}`).join(", ")}`;
  chart(place, spoken, 330, entries.length * 20 + 4, ...parts);
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
    return svg("text", { x, y: above - 4, transform: `rotate(-60 ${x} ${above - 4})` }, name);
  });
  for (const [row, name] of rows.entries()) {
    const top = Math.max(...values[row], 1);
    const y = above + row * side;
    parts.push(svg("text", { x: left - 6, y: y + 12, "text-anchor": "end" }, name));
    for (const [column, count] of values[row].entries()) {
      const attributes = { class: "fill", x: left + column * side, y, width: side - 1, height: side - 1 };
      // A single one of many must be seen, too.
      attributes["fill-opacity"] = count ? 0.15 + (0.85 * count) / top : 0.04;
      parts.push(svg("rect", attributes, svg("title", {}, `${name}, ${columns[column]}: ${count}`)));
    }
  }
  chart(place, label, Math.max(330, left + columns.length * side + 40), above + rows.length * side + 4, ...parts);
}

/** Lines over time: each [class, name, numbers], scaled to its own highest. */
export function drawLines(place, label, lines) {
  const parts = [svg("line", { class: "axis", x1: 0, x2: 330, y1: 120, y2: 120 })];
  for (const [index, [kind, name, values]] of lines.entries()) {
    // Each to a height of its own, so that two that stand still do not hide each other.
    const top = Math.max(...values, 1e-9) * (1 + 0.3 * index);
    const points = values.map((value, place) => `${(330 * place) / Math.max(1, values.length - 1)},${120 - (110 * value) / top}`);
    parts.push(svg("polyline", { class: `line ${kind}`, points: points.join(" ") }));
    parts.push(svg("text", { x: 4 + 165 * index, y: 138 }, `${name}: ${values.at(-1) ?? "none"}`));
  }
  const spoken = `${label}: ${lines.map(([, name, values]) => `${name} now ${values.at(-1) ?? "none"}`).join(", ")}`;
  chart(place, spoken, 330, 146, ...parts);
}
