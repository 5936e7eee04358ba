// The view Record: the browser's microphone, a waveform as it records, then a prediction.
import { byId, save } from "../base/dom.js";
import { latest, pause, recognise } from "../base/request.js";
import { drawWave } from "../charts/waveform.js";
import { openMicrophone } from "../audio/capture.js";
import { wave } from "../audio/wave.js";
import { showError, showResult } from "./result.js";

const longestSeconds = 10;
const countFrom = 3;

/** What comes from an open microphone. Draws each sample once, and at most once a frame, so that a slow device keeps up. */
class Take {
  #samples;
  #count = 0;
  #columns = 0;
  #frame = null;

  constructor(microphone) {
    this.microphone = microphone;
    this.#samples = new Float32Array(microphone.mostSamples);
  }

  get isFull() { return this.#count === this.#samples.length; }
  get recorded() { return this.#samples.subarray(0, this.#count); }

  append(block) {
    this.#samples.set(block, this.#count);
    this.#count += block.length;
    this.#frame ??= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = null;
    const seconds = this.#count / this.microphone.rate;
    byId("record-time").textContent = `${seconds.toFixed(1)} s`;
    byId("record-left").textContent = this.isFull ? "" : `${Math.ceil(longestSeconds - seconds)} s left`;
    this.#columns = drawWave(byId("record-wave"), [this.recorded], this.#samples.length, this.#columns);
  }

  /** Shows the whole, closes the microphone, and gives what it recorded as a file. */
  async finish() {
    this.microphone.port.onmessage = null;
    cancelAnimationFrame(this.#frame);
    this.#draw();
    drawWave(byId("record-wave"), [this.recorded]);
    byId("record-left").textContent = "";
    await this.microphone.close();
    return wave([this.recorded], this.microphone.rate);
  }
}

export function start() {
  const button = byId("record-button");
  const place = byId("record-result");
  const begin = latest();
  let take = null;
  let isOpening = false;
  let isCounting = false;
  let recorded = null;

  const showButton = (isCounting = false) => {
    button.textContent = take ? "Stop and recognise" : isCounting ? "Stop" : "Record";
    button.setAttribute("aria-pressed", String(Boolean(take)));
  };

  const stop = async () => {
    const signal = begin();
    const finished = take;
    take = null;
    showButton();
    const recording = recorded = await finished.finish();
    byId("record-save").hidden = false;
    const audio = byId("record-audio");
    URL.revokeObjectURL(audio.src);
    audio.src = URL.createObjectURL(recording);
    audio.hidden = false;
    try {
      showResult(place, await recognise("./api/predict", recording, signal));
    } catch (error) {
      if (!signal.aborted) showError(place, error);
    }
  };

  /** Counts down where that is wanted, so that nobody is surprised. */
  const countDown = async (signal) => {
    const place = byId("record-count");
    for (let left = byId("record-countdown").checked ? countFrom : 0; left > 0 && !signal.aborted; left -= 1) {
      place.hidden = false;
      place.textContent = String(left);
      showButton(true);
      await pause(1000, signal);
    }
    place.hidden = true;
  };

  const start = async () => {
    // What is still being recognised is of the take before.
    const signal = begin();
    place.replaceChildren();
    isOpening = true;
    try {
      const opened = new Take(await openMicrophone(longestSeconds, byId("record-raw").checked));
      opened.microphone.port.onmessage = ({ data }) => {
        opened.append(data);
        if (opened.isFull) stop();
      };
      opened.microphone.track.addEventListener("ended", () => { if (take === opened) stop(); });
      isOpening = false;
      isCounting = true;
      await countDown(signal);
      isCounting = false;
      if (signal.aborted) return await opened.microphone.close();
      take = opened;
      opened.microphone.begin();
      if (opened.microphone.track.readyState === "ended") stop();
      showButton();
    } catch (error) {
      showError(place, error);
    }
    isOpening = false;
  };

  byId("record-save").addEventListener("click", () => save("recording.wav", recorded));
  button.addEventListener("click", ({ detail }) => {
    // The second half of a double click means no more than the first.
    if (isOpening || detail > 1) return;
    if (isCounting) {
      begin();
      showButton();
    } else if (take) stop();
    else start();
  });
}
