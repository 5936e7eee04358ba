// Plays what was said around a word.
import { attempt } from "../base/notice.js";
import { authorized } from "../base/control.js";

/** The one that plays, and the button that began it. */
let playing = null;

function stop() {
  if (!playing) return;
  playing.audio.pause();
  URL.revokeObjectURL(playing.audio.src);
  playing.button.setAttribute("aria-pressed", "false");
  playing = null;
}

/** Plays a word, or ends it if it is the one that plays. @param {number} clip @param {HTMLButtonElement} button */
export function play(clip, button) {
  const isSame = playing?.button === button;
  stop();
  if (isSame) return;
  attempt(async () => {
    const answer = await authorized(`./api/clip?number=${clip}`);
    stop();
    const audio = new Audio(URL.createObjectURL(await answer.blob()));
    playing = { audio, button };
    button.setAttribute("aria-pressed", "true");
    audio.addEventListener("ended", stop, { once: true });
    await audio.play();
  });
}
