// Charts are drawn as SVG, at the size at which they are seen, so that text has its own size on every screen.
import { render } from "../base/dom.js";

export const svg = (name, attributes = {}, ...children) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

/** How wide a place is, in pixels. */
export const widthOf = (place) => Math.max(240, Math.round(place.clientWidth));

/** Shows a chart in a place. @param {string} label what it says, for those who do not see it */
export function chart(place, label, width, height, ...parts) {
  render(place, svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label }, ...parts));
}

export const text = (x, y, content, attributes = {}) => svg("text", { x, y, ...attributes }, content);

/** Numbers in an SVG need no more than a tenth of a pixel. */
export const tenth = (number) => Math.round(10 * number) / 10;
