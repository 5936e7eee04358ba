// The browser's microphone.
import { Failure } from "../base/request.js";

const reasons = {
  NotAllowedError: "The browser was not allowed to use the microphone. Allow it for this page and try again.",
  NotFoundError: "The browser found no microphone. Connect one and try again.",
  NotReadableError: "The microphone does not open. Close other programs that use it and try again.",
};

/**
 * Opens the microphone: from `begin` on blocks of samples come to `port`, mono, `rate` a second, `mostSeconds` of them at most; `track`
 * ends if the microphone is taken away. Until `close` it is open. Raw, it is what the daemon's own microphone would give: browsers
 * otherwise cancel echoes, suppress noise and control the gain, which changes words.
 *
 * Throws a Failure, and leaves nothing open.
 */
export async function openMicrophone(mostSeconds, isRaw) {
  if (!navigator.mediaDevices) {
    throw new Failure("Browsers give the microphone only to pages from this machine or over HTTPS.");
  }
  let context;
  let track;
  const close = async () => {
    track?.stop();
    await context?.close();
  };
  try {
    context = new AudioContext();
    // Ready before the microphone is, so that nothing is lost of what is said at once.
    await context.audioWorklet.addModule(new URL("./recorder.js", import.meta.url));
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: !isRaw, noiseSuppression: !isRaw, autoGainControl: !isRaw },
    });
    [track] = stream.getAudioTracks();
    const mostSamples = Math.round(mostSeconds * context.sampleRate);
    const recorder = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0, processorOptions: { mostSamples } });
    context.createMediaStreamSource(stream).connect(recorder);
    const begin = () => recorder.port.postMessage("begin");
    return { begin, port: recorder.port, rate: context.sampleRate, track, mostSamples, close };
  } catch (error) {
    await close();
    throw new Failure(reasons[error.name] ?? "The browser cannot record. Reload this page and try again.", { cause: error });
  }
}
