"""The cache: every clip decoded once to 16 kHz, with what can be prepared ahead, so that an epoch decodes nothing.

`clips.csv` and `samples.int16` hold the clips; `coded.int16` the training words after a codec, at the same places;
`rooms.npy` impulse responses of simulated rooms; `bad_clips.csv` what was found wrong, and what was done about it.
"""

import csv
import hashlib
import shutil
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
from tqdm import tqdm

from .data import Clip, DataError, check_splits, list_clips
from .decoding import JOURNAL, BadClip, decode
from .folders import claim_place, put_in_place
from .rooms import simulate_rooms

CLAIM = "clips.sha256"  # of the list of clips that a half-filled cache is for


def claim(cache: Path, clips: list[Clip]) -> Path:
    """A folder beside the cache to fill, with what an interrupted `prepare` of the same clips has decoded.

    DataError if the cache's place is taken by something else.
    """
    part = claim_place(cache, is_cache, "cache", "--cache", DataError)
    digest = hashlib.sha256(repr(clips).encode()).hexdigest()
    if not (part / CLAIM).exists() or (part / CLAIM).read_text() != digest:
        if part.exists():
            shutil.rmtree(part)
        part.mkdir(parents=True)
        (part / CLAIM).write_text(digest)
    return part


def is_cache(folder: Path) -> bool:
    return (folder / "clips.csv").exists() and (folder / "samples.int16").exists()


def prepare(
    folders: list[Path],
    cache: Path,
    processes: int = 2,
    rooms: int = 400,
    codecs: bool = True,
    measured_only: bool = False,
) -> list[Clip]:
    """Fills a cache from folders and returns its clips. A cache that is there is replaced only by a finished one.

    Without `codecs` the training words are not coded: windows that are made on a GPU have codecs of their own. With
    `measured_only` training clips are left out: they travel as parcels, and the cache is what a run is measured on.
    """
    clips = [clip for folder in folders for clip in list_clips(folder) if clip.split != "test"]
    for remark in check_splits(clips):
        tqdm.write(remark)
    if measured_only:
        clips = [clip for clip in clips if clip.split != "train"]
    part = claim(cache, clips)
    kept, bad = decode(clips, part, processes, codecs)
    if not measured_only:
        check_splits(kept)
    np.save(part / "rooms.npy", simulate_rooms(rooms))
    write_table(part / "bad_clips.csv", BadClip, bad)
    write_table(part / "clips.csv", Clip, kept)
    if not codecs:
        (part / "coded.int16").unlink()
    for name in (CLAIM, JOURNAL):
        (part / name).unlink(missing_ok=True)
    put_in_place(cache)
    left_out = sum(clip.action == "left out" for clip in bad)
    tqdm.write(f"{len(bad)} bad clips, {left_out} of them left out: {cache / 'bad_clips.csv'}")
    return kept


def write_table(path: Path, row_type: type, rows: list) -> None:
    """A CSV file with a column for each field of a dataclass."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=[field.name for field in fields(row_type)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


class Cache:
    """A prepared cache, memory-mapped."""

    def __init__(self, folder: Path):
        if not (folder / "clips.csv").exists():
            raise DataError(f"no cache in {folder}; make one with: attuned-training prepare --cache {folder} DATA...")
        with (folder / "clips.csv").open(newline="") as file:
            types = {field.name: field.type for field in fields(Clip)}
            rows = csv.DictReader(file)
            if set(rows.fieldnames or ()) != set(types):
                raise DataError(f"{folder} was made by another version; run prepare again")
            self.clips = [Clip(**{name: types[name](value) for name, value in row.items()}) for row in rows]
        end = max((clip.start + clip.length for clip in self.clips), default=0)
        self.data = self._map(folder / "samples.int16", end)
        coded = folder / "coded.int16"
        self.coded = self._map(coded, end) if coded.exists() else self.data
        if not (folder / "rooms.npy").exists():
            raise DataError(f"{folder} lacks rooms.npy; run prepare again")
        self.rooms = np.load(folder / "rooms.npy", mmap_mode="r")

    @staticmethod
    def _map(path: Path, length: int) -> np.ndarray:
        found = path.stat().st_size // 2 if path.exists() else 0
        if found != length or not length:
            raise DataError(f"{path} is incomplete: {found} samples of {length}; run prepare again")
        return np.memmap(path, dtype=np.int16, mode="r")

    def samples(self, clip: Clip, start: int = 0, length: int | None = None, coded: bool = False) -> np.ndarray:
        """A clip, or part of it, as float32 in [-1, 1); `coded` after its codec (training words only)."""
        first = clip.start + start
        last = clip.start + clip.length if length is None else first + length
        return (self.coded if coded else self.data)[first:last].astype(np.float32) * np.float32(1 / 32768)

    def select(self, kind: str, split: str) -> list[Clip]:
        """The clips of a kind and split."""
        return [clip for clip in self.clips if clip.kind == kind and clip.split == split]
