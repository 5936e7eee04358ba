// Recordings that the service does not read and the browser plays, such as M4A and WebM.
import { Failure } from "../base/request.js";
import { wave } from "./wave.js";

/** What recordings are decoded to; the service listens at the same rate. */
const decodedRate = 16000;
/** Decoding takes memory, many times this much. */
const mostBytes = 100_000_000;
/** How files begin that the service reads as they are, and MPEG audio, which has no such letters. */
const beginnings = ["RIFF", "RIFX", "RF64", "riff", "FORM", "fLaC", "OggS", ".snd", "caff"];

/** The channels of a recording, at `decodedRate`. Throws if the browser cannot decode it. */
export async function decode(content) {
  const context = new OfflineAudioContext(1, 1, decodedRate);
  const decoded = await context.decodeAudioData(content);
  return Array.from({ length: decoded.numberOfChannels }, (_, channel) => decoded.getChannelData(channel));
}

function isReadByService(bytes) {
  const begins = (letters) => [...letters].every((letter, index) => bytes[index] === letter.charCodeAt(0));
  if (beginnings.some(begins)) return true;
  // A tag may stand before MPEG audio; its length has seven bits a byte.
  const start = begins("ID3") ? 10 + bytes.slice(6, 10).reduce((length, part) => length * 128 + part, 0) : 0;
  // Eleven bits are set; the layer, two bits, is 0 in AAC alone.
  return bytes[start] === 0xff && bytes[start + 1] >= 0xe0 && (bytes[start + 1] & 0x06) !== 0;
}

/**
 * What to send of a file: itself if the service reads such, else what the browser decodes of it, as WAV; itself again if
 * the browser cannot either, since the service says best what is wrong.
 *
 * Throws a Failure if the file cannot be read.
 */
export async function sendable(file) {
  if (file.size > mostBytes) return file;
  const content = await file.arrayBuffer().catch((error) => {
    throw new Failure(`${file.name} cannot be read. Is it a folder, or has it been moved?`, { cause: error });
  });
  if (isReadByService(new Uint8Array(content))) return file;
  const channels = await decode(content).catch(() => null);
  return channels ? wave(channels, decodedRate) : file;
}
