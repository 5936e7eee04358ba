// The state in the tab's title and icon, also in the background.
import { spoken } from "../base/text.js";
import { kindOf, nameOf } from "./states.js";

const colors = { hears: "#0b6e5c", quiet: "#5a4a9c", deaf: "#a3260f", waits: "#7a5200" };
/** The bars of the icon, told apart without colour too: tall ones hear, a line is muted, a cross is deaf. */
const shapes = {
  hears: "M14 27v10M23 20v24M32 12v40M41 20v24M50 27v10", quiet: "M14 32h36", deaf: "M18 18l28 28M46 18l-28 28", waits: "M14 32h4M30 32h4M46 32h4",
};
const heardMilliseconds = 5000;

function icon(kind) {
  const image = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="${colors[kind]}"/>`
    + `<path d="${shapes[kind]}" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(image)}`;
}

/** @param {import("./day.js").Day} day */
export function startBadge(day) {
  const link = document.querySelector('link[rel="icon"]');
  let shown = "";
  let timer;
  const say = (text) => { if (document.title !== text) document.title = text; };
  const sayState = () => say(`${nameOf(day.status.state)} - attuned`);
  day.addEventListener("status", () => {
    const { state } = day.status;
    if (state === shown) return;
    shown = state;
    link.href = icon(kindOf(state));
    sayState();
  });
  day.addEventListener("entry", ({ detail }) => {
    if (detail.type !== "keyword") return;
    say(`“${spoken(detail.keyword)}” - attuned`);
    clearTimeout(timer);
    timer = setTimeout(sayState, heardMilliseconds);
  });
}
