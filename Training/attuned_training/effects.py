"""What rooms, microphones and machines do to samples. Every function takes and gives float32 in [-1, 1)."""

import numpy as np
from scipy import fft

from .rooms import BEFORE_SAMPLES

SAMPLE_RATE = 16_000
FADE_SAMPLES = 80


def level(samples: np.ndarray) -> float:
    """Root mean square, never zero."""
    return float(np.sqrt(np.mean(np.square(samples)) + 1e-10)) if len(samples) else 1e-5


def decibels(value: float) -> np.float32:
    """The factor on an amplitude."""
    return np.float32(10 ** (value / 20))


def fade(samples: np.ndarray, length: int = FADE_SAMPLES) -> np.ndarray:
    """Linear ramps at both ends, so that a cut is not a click. Works in place."""
    length = min(length, len(samples) // 2)
    ramp = np.linspace(0, 1, length, endpoint=False, dtype=np.float32)
    samples[:length] *= ramp
    samples[len(samples) - length :] *= ramp[::-1]
    return samples


def change_speed(samples: np.ndarray, rate: float) -> np.ndarray:
    """Plays `rate` times as fast, by linear interpolation; pitch moves with it."""
    positions = np.arange(int(len(samples) / rate)) * rate
    return np.interp(positions, np.arange(len(samples)), samples).astype(np.float32)


def reverberate(samples: np.ndarray, response: np.ndarray) -> np.ndarray:
    """In the room of an impulse response; of the same length, the direct sound where it was."""
    size = fft.next_fast_len(len(samples) + len(response), real=True)
    spectrum = fft.rfft(samples, size) * fft.rfft(response, size)
    return fft.irfft(spectrum, size)[BEFORE_SAMPLES : BEFORE_SAMPLES + len(samples)].astype(np.float32)


def overdrive(samples: np.ndarray, part: float) -> np.ndarray:
    """Clipped at a part of its peak."""
    limit = part * np.abs(samples).max(initial=1e-5)
    return np.clip(samples, -limit, limit)


def through_a_microphone(samples: np.ndarray, low_cut: float, high_cut: float, order: int) -> np.ndarray:
    """What a covered or a thin microphone leaves, at the level it had: Butterworth's magnitudes, without a delay.

    Cut-off frequencies in hertz; 6 dB an octave for each `order` beyond them.
    """
    size = fft.next_fast_len(len(samples), real=True)
    frequency = fft.rfftfreq(size, 1 / SAMPLE_RATE)
    below = (low_cut / np.maximum(frequency, 1)) ** (2 * order)
    response = 1 / np.sqrt((1 + below) * (1 + (frequency / high_cut) ** (2 * order)))
    heard = fft.irfft(fft.rfft(samples, size) * response.astype(np.float32), size)[: len(samples)]
    return (heard * (level(samples) / level(heard))).astype(np.float32)


def coloured_noises(length: int) -> list[np.ndarray]:
    """White, pink (1/f) and brown (1/f^2) noise of unit RMS."""
    white = np.fft.rfft(np.random.default_rng(0).standard_normal(length))
    frequency = np.maximum(np.arange(len(white)), 20 * length / SAMPLE_RATE)
    noises = [np.fft.irfft(spectrum, length) for spectrum in (white, white / np.sqrt(frequency), white / frequency)]
    return [(noise / level(noise)).astype(np.float32) for noise in noises]


def calls(rng: np.random.Generator, length: int) -> np.ndarray:
    """One to four cries, barks, chirps or beeps: harmonics of a gliding pitch, with a resonance, rising and dying away.

    Nobody recorded them: they stand for animals and machines of which there is no recording.
    """
    out = np.zeros(length, np.float32)
    sounds, highest = int(rng.integers(1, 5)), rng.uniform(0.2, 1)
    pitch, resonance = 2 ** rng.uniform(6.3, 11), 2 ** rng.uniform(8.5, 12)
    for _ in range(sounds):
        size = int(rng.uniform(0.05, 0.7) * SAMPLE_RATE)
        seconds = np.arange(size) / SAMPLE_RATE
        bends = np.interp(seconds, np.linspace(0, seconds[-1], 4), rng.normal(0, 0.25, 4))
        hertz = pitch * 2 ** (bends + rng.uniform(0, 0.05) * np.sin(2 * np.pi * rng.uniform(4, 40) * seconds))
        phase = 2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE
        orders = np.arange(1, max(2, int(min(30, 7000 / hertz.max()))))
        gains = orders ** -rng.uniform(0.3, 2) / (1 + (np.log2(orders * pitch / resonance) / rng.uniform(0.3, 2)) ** 2)
        sound = (gains[:, None] * np.sin(orders[:, None] * phase)).sum(0) + rng.uniform(0, 0.5) * rng.standard_normal(size)
        rise = rng.uniform(0.02, 0.5)
        sound *= np.interp(np.linspace(0, 1, size), [0, rise, 1], [0, 1, 0]) ** rng.uniform(0.5, 2)
        first = int(rng.integers(length - size)) if size < length else 0
        out[first : first + size] += (sound * rng.uniform(highest / 4, highest) / level(sound))[: length - first]
    return out
