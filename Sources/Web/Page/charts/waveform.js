// Waveforms on canvases.

/**
 * Draws samples from -1 to 1, all channels over each other, on a canvas whose width is `length` samples: the columns from
 * `first` on that they fill. Gives the next column.
 */
export function drawWave(canvas, channels, length = channels[0].length, first = 0) {
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  if (first === 0) context.clearRect(0, 0, width, height);
  context.fillStyle = getComputedStyle(canvas).getPropertyValue("--accent");
  const start = (column) => Math.floor((column * length) / width);
  let column = first;
  for (; column < width && start(column + 1) <= channels[0].length; column += 1) {
    let low = 0;
    let high = 0;
    for (const samples of channels) {
      for (let index = start(column); index < start(column + 1); index += 1) {
        low = Math.min(low, samples[index]);
        high = Math.max(high, samples[index]);
      }
    }
    context.fillRect(column, ((1 - high) * height) / 2, 1, Math.max(1, ((high - low) * height) / 2));
  }
  return column;
}
