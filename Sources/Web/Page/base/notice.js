// A sentence at the edge of the screen, about what was just done or could not be.
import { byId } from "./dom.js";
import { sentence } from "./request.js";

const shownMilliseconds = 10_000;
let timer;

/** @param {string} text @param {boolean} [isError] */
export function notice(text, isError = false) {
  clearTimeout(timer);
  const place = byId("notice");
  place.textContent = text;
  place.classList.toggle("wrong", isError);
  timer = setTimeout(() => { place.textContent = ""; }, shownMilliseconds);
}

/** Does something, and says what kept it from being done. @param {(text: string) => void} [say] */
export async function attempt(work, say = (text) => notice(text, true)) {
  try {
    await work();
  } catch (error) {
    say(sentence(error));
  }
}
