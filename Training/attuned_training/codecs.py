"""Codecs that speech travels through: what a telephone, a headset or a voice message does to a word."""

import io

import numpy as np
import soundfile
import soxr

SAMPLE_RATE = 16_000

# Container, subtype, compression (0 light to 1 strong), sample rate.
CODECS = [
    ("OGG", "OPUS", 0.9, 16_000),
    ("OGG", "VORBIS", 0.9, 16_000),
    ("WAV", "ULAW", None, 8_000),
    ("WAV", "IMA_ADPCM", None, 16_000),
    ("WAV", "GSM610", None, 8_000),
    ("WAV", "GSM610", None, 16_000),
]


def through_a_codec(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """int16 at 16 kHz through one codec of the list and back, of the same length."""
    container, subtype, compression, rate = CODECS[rng.integers(len(CODECS))]
    source = samples.astype(np.float32) / 32768
    if rate != SAMPLE_RATE:
        source = soxr.resample(source, SAMPLE_RATE, rate)
    file = io.BytesIO()
    options = {} if compression is None else {"compression_level": compression}
    soundfile.write(file, source, rate, format=container, subtype=subtype, **options)
    file.seek(0)
    heard, _ = soundfile.read(file, dtype="float32")
    if rate != SAMPLE_RATE:
        heard = soxr.resample(heard, rate, SAMPLE_RATE)
    heard = np.pad(heard, (0, max(0, len(samples) - len(heard))))[: len(samples)]
    return np.clip(np.round(heard * 32768), -32768, 32767).astype(np.int16)
