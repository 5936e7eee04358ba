// The tab Record: the browser's microphone, a waveform as it records, then a prediction.
import { byId, predict, showError, showResult } from "./common.js";
import { drawWave } from "./draw.js";
import { wave } from "./wave.js";

const longestSeconds = 10;

async function open(onBlock) {
  if (!navigator.mediaDevices) {
    throw new Error("Browsers give the microphone only to pages from this machine or over HTTPS.");
  }
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
  } catch (error) {
    throw new Error(error.name === "NotAllowedError"
      ? "The browser was not allowed to use the microphone. Allow it for this page and try again."
      : "The browser found no microphone. Connect one and try again.");
  }
  const context = new AudioContext();
  await context.audioWorklet.addModule("recorder.js");
  const recorder = new AudioWorkletNode(context, "recorder");
  recorder.port.onmessage = (message) => onBlock(message.data, context.sampleRate);
  context.createMediaStreamSource(stream).connect(recorder);
  return async () => {
    for (const track of stream.getTracks()) track.stop();
    await context.close();
    return context.sampleRate;
  };
}

export function startRecord() {
  const button = byId("record-button");
  const place = byId("record-result");
  let close = null;
  let samples = [];

  const stop = async () => {
    const closing = close;
    close = null;
    button.textContent = "Record";
    button.setAttribute("aria-pressed", "false");
    const rate = await closing();
    const recording = wave(samples, rate);
    const audio = byId("record-audio");
    URL.revokeObjectURL(audio.src);
    audio.src = URL.createObjectURL(recording);
    audio.hidden = false;
    try {
      showResult(place, await predict(recording));
    } catch (error) {
      showError(place, error);
    }
  };

  const start = async () => {
    samples = [];
    place.replaceChildren();
    try {
      close = await open((block, rate) => {
        if (!close) return;
        for (const sample of block) samples.push(sample);
        byId("record-time").textContent = `${(samples.length / rate).toFixed(1)} s`;
        drawWave(byId("record-wave"), samples);
        if (samples.length >= longestSeconds * rate - block.length) stop();
      });
      button.textContent = "Stop and recognise";
      button.setAttribute("aria-pressed", "true");
    } catch (error) {
      showError(place, error);
    }
  };

  button.addEventListener("click", () => (close ? stop() : start()));
}
