// Runs beside the audio thread of the browser: hands the samples to the page, in blocks that a slow one can take.
const blockSamples = 1024;

class Recorder extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.left = processorOptions.mostSamples;
    this.isRecording = false;
    this.port.onmessage = () => { this.isRecording = true; };
    this.begin();
  }

  begin() {
    this.block = new Float32Array(Math.min(blockSamples, this.left));
    this.filled = 0;
  }

  process([[samples]]) {
    let rest = (this.isRecording && samples) || [];
    while (rest.length && this.left) {
      const taken = rest.subarray(0, this.block.length - this.filled);
      rest = rest.subarray(taken.length);
      this.block.set(taken, this.filled);
      this.filled += taken.length;
      if (this.filled < this.block.length) break;
      this.left -= this.filled;
      this.port.postMessage(this.block, [this.block.buffer]);
      this.begin();
    }
    return this.left > 0;
  }
}

registerProcessor("recorder", Recorder);
