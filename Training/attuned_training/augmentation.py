"""Windows as the network will meet them: a clip among zeros, a word in noise, a word between words, a word half gone.

The label of a window is the word that is wholly inside it. A word of which less than half is inside is `_unknown_`, or
a stream would fire before a word has ended and again after it.
"""

from dataclasses import dataclass

import numpy as np
import torch

from .data import Cache, Clip
from .words import INDEX, SILENCE, UNKNOWN

SAMPLE_RATE = 16_000
FADE_SAMPLES = 80


@dataclass(frozen=True)
class Placement:
    """Where a piece lies in a window: `length` samples from its sample `source`, at window sample `target`."""

    target: int
    source: int
    length: int


def place(start: int, piece: int, window: int) -> Placement:
    """The visible part of a piece that begins at window sample `start`, which may be negative or beyond the end."""
    first, last = max(0, start), min(window, start + piece)
    return Placement(first, first - start, max(0, last - first))


def visible_fraction(start: int, piece: int, window: int) -> float:
    """How much of a piece is inside the window, 0 to 1."""
    return place(start, piece, window).length / piece


def partial_start(rng: np.random.Generator, piece: int, window: int, most: float = 0.42) -> int:
    """A start at which between 5 % and `most` of a piece is inside the window, at either edge."""
    inside = max(1, int(piece * rng.uniform(0.05, most)))
    return inside - piece if rng.random() < 0.5 else window - inside


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


def level(samples: np.ndarray) -> float:
    """Root mean square, never zero."""
    return float(np.sqrt(np.mean(np.square(samples)) + 1e-10)) if len(samples) else 1e-5


def decibels(value: float) -> np.float32:
    return np.float32(10 ** (value / 20))


