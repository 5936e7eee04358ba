"""Labelled folders: which clips there are, and which of them may be trained on.

A folder has the Speech Commands layout (one folder a word, optional `_background_noise_`), or a `manifest.csv` with
`path, label, speaker, split, source, licence, text`, where the label `_noise_` marks noise and an empty one running
speech.
"""

import csv
import hashlib
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from .errors import TrainingError
from .words import COMMANDS, INDEX, KEYWORDS, SCARCE_COMMANDS, WAKE_WORDS, spoken_keywords

AUDIO = {".wav", ".flac", ".opus", ".ogg", ".mp3"}
# Of running speech and noise: what thresholds are fitted on, and what results are reported on.
CALIBRATION_PERCENT, HELD_OUT_PERCENT = 25, 15
# Of the training words: what checkpoints, temperature and thresholds are chosen on, so that validation chooses nothing.
CALIBRATION_SPEAKERS_PERCENT, CALIBRATION_WAKE_WORDS_PERCENT = 4, 8


class DataError(TrainingError):
    """A folder or clip that cannot be used; says which and what to do."""


@dataclass
class Clip:
    """One recording in the cache. `start`, `length` and the span are in samples; the span is relative to `start`."""

    path: str
    label: str
    kind: str  # word, speech or noise
    split: str  # train, calibration, validation or test; for running speech and noise held_out instead of the last two
    source: str
    licence: str
    speaker: str = ""
    text: str = ""
    start: int = 0
    length: int = 0
    span_start: int = 0
    span_end: int = 0

    @property
    def synthetic(self) -> bool:
        """Whether a synthesizer spoke it."""
        return self.licence == "generated"

    @property
    def may_contain(self) -> set[str]:
        """Keywords that running speech may hold: those of its transcript, or every command where there is none."""
        if self.kind != "speech":
            return set()
        return spoken_keywords(self.text) if self.text else {*COMMANDS, *SCARCE_COMMANDS}


def official_split(name: str) -> str:
    """The split of a Speech Commands file name, by the SHA-1 of what stands before `_nohash_`, as a percentage.

    Source: `which_set` in the README of the data set; 10 % validation, 10 % test.
    """
    percent = official_percent(re.sub(r"_nohash_.*$", "", name))
    return "validation" if percent < 10 else "test" if percent < 20 else "train"


def official_percent(speaker: str) -> float:
    """Where the official hash puts a speaker, 0 to 100."""
    return int(hashlib.sha1(speaker.encode()).hexdigest(), 16) % 2**27 * 100 / (2**27 - 1)


def word_split(row: dict) -> str:
    """The split of a labelled word: of the training words some are kept for calibration, by speaker where known."""
    split, speaker = row["split"], row.get("speaker") or ""
    if split != "train" or row.get("licence") == "generated":
        return split
    if "_nohash_" in row["path"]:
        kept = official_percent(speaker or Path(row["path"]).name.partition("_nohash_")[0])
        return "calibration" if 20 <= kept < 20 + CALIBRATION_SPEAKERS_PERCENT else split
    kept = official_percent(speaker or "/".join(Path(row["path"]).parts[-2:]))
    return "calibration" if row["label"] in WAKE_WORDS and kept < CALIBRATION_WAKE_WORDS_PERCENT else split


def background_split(name: str) -> str:
    """The split of running speech and noise, by a hash of its speaker or file name."""
    percent = int(hashlib.sha1(name.encode()).hexdigest(), 16) % 100
    if percent < CALIBRATION_PERCENT:
        return "calibration"
    return "held_out" if percent < CALIBRATION_PERCENT + HELD_OUT_PERCENT else "train"


def list_rows(folder: Path) -> list[dict]:
    """The rows of a folder's `manifest.csv`, or else the same made from folder and file names."""
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
        rows = []
        for file in sorted(file for file in folder.glob("*/*") if file.suffix.lower() in AUDIO):
            noise = file.parent.name == "_background_noise_"
            row = {"path": str(file.relative_to(folder)), "label": "_noise_" if noise else file.parent.name}
            if not noise and "_nohash_" in file.stem:
                row["speaker"] = file.stem.partition("_nohash_")[0]
            rows.append({"split": "train" if noise else official_split(file.stem)} | row)
    if not rows:
        raise DataError(f"no clips in {folder}: it needs a manifest.csv, or one folder a word with audio files in it")
    return rows


def list_clips(folder: Path) -> list[Clip]:
    """Every clip of a folder; running speech and noise of the train split get their own splits.

    A source of three or more known speakers is split by speaker, and what has no speaker there is trained on; any other
    source is split by file.
    """
    rows = list_rows(folder)
    speakers = defaultdict(set)
    for row in rows:
        if row["label"] == "" and row.get("speaker"):
            speakers[row.get("source")].add(row["speaker"])
    clips = []
    for row in rows:
        kind = {"_noise_": "noise", "": "speech"}.get(row["label"], "word")
        source, speaker = row.get("source") or folder.name, row.get("speaker") or ""
        split = word_split(row) if kind == "word" else row["split"]
        if kind != "word" and split == "train":
            by_speaker = len(speakers[row.get("source")]) >= 3
            if speaker or not by_speaker:
                split = background_split(f"{source}/{speaker}" if by_speaker else Path(row["path"]).name)
        licence, text = row.get("licence") or "unknown", row.get("text") or ""
        clips.append(Clip(str(folder / row["path"]), row["label"], kind, split, source, licence, speaker, text))
    return clips


def check_splits(clips: list[Clip]) -> list[str]:
    """Raises if the clips cannot be trained on, or if a speaker is on both sides; returns remarks for a person."""
    words = [clip for clip in clips if clip.kind == "word"]
    for split in ("train", "validation"):
        if not any(clip.split == split for clip in words):
            raise DataError(
                f"no recordings of words in the {split} split: name them <speaker>_nohash_<number>, or give each a split "
                "in manifest.csv"
            )
    splits = defaultdict(set)
    for clip in clips:
        if clip.speaker and clip.kind == "word":
            splits[clip.source, clip.speaker].add(clip.split)
    shared = sorted(f"{speaker} of {source}" for (source, speaker), found in splits.items() if len(found) > 1)
    if shared:
        raise DataError(
            f"{len(shared)} speakers are in more than one split, such as {', '.join(shared[:5])}; results would flatter: "
            "give each speaker one split in manifest.csv"
        )
    remarks = []
    counts = Counter(clip.label for clip in words if clip.split == "train")
    missing = [word for word in KEYWORDS if not counts[word]]
    if missing:
        remarks.append(f"no recordings to learn from, so never recognised: {' '.join(missing)}")
    others = sorted(word for word in counts if word not in INDEX)
    if others:
        remarks.append(f"other words, learned as _unknown_: {' '.join(others)}")
    for kind in ("speech", "noise"):
        if not any(clip.kind == kind for clip in clips):
            remarks.append(f"no {'running speech' if kind == 'speech' else 'noise'}: expect many more false alarms")
    return remarks
