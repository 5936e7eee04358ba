"""What everybody hears: long streams of recordings, in pieces, and where in them what is said."""

import random
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

sys.path.insert(0, str(Path(__file__).parents[2] / "Training"))
from attuned_training.data import list_rows  # noqa: E402
from attuned_training.words import WAKE_WORDS, spoken_keywords  # noqa: E402

RATE = 16_000
PAUSE_SAMPLES = RATE
PIECE_SAMPLES = 600 * RATE
# Frames of 10, 32 and 80 ms end with a piece, so that nobody carries a part of one into the next.
FRAME_SAMPLES = 2560
FADE_SAMPLES = 800
# Root mean squares in the streams with noise; `attune evaluate --snr` uses the same for words.
NOISE_LEVEL = 10 ** (-40 / 20)
SIGNAL_TO_NOISE_DB = 10


@dataclass(frozen=True)
class Recording:
    """One row of a folder. `word` is the wake word that it says, "" for running speech and noise."""

    path: Path
    word: str
    is_noise: bool
    text: str


@dataclass(frozen=True)
class Passage:
    """A recording in a piece of a stream: samples `start` to `end` of the file `piece`."""

    piece: str
    start: int
    end: int
    recording: Recording

    @property
    def spoken(self) -> set[str]:
        """The wake words that are no false alarm here: what is said, by the label or by the transcript."""
        return {self.recording.word} if self.recording.word else spoken_keywords(self.recording.text)


def list_recordings(folder: Path, split: str, held_out: set[str], words: Iterable[str]) -> list[Recording]:
    """The wake words of a split, and the running speech and noise of a folder.

    Where `held_out` names any running speech or noise of the folder, only what it names is taken. Raises DataError if
    the folder cannot be used.
    """
    rows = list_rows(folder)
    background = [row for row in rows if row["label"] in ("", "_noise_")]
    chosen = [row for row in background if row["path"] in held_out] or background
    chosen += [row for row in rows if row["label"] in words and row["split"] == split]
    return [
        Recording(
            folder / row["path"],
            row["label"] if row["label"] in WAKE_WORDS else "",
            row["label"] == "_noise_",
            row.get("text") or "",
        )
        for row in chosen
    ]


