// The tab Upload: one file, its waveform, its word.
import { byId, predict, showError, showResult } from "./common.js";
import { drawWave } from "./draw.js";

/** Lets files be dropped on a place as if they had been chosen in its input. */
export function acceptDrops(place, input) {
  place.addEventListener("dragover", (event) => {
    event.preventDefault();
    place.classList.add("over");
  });
  place.addEventListener("dragleave", () => place.classList.remove("over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    place.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change"));
  });
}

async function preview(file) {
  const canvas = byId("upload-wave");
  const audio = byId("upload-audio");
  URL.revokeObjectURL(audio.src);
  audio.src = URL.createObjectURL(file);
  audio.hidden = false;
  try {
    const context = new OfflineAudioContext(1, 1, 16000);
    drawWave(canvas, (await context.decodeAudioData(await file.arrayBuffer())).getChannelData(0));
    canvas.hidden = false;
  } catch {
    // The browser knows fewer formats than the service.
    canvas.hidden = true;
  }
}

export function startUpload() {
  const input = byId("upload-file");
  const place = byId("upload-result");
  acceptDrops(byId("upload-drop"), input);
  input.addEventListener("change", () => {
    place.replaceChildren();
    if (input.files[0]) preview(input.files[0]);
  });
  byId("upload-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      showResult(place, await predict(input.files[0]));
    } catch (error) {
      showError(place, error);
    }
  });
}