class WindowMaker:
    """Makes labelled windows from training clips. One a process; every random choice comes from the given generator."""

    def __init__(self, cache: Cache, window_samples: int, lowest_snr: float = 0):
        self.cache = cache
        self.lowest_snr = lowest_snr
        self.window = window_samples
        self.words = cache.select("word", "train")
        self.speech = cache.select("speech", "train")
        self.noise = cache.select("noise", "train")
        self.coloured = self._coloured_noise(60 * SAMPLE_RATE)

    @staticmethod
    def _coloured_noise(length: int) -> list[np.ndarray]:
        """White, pink (1/f) and brown (1/f^2) noise of unit RMS."""
        white = np.fft.rfft(np.random.default_rng(0).standard_normal(length))
        frequency = np.maximum(np.arange(len(white)), 20 * length / SAMPLE_RATE)
        spectra = [white, white / np.sqrt(frequency), white / frequency]
        noises = [np.fft.irfft(spectrum, length) for spectrum in spectra]
        return [(noise / level(noise)).astype(np.float32) for noise in noises]

    def crop(self, rng: np.random.Generator, clips: list[Clip], length: int) -> np.ndarray:
        """A random part of a random clip, longer clips more often; short ones are repeated."""
        candidates = [clips[i] for i in rng.integers(len(clips), size=2)]
        clip = max(candidates, key=lambda clip: clip.length)
        if clip.length > length:
            return self.cache.samples(clip, int(rng.integers(clip.length - length)), length)
        return np.resize(self.cache.samples(clip), length)

    def signal_to_noise(self, rng: np.random.Generator) -> float:
        """A ratio in dB."""
        return rng.uniform(self.lowest_snr, self.lowest_snr + 30)

    def noise_crop(self, rng: np.random.Generator, length: int) -> np.ndarray:
        """Recorded noise, or in three of ten cases coloured noise; the level is arbitrary."""
        if not self.noise or rng.random() < 0.3:
            noise = self.coloured[rng.integers(len(self.coloured))]
            start = rng.integers(len(noise) - length)
            return noise[start : start + length].copy()
        return self.crop(rng, self.noise, length)

    def word_piece(self, rng: np.random.Generator, clip: Clip) -> tuple[np.ndarray, int, int, bool]:
        """A piece of a clip: its samples, the word's start and end in them, and whether it is the whole clip."""
        whole = rng.random() < 0.4 and clip.length <= self.window
        margin = rng.integers(0, SAMPLE_RATE // 10, size=2)
        first = 0 if whole else max(0, clip.span_start - int(margin[0]))
        last = clip.length if whole else min(clip.length, clip.span_end + int(margin[1]))
        samples = self.cache.samples(clip, first, last - first)
        start, end = clip.span_start - first, clip.span_end - first
        if rng.random() < 0.5:
            rate = rng.uniform(0.88, 1.12)
            samples, start, end = change_speed(samples, rate), int(start / rate), int(end / rate)
        return fade(samples), start, min(end, len(samples)), whole

    def side(self, rng: np.random.Generator, length: int, reference: float, before: bool) -> np.ndarray:
        """What stands before or after a word: running speech, or less than half of another word at the edge."""
        gap = int(rng.uniform(0.02, 0.2) * SAMPLE_RATE)
        out = np.zeros(length, np.float32)
        if length <= gap + SAMPLE_RATE // 10:
            return out
        if self.speech and rng.random() < 0.6:
            piece = fade(self.crop(rng, self.speech, length - gap))
        else:
            clip = self.words[rng.integers(len(self.words))]
            span = clip.span_end - clip.span_start
            inside = min(length - gap, int(span * rng.uniform(0.1, 0.45)))
            first = clip.span_end - inside if before else clip.span_start
            piece = fade(self.cache.samples(clip, first, inside))
        piece *= reference / level(piece) * decibels(rng.uniform(-8, 4))
        # The piece touches the window's edge if it is part of a word, and the gap is next to the target word.
        out[: len(piece)] = piece if before else 0
        if not before:
            out[length - len(piece) :] = piece
        return out

    def word(self, rng: np.random.Generator, clip: Clip, partial: bool) -> np.ndarray:
        """A window with the clip's word wholly inside; or, if `partial`, less than half of it."""
        samples, start, end, whole = self.word_piece(rng, clip)
        span, reference = end - start, level(samples[start:end])
        if partial:
            word_start = partial_start(rng, span, self.window)
        else:
            # A word longer than the window is centred; else the word (of a whole clip, the clip) lies anywhere inside.
            low, high = 0, self.window - span
            if whole and len(samples) <= self.window:
                low, high = start, self.window - len(samples) + start
            word_start = (self.window - span) // 2 if high <= low else int(rng.integers(low, high + 1))
        where = place(word_start - start, len(samples), self.window)
        out = np.zeros(self.window, np.float32)
        out[where.target : where.target + where.length] = samples[where.source : where.source + where.length]

        if rng.random() < (0.3 if whole else 0.5):
            before, after = where.target, self.window - where.target - where.length
            if rng.random() < 0.6:
                out[:before] += self.side(rng, before, reference, before=True)
            if rng.random() < 0.6:
                out[self.window - after :] += self.side(rng, after, reference, before=False)
        if rng.random() < 0.6:
            noise = self.noise_crop(rng, self.window)
            noise *= reference / level(noise) * decibels(-self.signal_to_noise(rng))
            if whole and rng.random() < 0.4:
                # A noisy recording placed among zeros, as `attune predict` does.
                out[where.target : where.target + where.length] += noise[: where.length]
            else:
                out += noise
        return self.gain(rng, out)

    def running_speech(self, rng: np.random.Generator) -> np.ndarray:
        """A window of running speech, or in three of ten cases a short piece of it with nothing around."""
        if rng.random() < 0.7:
            out = self.crop(rng, self.speech, self.window)
        else:
            piece = fade(self.crop(rng, self.speech, int(rng.uniform(0.25, 1.0) * SAMPLE_RATE)))
            where = place(int(rng.integers(self.window - len(piece))), len(piece), self.window)
            out = np.zeros(self.window, np.float32)
            out[where.target : where.target + where.length] = piece
        if rng.random() < 0.5:
            out = change_speed(np.resize(out, int(self.window * 1.15)), rng.uniform(0.88, 1.12))[: self.window]
        if rng.random() < 0.5:
            noise = self.noise_crop(rng, self.window)
            out += noise * (level(out) / level(noise) * decibels(-self.signal_to_noise(rng)))
        return self.gain(rng, out)

    def silence(self, rng: np.random.Generator) -> np.ndarray:
        """No word: digital silence, the hiss of an open microphone, or noise at any level."""
        kind = rng.random()
        if kind < 0.2:
            return np.zeros(self.window, np.float32)
        noise = self.noise_crop(rng, self.window)
        loudness = rng.uniform(-95, -60) if kind < 0.4 else rng.uniform(-60, -12)
        noise *= decibels(loudness) / level(noise)
        if rng.random() < 0.15:
            # Noise for part of the window only, as at the ends of a padded clip.
            cut = int(rng.integers(self.window))
            noise[:cut] = 0
        return np.clip(noise, -1, 1)

    @staticmethod
    def gain(rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
        """-20 to +6 dB, clipped at full scale as a sound card does."""
        return np.clip(samples * decibels(rng.uniform(-20, 6)), -1, 32767 / 32768)


@dataclass(frozen=True)
class Draw:
    """One window of an epoch: what to make it from, and its label."""

    kind: str  # word, partial, speech or silence
    clip: Clip | None
    label: int


def epoch_draws(rng: np.random.Generator, maker: WindowMaker, copies: dict[str, int]) -> list[Draw]:
    """One epoch, shuffled. `copies` says how often a label's natural clips are drawn; others once.

    One word draw in fourteen becomes a partial word. Running speech is an eighth and silence a thirtieth of the words.
    """
    draws = []
    for clip in maker.words:
        synthetic = clip.licence == "generated"
        for _ in range(1 if synthetic else copies.get(clip.label, 1)):
            if rng.random() < 1 / 14:
                draws.append(Draw("partial", clip, INDEX[UNKNOWN]))
            else:
                draws.append(Draw("word", clip, INDEX.get(clip.label, INDEX[UNKNOWN])))
    words = len(draws)
    draws += [Draw("speech", None, INDEX[UNKNOWN])] * (words // 8 if maker.speech else 0)
    draws += [Draw("silence", None, INDEX[SILENCE])] * (words // 30)
    return [draws[i] for i in rng.permutation(len(draws))]


def render(rng: np.random.Generator, maker: WindowMaker, draw: Draw) -> np.ndarray:
    """The samples of one draw, [window]."""
    if draw.kind == "speech":
        return maker.running_speech(rng)
    if draw.kind == "silence":
        return maker.silence(rng)
    return maker.word(rng, draw.clip, partial=draw.kind == "partial")


def colour(log_mel: torch.Tensor, generator: torch.Generator, log_floor: float) -> torch.Tensor:
    """Microphones and rooms, and SpecAugment, on log-mel energies [batch, frames, bands].

    A smooth equalisation of some 3 dB for half of the windows; a high or low cut for one in seven; for half of them up
    to two masks of up to 12 bands and two of up to 12 frames, filled with the window's mean. Digital silence stays so.
    """
    batch, frames, bands = log_mel.shape

    def chance(p: float) -> torch.Tensor:
        return torch.rand(batch, 1, generator=generator) < p

    knots = torch.randn(batch, 1, 6, generator=generator) * (3 / 4.343) * chance(0.5)[:, None]
    equaliser = torch.nn.functional.interpolate(knots, bands, mode="linear", align_corners=True)[:, 0]
    band = torch.arange(bands)[None]
    depth = torch.rand(batch, 1, generator=generator) * 6 + 2
    high_cut = torch.randint(bands // 2, bands, (batch, 1), generator=generator)
    low_cut = torch.randint(3, bands // 4, (batch, 1), generator=generator)
    equaliser = equaliser - depth * (chance(0.1) & (band > high_cut)) - depth * (chance(0.06) & (band < low_cut))
    floor = float(np.log(log_floor))
    coloured = torch.where(log_mel > floor, (log_mel + equaliser[:, None]).clamp_min(floor), log_mel)

    masked = chance(0.5)
    mean = coloured.mean(dim=(1, 2), keepdim=True)
    hidden = torch.zeros(batch, frames, bands, dtype=torch.bool)
    for _ in range(2):
        for size, axis in ((bands, 1), (frames, 2)):
            width = torch.randint(0, 13, (batch, 1), generator=generator)
            first = (torch.rand(batch, 1, generator=generator) * (size - width)).long()
            position = torch.arange(size)[None]
            hidden |= (masked & (position >= first) & (position < first + width)).unsqueeze(axis)
    return torch.where(hidden, mean, coloured)
