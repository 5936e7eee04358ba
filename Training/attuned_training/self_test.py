"""The clip that the daemon hears when it is asked to test itself."""

import io
import wave
from dataclasses import dataclass

import numpy as np

from .cache import Cache
from .effects import SAMPLE_RATE
from .evaluation import stream_posteriors
from .front_end import MFCC
from .network import KeywordNetwork
from .words import INDEX, KEYWORDS, WAKE_WORDS

CANDIDATES = 40
LONGEST_SECONDS = 3


@dataclass(frozen=True)
class SelfTest:
    """A word and a recording of it, a WAV file: 16 kHz, mono, 16 bits."""

    word: str
    recording: bytes


def best_heard(cache: Cache, mfcc: MFCC, network: KeywordNetwork, temperature: float) -> SelfTest | None:
    """The synthetic voice of a wake word, or else of another word, that the network is surest of; None without any.

    Synthetic, so that a model can be given away with it.
    """
    for word in [*WAKE_WORDS, *(word for word in KEYWORDS if word not in WAKE_WORDS)]:
        clips = [
            clip
            for clip in cache.clips
            if clip.label == word and clip.synthetic and clip.length <= LONGEST_SECONDS * SAMPLE_RATE
        ][:CANDIDATES]
        if clips:
            sounds = [cache.samples(clip) for clip in clips]
            scores = [stream_posteriors(mfcc, network, sound, temperature)[:, INDEX[word]].max() for sound in sounds]
            return SelfTest(word, wav(sounds[int(np.argmax(scores))]))
    return None


def wav(samples: np.ndarray) -> bytes:
    """A WAV file of float samples."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(np.clip(np.round(samples * 32768), -32768, 32767).astype("<i2").tobytes())
    return file.getvalue()