def read(path: Path) -> np.ndarray:
    """Samples of one channel at 16 kHz, 1 being full scale. Raises soundfile.SoundFileError."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    samples = samples.mean(axis=1)
    if rate != RATE:
        divisor = gcd(RATE, rate)
        samples = resample_poly(samples, RATE // divisor, rate // divisor)
    return samples


def at_most(recordings: list[Recording], clips: int | None, hours: float | None) -> list[Recording]:
    """In an order that is random and always the same: so many clips of each word, so many hours each of speech and noise.

    The files of what is left are not looked at; one that cannot be read counts for nothing.
    """
    shuffled = sorted(recordings, key=lambda recording: str(recording.path))
    random.Random(1).shuffle(shuffled)
    used: dict[tuple[str, bool], float] = {}
    chosen = []
    for recording in shuffled:
        kind = (recording.word, recording.is_noise)
        limit = clips if recording.word else hours and hours * 3600
        if limit is not None and used.get(kind, 0) >= limit:
            continue
        try:
            used[kind] = used.get(kind, 0) + (1 if recording.word else soundfile.info(recording.path).duration)
        except soundfile.SoundFileError:
            pass
        chosen.append(recording)
    return chosen


def silence(count: int) -> np.ndarray:
    return np.zeros(count, np.float32)


def level(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def noise_bed(paths: list[Path], rng: np.random.Generator) -> Iterator[np.ndarray]:
    """For ever, file after file in random order, each with a root mean square of 1; white noise if none can be heard."""
    while True:
        heard = False
        for index in rng.permutation(len(paths)):
            samples = read(paths[index])
            if len(samples) < 4 * FADE_SAMPLES or level(samples) < 3.2e-4:
                continue
            fade = np.linspace(0, 1, FADE_SAMPLES, dtype=np.float32)
            samples[:FADE_SAMPLES] *= fade
            samples[-FADE_SAMPLES:] *= fade[::-1]
            heard = True
            yield samples / level(samples)
        if not heard:
            yield rng.standard_normal(RATE, dtype=np.float32)


class StreamWriter:
    """Writes one stream into `folder` as 16-bit WAV files of about ten minutes, with a second of silence around every
    recording; with `noise`, recordings have one level and the noise goes on under them and the pauses."""

    def __init__(self, folder: Path, name: str, noise: Iterator[np.ndarray] | None = None):
        self.folder, self.name, self.noise = folder, name, noise
        self.passages: list[Passage] = []
        self.files: list[Path] = []
        self.samples = 0
        self._spare_noise = silence(0)
        self._begin()

    def add(self, recording: Recording, samples: np.ndarray) -> None:
        """Raises OSError where the disk is full."""
        if self.noise and level(samples):
            samples = samples * (NOISE_LEVEL * 10 ** (SIGNAL_TO_NOISE_DB / 20) / level(samples))
        start = self._length
        self._append(samples)
        self.passages.append(Passage(str(self._path), start, self._length, recording))
        self._append(silence(PAUSE_SAMPLES))
        if self._length >= PIECE_SAMPLES:
            self.finish()

    def finish(self) -> None:
        """Writes what is left; nothing may be missing from the files afterwards."""
        if self._length == PAUSE_SAMPLES:
            return
        self._append(silence(-self._length % FRAME_SAMPLES))
        sound = np.concatenate(self._parts)
        if self.noise:
            sound += NOISE_LEVEL * self._next_noise(len(sound))
        pcm = np.clip(np.round(sound * 32768), -32768, 32767).astype(np.int16)
        soundfile.write(self._path, pcm, RATE, subtype="PCM_16")
        self.files.append(self._path)
        self.samples += len(pcm)
        self._begin()

    def _begin(self) -> None:
        self._path = self.folder / f"{self.name}-{len(self.files):03}.wav"
        self._parts, self._length = [], 0
        self._append(silence(PAUSE_SAMPLES))

    def _append(self, samples: np.ndarray) -> None:
        self._parts.append(samples)
        self._length += len(samples)

    def _next_noise(self, count: int) -> np.ndarray:
        while len(self._spare_noise) < count:
            self._spare_noise = np.concatenate([self._spare_noise, next(self.noise)])
        bed, self._spare_noise = self._spare_noise[:count], self._spare_noise[count:]
        return bed


@dataclass
class Streams:
    """The same recordings as they are, and with noise; without the noise itself in the second."""

    conditions: dict[str, list[Passage]]
    files: list[Path]
    seconds: float
    unreadable: list[str]


def write_streams(recordings: list[Recording], folder: Path, advance: Callable[[], None]) -> Streams:
    """Makes the streams in a folder; `advance` is called for every recording. What cannot be read is left out and listed."""
    unreadable: list[str] = []

    def readable(wanted: list[Recording]) -> Iterator[tuple[Recording, np.ndarray]]:
        for recording in wanted:
            advance()
            try:
                samples = read(recording.path)
            except soundfile.SoundFileError as error:
                unreadable.append(str(error))
                continue
            yield recording, samples

    noises, plain = [], StreamWriter(folder, "as-recorded")
    for recording, samples in readable([recording for recording in recordings if recording.is_noise]):
        noises.append(recording.path)
        plain.add(recording, samples)
    noisy = StreamWriter(folder, "in-noise", noise_bed(noises, np.random.default_rng(1)))
    for recording, samples in readable([recording for recording in recordings if not recording.is_noise]):
        plain.add(recording, samples)
        noisy.add(recording, samples)
    for stream in (plain, noisy):
        stream.finish()
    return Streams(
        {"as recorded": plain.passages, "at 10 dB": noisy.passages},
        plain.files + noisy.files,
        (plain.samples + noisy.samples) / RATE,
        unreadable,
    )
