"""Recordings of any kind to 16 kHz mono, what is wrong with them, and where the word is in each.

What is decoded is journalled, so that a killed `prepare` goes on where it stopped.
"""

import csv
import os
import signal
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import soundfile
import soxr
from tqdm import tqdm

from .codecs import through_a_codec
from .data import Clip, DataError

SAMPLE_RATE = 16_000
NEARLY_SILENT = 100  # of 32,768, or -50 dBFS: the highest peak of a clip in which nothing is heard
CLIPPED_PART = 0.01  # of the samples at full scale


def read(path: str) -> np.ndarray:
    """A clip as 16 kHz mono int16; channels are mixed, so that none cancels another."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise DataError(f"cannot read {path}: {error}") from error
    samples = mixed(samples)
    if rate != SAMPLE_RATE:
        samples = soxr.resample(samples, rate, SAMPLE_RATE)
    return np.clip(np.round(samples * 32768), -32768, 32767).astype(np.int16)


def mixed(channels: np.ndarray) -> np.ndarray:
    """The mean of the columns, where those that are opposite to the others are turned over, as `ChannelMix` of the daemon does."""
    signs = np.ones(channels.shape[1], dtype=np.float32)
    if len(signs) == 1 or not len(channels):
        return channels.mean(axis=1)
    covariance = np.cov(channels, rowvar=False, ddof=0)
    own = covariance.diagonal()
    for _ in signs:
        common = signs * (covariance @ signs) - own
        others = (signs @ covariance @ signs) - own - 2 * common
        correlation = common / np.sqrt(np.maximum(own * others, 1e-20))
        if correlation.min() >= -0.5:
            break
        signs[correlation.argmin()] *= -1
    return (channels * signs).mean(axis=1)


def active_span(samples: np.ndarray) -> tuple[int, int]:
    """Where the word is in a clip: the loud part around its peak, in samples, 50 ms added at both ends.

    Frames of 10 ms count as loud over the higher of 32 dB under the peak and 8 dB over the clip's floor; pauses up to
    250 ms belong to the word. A clip without such contrast is all span.
    """
    frame = SAMPLE_RATE // 100
    count = len(samples) // frame
    if count < 3:
        return 0, len(samples)
    energy = (samples[: count * frame].astype(np.float32).reshape(count, frame) / 32768) ** 2
    level_db = 10 * np.log10(np.convolve(energy.mean(axis=1), np.ones(3) / 3, "same") + 1e-10)
    floor_db, peak_db = np.percentile(level_db, 10), level_db.max()
    if peak_db - floor_db < 15:
        return 0, len(samples)
    loud = np.flatnonzero(level_db > max(peak_db - 32, floor_db + 8))
    runs = np.split(loud, np.flatnonzero(np.diff(loud) > 25) + 1)
    peak = level_db.argmax()
    run = next(run for run in runs if run[0] <= peak <= run[-1])
    return max(0, (run[0] - 5) * frame), min(len(samples), (run[-1] + 6) * frame)


@dataclass(frozen=True)
class BadClip:
    """A clip with something wrong; `action` is `left out` or `kept`."""

    path: str
    reason: str
    action: str


def examine(clip: Clip, samples: np.ndarray) -> BadClip | None:
    """What is wrong with a decoded clip, if anything. Recordings that results are measured on are always kept."""
    if not len(samples):
        return BadClip(clip.path, "empty", "left out")
    if clip.kind != "word":
        return None
    magnitude = np.abs(samples.astype(np.int32))
    if magnitude.max() < NEARLY_SILENT:
        return BadClip(clip.path, "nearly silent", "left out" if clip.split == "train" else "kept")
    if (magnitude >= 32_700).mean() > CLIPPED_PART:
        return BadClip(clip.path, "clipped", "kept")
    return None


def _decode(numbered: tuple[int, Clip], codecs: bool) -> tuple[np.ndarray | None, np.ndarray | None, str]:
    """The samples of a clip, the same after a codec if it is a training word and `codecs`, and what failed."""
    number, clip = numbered
    try:
        samples = read(clip.path)
    except DataError as error:
        return None, None, " ".join(str(error).split())
    if codecs and clip.kind == "word" and clip.split == "train" and len(samples):
        return samples, through_a_codec(samples, np.random.default_rng(number)), ""
    return samples, None, ""


JOURNAL = "decoded.csv"
JOURNAL_CLIPS = 256  # decoded between two writes of the journal


def read_journal(file: Path) -> list[list[str]]:
    """Rows of (length, span start, span end, reason, action) for the clips decoded so far; cuts off a broken last line."""
    if not file.exists():
        return []
    whole = file.read_bytes().rpartition(b"\n")[:2]
    os.truncate(file, len(b"".join(whole)))
    return list(csv.reader(whole[0].decode().splitlines()))


def accept(clip: Clip, row: list, start: int, bad: list[BadClip]) -> bool:
    """Enters a journal row: the clip's place, or what is wrong with it. Returns whether the clip is kept."""
    length, span_start, span_end, reason, action = row
    if reason:
        bad.append(BadClip(clip.path, reason, action))
    clip.start, clip.length, clip.span_start, clip.span_end = start, int(length), int(span_start), int(span_end)
    return action != "left out"


def journal_row(clip: Clip, samples: np.ndarray | None, error: str) -> list:
    found = BadClip(clip.path, error, "left out") if samples is None else examine(clip, samples)
    reason, action = (found.reason, found.action) if found else ("", "")
    if action == "left out":
        return [0, 0, 0, reason, action]
    return [len(samples), *(active_span(samples) if clip.kind == "word" else (0, len(samples))), reason, action]


def decode(clips: list[Clip], folder: Path, processes: int, codecs: bool = True) -> tuple[list[Clip], list[BadClip]]:
    """Writes the samples of clips one after another; returns those that are kept, with their places, and the bad."""
    kept, bad, start = [], [], 0
    done = read_journal(folder / JOURNAL)
    for clip, row in zip(clips, done):
        if accept(clip, row, start, bad):
            kept.append(clip)
            start += clip.length
    left = clips[len(done) :]
    flags = os.O_RDWR | os.O_CREAT
    with (
        os.fdopen(os.open(folder / "samples.int16", flags, 0o644), "r+b") as plain,
        os.fdopen(os.open(folder / "coded.int16", flags, 0o644), "r+b") as coded,
        (folder / JOURNAL).open("a", newline="") as journal,
        Pool(processes, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool,  # the parent is interrupted, and says so
    ):
        rows = csv.writer(journal)
        for file in (plain, coded):
            file.truncate(2 * start)
            file.seek(0, os.SEEK_END)
        decoded = pool.imap(partial(_decode, codecs=codecs), enumerate(left, len(done)), chunksize=32)
        bar = tqdm(decoded, total=len(clips), initial=len(done), desc="prepare", unit="clip")
        pending = []
        for clip, (samples, after_codec, error) in zip(left, bar):
            pending.append(journal_row(clip, samples, error))
            if accept(clip, pending[-1], start, bad):
                plain.write(samples.tobytes())
                if after_codec is None:
                    coded.seek(samples.nbytes, os.SEEK_CUR)
                else:
                    coded.write(after_codec.tobytes())
                kept.append(clip)
                start += clip.length
            if len(pending) == JOURNAL_CLIPS:
                plain.flush()
                coded.flush()
                rows.writerows(pending)
                journal.flush()
                pending = []
        coded.truncate(2 * start)
    return kept, bad
