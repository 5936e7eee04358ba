// The tab Record: the browser's microphone, a waveform as it records, then a prediction.
import { byId, latest, predict, showError, showResult } from "./common.js";
import { drawWave } from "./draw.js";
import { openMicrophone } from "./microphone.js";
import { wave } from "./wave.js";

const longestSeconds = 10;

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
    byId("record-time").textContent = `${(this.#count / this.microphone.rate).toFixed(1)} s`;
    this.#columns = drawWave(byId("record-wave"), [this.recorded], this.#samples.length, this.#columns);
  }

  /** Shows the whole, closes the microphone, and gives what it recorded as a file. */
  async finish() {
    this.microphone.port.onmessage = null;
    cancelAnimationFrame(this.#frame);
    this.#draw();
    drawWave(byId("record-wave"), [this.recorded]);
    await this.microphone.close();
    return wave([this.recorded], this.microphone.rate);
  }
}

export function startRecord() {
  const button = byId("record-button");
  const place = byId("record-result");
  const begin = latest();
  let take = null;
  let isOpening = false;

  const showButton = () => {
    button.textContent = take ? "Stop and recognise" : "Record";
    button.setAttribute("aria-pressed", String(Boolean(take)));
  };

  const stop = async () => {
    const signal = begin();
    const finished = take;
    take = null;
    showButton();
    const recording = await finished.finish();
    const audio = byId("record-audio");
    URL.revokeObjectURL(audio.src);
    audio.src = URL.createObjectURL(recording);
    audio.hidden = false;
    try {
      showResult(place, await predict(recording, signal));
    } catch (error) {
      if (!signal.aborted) showError(place, error);
    }
  };

  const start = async () => {
    // What is still being recognised is of the take before.
    begin();
    place.replaceChildren();
    isOpening = true;
    try {
      const opened = new Take(await openMicrophone(longestSeconds));
      opened.microphone.port.onmessage = ({ data }) => {
        opened.append(data);
        if (opened.isFull) stop();
      };
      opened.microphone.track.addEventListener("ended", () => { if (take === opened) stop(); });
      take = opened;
      showButton();
    } catch (error) {
      showError(place, error);
    }
    isOpening = false;
  };

  button.addEventListener("click", ({ detail }) => {
    // The second half of a double click means no more than the first.
    if (isOpening || detail > 1) return;
    if (take) stop();
    else start();
  });
}
