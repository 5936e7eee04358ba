/** Channels of samples from -1 to 1, equally long, as a WAV file of 16 bits. */
export function wave(channels, rate) {
  const frameBytes = 2 * channels.length;
  const dataBytes = frameBytes * channels[0].length;
  const bytes = new DataView(new ArrayBuffer(44 + dataBytes));
  const text = (place, letters) => [...letters].forEach((letter, index) => bytes.setUint8(place + index, letter.charCodeAt(0)));
  text(0, "RIFF");
  bytes.setUint32(4, 36 + dataBytes, true);
  text(8, "WAVEfmt ");
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, channels.length, true);
  bytes.setUint32(24, rate, true);
  bytes.setUint32(28, frameBytes * rate, true);
  bytes.setUint16(32, frameBytes, true);
  bytes.setUint16(34, 16, true);
  text(36, "data");
  bytes.setUint32(40, dataBytes, true);
  for (const [channel, samples] of channels.entries()) {
    for (const [index, sample] of samples.entries()) {
      bytes.setInt16(44 + frameBytes * index + 2 * channel, Math.max(-1, Math.min(1, sample)) * 32767, true);
    }
  }
  return new Blob([bytes], { type: "audio/wav" });
}
