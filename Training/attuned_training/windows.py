"""Windows as the network will meet them: a clip among zeros, a word in noise, a word between words, a word half gone.

The target of a window is the word that is wholly inside it. A word of which less than half is inside is `_unknown_`, or
a stream would fire before a word has ended and again after it.
"""

from dataclasses import dataclass

import numpy as np

from .cache import Cache
from .data import Clip
from .effects import (
    SAMPLE_RATE,
    change_speed,
    calls,
    coloured_noises,
    decibels,
    fade,
    level,
    overdrive,
    reverberate,
    through_a_microphone,
)
from .words import INDEX, SILENCE, UNKNOWN, WORDS



@dataclass(frozen=True)
class Augmentation:
    """How much is done to training windows. Each is a probability unless its name says otherwise."""

    noise: float = 0.65
    lowest_snr: float = -6  # dB; noise is mixed in at a ratio between these two
    highest_snr: float = 26
    rooms: float = 0.3
    speed: float = 0.5
    codecs: float = 0.15
    microphones: float = 0.3  # covered or thin ones
    overdrive: float = 0.05
    noises: float = 0.6  # noise at another speed, backwards, two at a time, or calls that nobody has recorded
    neighbours: float = 0.5  # running speech or parts of words before and after
    masks: float = 0.7
    voices: float = 0.5  # a vocal tract of another length


@dataclass(frozen=True)
class Draw:
    """One window of an epoch: what to make it from. A hard negative begins at sample `start` of its clip."""

    kind: str  # word, partial, speech, hard or silence
    clip: Clip | None = None
    start: int = 0


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


def allowed(words: set[str]) -> np.ndarray:
    """The outputs that are right for a window; [words], bool."""
    row = np.zeros(len(WORDS), bool)
    row[[INDEX[word] for word in words]] = True
    return row


