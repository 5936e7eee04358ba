"""Tiny data that every test can share: sounds that stand for words, from speakers of every split."""

import csv
import os
from pathlib import Path

# Two cores, and other programs on them: threads that wait by spinning would slow each other down.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import pytest
import soundfile

from attuned_training.cache import Cache, prepare
from attuned_training.data import word_split

# Where the harmonics of a word go, in Hz from its start to its end.
WORDS = {"yes": (300, 900), "no": (900, 300), "computer": (500, 500), "marvin": (200, 1500)}


def speakers(split: str, count: int) -> list[str]:
    """Speakers that the official hash, and the share kept for calibration, put into a split."""
    names = (f"{number:08x}" for number in range(10_000))
    rows = ({"path": f"yes/{name}_nohash_0.wav", "label": "yes", "split": "train"} for name in names)
    from attuned_training.data import official_split

    found = []
    for row in rows:
        name = Path(row["path"]).name.partition("_")[0]
        if word_split(row | {"split": official_split(Path(row["path"]).stem), "speaker": name}) == split:
            found.append(name)
        if len(found) == count:
            return found
    raise AssertionError(f"too few speakers of {split}")


def utterance(word: str, voice: int) -> np.ndarray:
    """One second with a gliding buzz of 0.4 s in its middle; float64."""
    low, high = WORDS[word]
    rng = np.random.default_rng(voice)
    length = 6_400
    frequency = np.linspace(low, high, length) * rng.uniform(0.9, 1.1)
    phase = 2 * np.pi * np.cumsum(frequency) / 16_000
    burst = sum(np.sin(k * phase) / k for k in (1, 2, 3)) * np.hanning(length)
    samples = 0.001 * rng.standard_normal(16_000)
    samples[4_800 : 4_800 + length] += 0.3 * burst
    return samples


def write_manifest(folder: Path, rows: list[dict]) -> None:
    """A manifest with every column, empty where a row has none."""
    columns = ["path", "label", "speaker", "split", "source", "licence", "text"]
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def write_recordings(folder: Path) -> Path:
    """Words of training, calibration and validation speakers, running speech with and without transcript, and noise."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    rows = []
    for split, count in (("train", 5), ("calibration", 2), ("validation", 2)):
        for voice, speaker in enumerate(speakers(split, count)):
            for word in WORDS:
                name = f"{word}-{speaker}_nohash_0.wav"
                soundfile.write(folder / name, utterance(word, 10 * voice + count), 16_000)
                official = "validation" if split == "validation" else "train"
                rows.append({"path": name, "label": word, "speaker": speaker, "split": official, "source": "buzzes"})
    for number in range(18):
        text = ("go home", "nothing of the kind", "")[number % 3]
        envelope = np.repeat(rng.uniform(0, 0.2, 30), 1_600)
        soundfile.write(folder / f"speech{number}.wav", envelope * rng.standard_normal(48_000), 16_000)
        rows.append({"path": f"speech{number}.wav", "label": "", "split": "train", "text": text, "source": "bursts"})
    for number in range(12):
        hum = 0.05 * np.sin(2 * np.pi * 50 * (number + 1) * np.arange(64_000) / 16_000)
        soundfile.write(folder / f"noise{number}.wav", hum + 0.01 * rng.standard_normal(64_000), 16_000)
        rows.append({"path": f"noise{number}.wav", "label": "_noise_", "split": "train", "source": "hums"})
    write_manifest(folder, [row | {"licence": "CC0"} for row in rows])
    return folder


@pytest.fixture(scope="session")
def recordings(tmp_path_factory) -> Path:
    return write_recordings(tmp_path_factory.mktemp("recordings"))


@pytest.fixture(scope="session")
def cache_folder(recordings, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("prepared") / "cache"
    prepare([recordings], folder, processes=1, rooms=3)
    return folder


@pytest.fixture(scope="session")
def cache(cache_folder) -> Cache:
    return Cache(cache_folder)


# A recipe that trains in seconds.
TINY = [
    "words.epochs=2",
    "streams.epochs=1",
    "batch=8",
    "words.balance.keyword_draws=20",
    "words.balance.most_copies=2",
    "streams.balance.keyword_draws=5",
    "streams.balance.most_copies=1",
]


@pytest.fixture(scope="session")
def finished_run(cache, tmp_path_factory) -> Path:
    """A run of the tiny recipe, to its end."""
    from attuned_training.recipe import Recipe, with_changes
    from attuned_training.run import Run

    folder = tmp_path_factory.mktemp("runs") / "finished"
    Run(cache, folder, with_changes(Recipe(), TINY), workers=0).train()
    return folder
