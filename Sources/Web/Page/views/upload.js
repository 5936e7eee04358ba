// The view Upload: one file, its waveform, its word or all of its words.
import { byId } from "../base/dom.js";
import { latest, recognise } from "../base/request.js";
import { decode, sendable } from "../audio/decode.js";
import { drawWave } from "../charts/waveform.js";
import { acceptDrops } from "./drop.js";
import { showError, showPlaces, showResult } from "./result.js";

async function preview(file, signal) {
  const canvas = byId("upload-wave");
  const audio = byId("upload-audio");
  URL.revokeObjectURL(audio.src);
  audio.src = URL.createObjectURL(file);
  audio.hidden = false;
  byId("upload-marks").replaceChildren();
  // The browser knows fewer formats than the service.
  const channels = await file.arrayBuffer().then(decode).catch(() => null);
  if (signal.aborted) return;
  byId("upload-marked").hidden = !channels;
  if (channels) drawWave(canvas, channels);
}

export function start() {
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
    const isSpotting = event.submitter === byId("upload-spot");
    byId("upload-marks").replaceChildren();
    try {
      const file = await sendable(input.files[0]);
      const found = await recognise(isSpotting ? "./api/spot" : "./api/predict", file, signal);
      if (isSpotting) showPlaces(place, byId("upload-marks"), byId("upload-audio"), found);
      else showResult(place, found);
    } catch (error) {
      if (!signal.aborted) showError(place, error);
    }
  });
}
