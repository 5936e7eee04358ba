"""Training clips in parcels of Opus, small enough to be sent to a machine with a GPU one after another.

A parcel is a folder with `clips.csv` and some `NNNN.opus`, each many clips end to end; the first has `rooms.npy` too. It
is read back as it arrives, so that training can begin with the first.
"""

import csv
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from multiprocessing.pool import Pool
from pathlib import Path

import numpy as np
import soundfile
from tqdm import tqdm

from .data import Clip, DataError, list_clips
from .decoding import active_span, examine, read
from .effects import SAMPLE_RATE
from .errors import TrainingError
from .rooms import simulate_rooms

FILE_CLIPS = {"word": 240, "speech": 48, "noise": 12}  # in one file: some minutes
LONGEST_SECONDS = 60  # of a clip; of longer ones the first
KBPS = {"word": 24, "speech": 15, "noise": 24}


def encode(job: tuple[Path, list[Clip]]) -> tuple[Path, list[Clip], list[str]]:
    """Writes clips end to end into one Opus file: which of them are in it, with their places, and what was wrong."""
    file, clips = job
    parts, kept, wrong, start = [], [], [], 0
    for clip in clips:
        try:
            samples = read(clip.path)[: LONGEST_SECONDS * SAMPLE_RATE]
        except DataError as error:
            wrong.append(str(error))
            continue
        bad = examine(clip, samples)
        if bad:
            wrong.append(f"{clip.path}: {bad.reason}, {bad.action}")
        if bad and bad.action == "left out" or len(samples) < SAMPLE_RATE // 10:
            continue
        first, last = active_span(samples) if clip.kind == "word" else (0, len(samples))
        kept.append(replace(clip, start=start, length=len(samples), span_start=first, span_end=last))
        parts.append(samples)
        start += len(samples)
    if kept:
        command = ["opusenc", "--quiet", "--raw", "--raw-rate", str(SAMPLE_RATE), "--raw-chan", "1", "--raw-bits", "16"]
        command += ["--comp", "1", "--bitrate", str(KBPS[kept[0].kind]), "--discard-comments", "--padding", "0", "-", file]
        try:
            subprocess.run(command, input=np.concatenate(parts).tobytes(), check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise TrainingError(f"opusenc could not write {file}: {error}; it is in Debian's opus-tools") from error
    return file, kept, wrong


def pack(folders: list[Path], out: Path, megabytes: float = 54, processes: int = 2, rooms: int = 300) -> list[Path]:
    """Writes the training clips of folders as parcels of at most so many MB: words first, then noise, then speech.

    Words and speech are shuffled, so that every parcel has of all. What is wrong with clips stands in `bad_clips.txt`.
    """
    clips = [clip for folder in folders for clip in list_clips(folder) if clip.split == "train"]
    order = np.random.default_rng(1).permutation(len(clips))
    kinds = {kind: [clips[i] for i in order if clips[i].kind == kind] for kind in ("word", "noise", "speech")}
    out.mkdir(parents=True, exist_ok=True)
    jobs = []
    for kind, of_kind in kinds.items():
        for first in range(0, len(of_kind), FILE_CLIPS[kind]):
            jobs.append((out / f"{len(jobs):04d}.opus", of_kind[first : first + FILE_CLIPS[kind]]))
    parcels, used, wrong = [], np.inf, []
    with Pool(processes) as pool:
        for file, kept, found in tqdm(pool.imap(encode, jobs), total=len(jobs), desc="pack", unit="file"):
            wrong += found
            if not kept:
                continue
            size = file.stat().st_size
            if used + size > megabytes * 2**20:
                parcels.append(out / f"{len(parcels):02d}")
                parcels[-1].mkdir(exist_ok=True)
                with (parcels[-1] / "clips.csv").open("w", newline="") as table:
                    csv.writer(table).writerow([*(field.name for field in fields(Clip)), "file"])
                used = 0
                if len(parcels) == 1 and rooms:
                    np.save(parcels[0] / "rooms.npy", simulate_rooms(rooms).astype(np.float16))
                    used = (parcels[0] / "rooms.npy").stat().st_size
            shutil.move(file, parcels[-1] / file.name)
            used += size
            with (parcels[-1] / "clips.csv").open("a", newline="") as table:
                rows = csv.writer(table)
                for clip in kept:
                    rows.writerow((asdict(clip) | {"path": Path(clip.path).stem, "file": file.name}).values())
    (out / "bad_clips.txt").write_text("".join(f"{line}\n" for line in wrong))
    return parcels


def decode(file: Path) -> np.ndarray:
    """The samples of a file of a parcel, int16."""
    samples, rate = soundfile.read(file, dtype="int16")
    if rate != SAMPLE_RATE:
        raise TrainingError(f"{file} has {rate} samples a second: it is not of a parcel")
    return samples


def unpack(parcel: Path, pool: Pool) -> Iterator[tuple[Clip, np.ndarray]]:
    """The clips of a parcel with their samples, int16."""
    with (parcel / "clips.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    types = {field.name: field.type for field in fields(Clip)}
    names = list(dict.fromkeys(row["file"] for row in rows))
    samples = dict(zip(names, pool.map(decode, [parcel / name for name in names], 1)))
    for row in rows:
        clip = Clip(**{name: types[name](row[name]) for name in types})
        heard = samples[row["file"]][clip.start : clip.start + clip.length]
        if clip.kind == "word" and clip.span_end <= clip.span_start:
            raise TrainingError(f"{parcel} does not say where its words are: an older version packed it; pack again")
        yield clip, heard