class WindowMaker:
    """Makes windows from training clips. One a process; every random choice comes from the given generator."""

    def __init__(self, cache: Cache, window_samples: int, augmentation: Augmentation = Augmentation()):
        self.cache, self.window, self.augmentation = cache, window_samples, augmentation
        self.words = cache.select("word", "train")
        self.speech = cache.select("speech", "train")
        self.plain_speech = [clip for clip in self.speech if not clip.may_contain]
        self.noise = cache.select("noise", "train")
        self.coloured = coloured_noises(60 * SAMPLE_RATE)

    def render(self, rng: np.random.Generator, draw: Draw) -> tuple[np.ndarray, np.ndarray]:
        """The samples of one draw [window], and which outputs are right for it [words]."""
        if draw.kind == "silence":
            return self.silence(rng), allowed({SILENCE})
        if draw.kind in ("speech", "hard"):
            clip = draw.clip or self.longer(rng, self.speech)
            return self.running_speech(rng, clip, draw), allowed({UNKNOWN, SILENCE} | clip.may_contain)
        label = draw.clip.label if draw.kind == "word" and draw.clip.label in INDEX else UNKNOWN
        return self.word(rng, draw.clip, partial=draw.kind == "partial"), allowed({label})

    def longer(self, rng: np.random.Generator, clips: list[Clip]) -> Clip:
        """The longer of two random clips."""
        return max((clips[i] for i in rng.integers(len(clips), size=2)), key=lambda clip: clip.length)

    def crop(self, rng: np.random.Generator, clip: Clip, length: int) -> np.ndarray:
        """A random part of a clip; a short clip is repeated."""
        if clip.length > length:
            return self.cache.samples(clip, int(rng.integers(clip.length - length)), length)
        return np.resize(self.cache.samples(clip), length)

    def noise_crop(self, rng: np.random.Generator, length: int) -> tuple[np.ndarray, float]:
        """Noise of any level, and the lowest ratio in dB at which a word can still be the one that is meant.

        Recorded noise, coloured noise, the babble of several voices, or one voice as from a television.
        """
        kind = rng.random()
        if self.plain_speech and kind < 0.22:
            voices = 1 if kind < 0.1 else int(rng.integers(3, 7))
            crops = [self.crop(rng, self.longer(rng, self.plain_speech), length) for _ in range(voices)]
            return sum(crop / level(crop) for crop in crops), (4 if voices == 1 else self.augmentation.lowest_snr)
        if not self.noise or kind < 0.45:
            noise = self.coloured[rng.integers(len(self.coloured))]
            start = rng.integers(len(noise) - length)
            return noise[start : start + length].copy(), self.augmentation.lowest_snr
        return self.recorded_noise(rng, length), self.augmentation.lowest_snr

    def recorded_noise(self, rng: np.random.Generator, length: int) -> np.ndarray:
        """Part of a recording of noise, or of a noise that might have been: there are few recordings."""
        if rng.random() >= self.augmentation.noises:
            return self.crop(rng, self.longer(rng, self.noise), length)
        if rng.random() < 0.2:
            return calls(rng, length)
        rate = 2 ** rng.uniform(-0.8, 0.8)
        out = change_speed(self.crop(rng, self.longer(rng, self.noise), int(length * rate) + 2), rate)[:length]
        if rng.random() < 0.4:
            out = out[::-1].copy()
        if rng.random() < 0.4:
            other = self.crop(rng, self.longer(rng, self.noise), length)
            out += other * (level(out) / level(other) * decibels(rng.uniform(-12, 0)))
        return out

    def word_piece(self, rng: np.random.Generator, clip: Clip) -> tuple[np.ndarray, int, int, bool]:
        """A piece of a clip: its samples, the word's start and end in them, and whether it is the whole clip.

        A whole clip is a recording of its own: its room ends where it ends, often in the middle of a word.
        """
        whole = rng.random() < 0.5 and clip.length <= self.window
        margin = rng.integers(0, SAMPLE_RATE // 10, size=2)
        first = 0 if whole else max(0, clip.span_start - int(margin[0]))
        last = clip.length if whole else min(clip.length, clip.span_end + int(margin[1]))
        coded = rng.random() < self.augmentation.codecs
        samples = self.cache.samples(clip, first, last - first, coded)
        start, end = clip.span_start - first, clip.span_end - first
        if rng.random() < self.augmentation.speed:
            rate = rng.uniform(0.85, 1.18)
            samples, start, end = change_speed(samples, rate), int(start / rate), int(end / rate)
        if rng.random() < self.augmentation.overdrive:
            samples = overdrive(samples, rng.uniform(0.15, 0.6))
        samples = self.microphone(rng, samples)
        if whole:
            samples = self.in_a_room(rng, samples)
        return fade(samples), start, min(end, len(samples)), whole

    def side(self, rng: np.random.Generator, length: int, reference: float, before: bool) -> np.ndarray:
        """What stands before or after a word: running speech, or less than half of another word at the edge."""
        gap = int(rng.uniform(0.02, 0.2) * SAMPLE_RATE)
        out = np.zeros(length, np.float32)
        if length <= gap + SAMPLE_RATE // 10:
            return out
        if self.plain_speech and rng.random() < 0.6:
            piece = fade(self.crop(rng, self.longer(rng, self.plain_speech), length - gap))
        else:
            clip = self.words[rng.integers(len(self.words))]
            span = clip.span_end - clip.span_start
            inside = min(length - gap, int(span * rng.uniform(0.1, 0.45)))
            first = clip.span_end - inside if before else clip.span_start
            piece = fade(self.cache.samples(clip, first, inside))
        piece *= reference / level(piece) * decibels(rng.uniform(-8, 4))
        # The piece touches the window's edge if it is part of a word, and the gap is next to the target word.
        if before:
            out[: len(piece)] = piece
        else:
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

        if rng.random() < self.augmentation.neighbours * (0.5 if whole else 1):
            before, after = where.target, self.window - where.target - where.length
            if rng.random() < 0.6:
                out[:before] += self.side(rng, before, reference, before=True)
            if rng.random() < 0.6:
                out[self.window - after :] += self.side(rng, after, reference, before=False)
        if not whole:
            out = self.in_a_room(rng, out)
        if rng.random() < self.augmentation.noise:
            noise = self.noise_at(rng, reference)
            if whole and rng.random() < 0.6:
                # A noisy recording placed among zeros, as `attune predict` does.
                out[where.target : where.target + where.length] += noise[: where.length]
            else:
                out += noise
        return self.gain(rng, out)

    def microphone(self, rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
        """Through a microphone that is covered or thin, with noise of its own, or as it is; of the same level."""
        if rng.random() >= self.augmentation.microphones:
            return samples
        low_cut = 30 if rng.random() < 0.6 else 10 ** rng.uniform(2, 2.9)
        heard = through_a_microphone(samples, low_cut, 10 ** rng.uniform(2.4, 3.6), int(rng.integers(1, 4)))
        colour = self.coloured[rng.integers(len(self.coloured))]
        start = rng.integers(len(colour) - len(heard))
        return heard + colour[start : start + len(heard)] * (level(heard) * decibels(-rng.uniform(28, 55)))

    def in_a_room(self, rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
        """In a simulated room, or as it is; of about the same level."""
        if not len(self.cache.rooms) or rng.random() >= self.augmentation.rooms:
            return samples
        return reverberate(samples, self.cache.rooms[rng.integers(len(self.cache.rooms))])

    def noise_at(self, rng: np.random.Generator, reference: float) -> np.ndarray:
        """Noise at a random ratio under the RMS level `reference`; [window]."""
        noise, lowest = self.noise_crop(rng, self.window)
        return noise * (reference / level(noise) * decibels(-rng.uniform(lowest, self.augmentation.highest_snr)))

    def running_speech(self, rng: np.random.Generator, clip: Clip, draw: Draw) -> np.ndarray:
        """A window of running speech: near a hard negative's start, anywhere, or a short piece with nothing around."""
        wanted = int(self.window * 1.2)
        if draw.kind == "hard":
            start = draw.start + int(rng.integers(-SAMPLE_RATE // 4, SAMPLE_RATE // 4))
            start = min(max(0, start), max(0, clip.length - self.window))
            out = np.resize(self.cache.samples(clip, start, min(wanted, clip.length - start)), wanted)
        elif rng.random() < 0.75:
            out = self.crop(rng, clip, wanted)
        else:
            piece = fade(self.crop(rng, clip, int(rng.uniform(0.25, 1.0) * SAMPLE_RATE)))
            where = place(int(rng.integers(self.window - len(piece))), len(piece), self.window)
            out = np.zeros(wanted, np.float32)
            out[where.target : where.target + where.length] = piece
        if rng.random() < self.augmentation.speed:
            out = change_speed(out, rng.uniform(0.85, 1.18))
        out = self.in_a_room(rng, self.microphone(rng, out[: self.window]))
        if rng.random() < self.augmentation.noise:
            out = out + self.noise_at(rng, level(out))
        return self.gain(rng, out)

    def silence(self, rng: np.random.Generator) -> np.ndarray:
        """Noise of any level without a word; a fifth is digital zeros."""
        kind = rng.random()
        if kind < 0.2:
            return np.zeros(self.window, np.float32)
        if self.noise and rng.random() < 0.7:
            noise = self.in_a_room(rng, self.microphone(rng, self.recorded_noise(rng, self.window)))
        else:
            colour = self.coloured[rng.integers(len(self.coloured))]
            noise = colour[: self.window].copy()
        loudness = rng.uniform(-95, -60) if kind < 0.35 else rng.uniform(-60, -12)
        noise *= decibels(loudness) / level(noise)
        if rng.random() < 0.4:
            # A recording among zeros, as `attune predict` hears it.
            length = int(rng.uniform(0.3, 1.2) * SAMPLE_RATE)
            first = int(rng.integers(self.window - length))
            noise[:first] = 0
            noise[first + length :] = 0
        return np.clip(noise, -1, 1)

    @staticmethod
    def gain(rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
        """-24 to +8 dB, clipped at full scale as a sound card does."""
        return np.clip(samples * decibels(rng.uniform(-24, 8)), -1, 32767 / 32768)
