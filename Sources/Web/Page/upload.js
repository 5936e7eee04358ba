// The tab Upload: one file, its waveform, its word.
import { byId, latest, predict, showError, showResult } from "./common.js";
import { decode, sendable } from "./decode.js";
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

async function preview(file, signal) {
  const canvas = byId("upload-wave");
  const audio = byId("upload-audio");
  URL.revokeObjectURL(audio.src);
  audio.src = URL.createObjectURL(file);
  audio.hidden = false;
  // The browser knows fewer formats than the service.
  const channels = await file.arrayBuffer().then(decode).catch(() => null);
  if (signal.aborted) return;
  if (channels) drawWave(canvas, channels);
  canvas.hidden = !channels;
}

export function startUpload() {
  const input = byId("upload-file");
  const place = byId("upload-result");
  const beginPreview = latest();
  const beginPrediction = latest();
  acceptDrops(byId("upload-drop"), input);
  input.addEventListener("change", () => {
    // What is still being recognised is the file before.
    beginPrediction();
    place.replaceChildren();
    const signal = beginPreview();
    if (input.files[0]) preview(input.files[0], signal);
  });
  byId("upload-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const signal = beginPrediction();
    try {
      showResult(place, await predict(await sendable(input.files[0]), signal));
    } catch (error) {
      if (!signal.aborted) showError(place, error);
    }
  });
}
