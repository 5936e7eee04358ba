"""Labelled folders to one cache of 16-bit samples, read once so that an epoch decodes nothing.

A folder has the Speech Commands layout (one folder a word, optional `_background_noise_`), or a `manifest.csv` with
`path, label, split, source, licence, text`, where the label `_noise_` marks noise and an empty one running speech.
"""

import csv
import hashlib
import re
from dataclasses import asdict, dataclass, fields
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import soundfile
import soxr
from tqdm import tqdm

from .words import contains_keyword

SAMPLE_RATE = 16_000
AUDIO = {".wav", ".flac", ".opus", ".ogg", ".mp3"}
HELD_OUT_PERCENT = 20


class DataError(Exception):
    """A folder or clip that cannot be used; says which and what to do."""


@dataclass
class Clip:
    """One recording in the cache. `start`, `length` and the span are in samples; the span is relative to `start`."""

    path: str
    label: str
    kind: str  # word, speech or noise
    split: str  # train, validation, test, or held_out for the running speech that thresholds are fitted on
    source: str
    licence: str
    text: str = ""
    start: int = 0
    length: int = 0
    span_start: int = 0
    span_end: int = 0

    @property
    def masked(self) -> bool:
        """Whether it is running speech whose transcript contains a keyword."""
        return self.kind == "speech" and contains_keyword(self.text)


def official_split(name: str) -> str:
    """The split of a Speech Commands file name, by the SHA-1 of what stands before `_nohash_`, as a percentage.

    Source: `which_set` in the README of the data set; 10 % validation, 10 % test.
    """
    speaker = re.sub(r"_nohash_.*$", "", name)
    percent = int(hashlib.sha1(speaker.encode()).hexdigest(), 16) % 2**27 * 100 / (2**27 - 1)
    return "validation" if percent < 10 else "test" if percent < 20 else "train"


def held_out(path: str) -> bool:
    """Whether running speech is kept from training, by a hash of its file name."""
    return int(hashlib.sha1(Path(path).name.encode()).hexdigest(), 16) % 100 < HELD_OUT_PERCENT


def list_clips(folder: Path) -> list[Clip]:
    """Every clip of a folder, by its `manifest.csv` or else by folder names."""
    if not folder.is_dir():
        raise DataError(f"no such folder: {folder}")
    manifest = folder / "manifest.csv"
    if manifest.exists():
        with manifest.open(newline="") as file:
            rows = list(csv.DictReader(file))
        needed = {"path", "label", "split"}
        if rows and not needed <= set(rows[0]):
            raise DataError(f"{manifest} lacks the columns {', '.join(sorted(needed - set(rows[0])))}")
    else:
        files = sorted(file for file in folder.glob("*/*") if file.suffix.lower() in AUDIO)
        rows = [
            {
                "path": str(file.relative_to(folder)),
                "label": "_noise_" if file.parent.name == "_background_noise_" else file.parent.name,
                "split": "train" if file.parent.name == "_background_noise_" else official_split(file.stem),
            }
            for file in files
        ]
    if not rows:
        raise DataError(f"no clips in {folder}: it needs a manifest.csv, or one folder a word with audio files in it")
    clips = []
    for row in rows:
        kind = {"_noise_": "noise", "": "speech"}.get(row["label"], "word")
        split = "held_out" if kind == "speech" and held_out(row["path"]) else row["split"]
        source, licence = row.get("source") or folder.name, row.get("licence") or "unknown"
        path = str(folder / row["path"])
        clips.append(Clip(path, row["label"], kind, split, source, licence, row.get("text") or ""))
    return clips


def read(path: str) -> np.ndarray:
    """A clip as 16 kHz mono int16; channels are mixed."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise DataError(f"cannot read {path}: {error}") from error
    samples = samples.mean(axis=1)
    if rate != SAMPLE_RATE:
        samples = soxr.resample(samples, rate, SAMPLE_RATE)
    return np.clip(np.round(samples * 32768), -32768, 32767).astype(np.int16)


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


def _decode(path: str) -> tuple[np.ndarray | None, str]:
    try:
        return read(path), ""
    except DataError as error:
        return None, str(error)


def prepare(folders: list[Path], cache: Path, processes: int = 2) -> list[Clip]:
    """Decodes every clip into `<cache>/samples.int16` and lists them in `<cache>/clips.csv`.

    Unreadable clips, and training words under -60 dBFS at their loudest, are left out and named on standard output.
    """
    clips = [clip for folder in folders for clip in list_clips(folder) if clip.split != "test"]
    cache.mkdir(parents=True, exist_ok=True)
    kept, start = [], 0
    with (cache / "samples.int16").open("wb") as file, Pool(processes) as pool:
        decoded = pool.imap(_decode, [clip.path for clip in clips], chunksize=64)
        for clip, (samples, error) in zip(clips, tqdm(decoded, total=len(clips), desc="prepare", unit="clip")):
            if samples is None or not len(samples):
                tqdm.write(f"left out: {error or f'{clip.path} is empty'}")
                continue
            if clip.kind == "word" and clip.split == "train" and np.abs(samples.astype(np.int32)).max() < 100:
                tqdm.write(f"left out: {clip.path} is nearly silent")
                continue
            clip.start, clip.length = start, len(samples)
            clip.span_start, clip.span_end = active_span(samples) if clip.kind == "word" else (0, len(samples))
            start += len(samples)
            file.write(samples.tobytes())
            kept.append(clip)
    with (cache / "clips.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=[field.name for field in fields(Clip)])
        writer.writeheader()
        writer.writerows(asdict(clip) for clip in kept)
    return kept


class Cache:
    """A prepared cache, memory-mapped."""

    def __init__(self, folder: Path):
        if not (folder / "clips.csv").exists():
            raise DataError(f"no cache in {folder}; make one with: attuned-training prepare --cache {folder} DATA...")
        with (folder / "clips.csv").open(newline="") as file:
            types = {field.name: field.type for field in fields(Clip)}
            rows = csv.DictReader(file)
            self.clips = [Clip(**{name: types[name](value) for name, value in row.items()}) for row in rows]
        self.data = np.memmap(folder / "samples.int16", dtype=np.int16, mode="r")
        end = max((clip.start + clip.length for clip in self.clips), default=0)
        if end != len(self.data):
            raise DataError(f"{folder} is incomplete: {len(self.data)} samples of {end}; run prepare again")

    def samples(self, clip: Clip, start: int = 0, length: int | None = None) -> np.ndarray:
        """A clip, or part of it, as float32 in [-1, 1)."""
        first = clip.start + start
        last = clip.start + clip.length if length is None else first + length
        return self.data[first:last].astype(np.float32) * np.float32(1 / 32768)

    def select(self, kind: str, split: str) -> list[Clip]:
        """The clips of a kind and split; running speech that contains a keyword is never among them."""
        return [clip for clip in self.clips if clip.kind == kind and clip.split == split and not clip.masked]
