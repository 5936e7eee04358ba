"""What each main piece of the recipe buys: short runs, each without one piece, measured alike."""

import csv
import json
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from .cache import Cache
from .calibration import calibrate
from .checkpoint import load_trained
from .errors import TrainingError
from .evaluation import wake_word_trade
from .recipe import Recipe, as_options, with_changes
from .report import Trained, measure_clips
from .run import WAKE_WORD_BUDGET, Run
from .words import WAKE_WORDS

# Changes of the recipe that take a piece away.
PIECES = {
    "": [],
    "noise": ["augmentation.noise=0"],
    "rooms": ["augmentation.rooms=0"],
    "speed and voices": ["augmentation.speed=0", "augmentation.voices=0"],
    "codecs": ["augmentation.codecs=0"],
    "noises": ["augmentation.noises=0"],
    "microphones": ["augmentation.microphones=0"],
    "synthetic voices": ["words.balance.synthetic_copies=0", "streams.balance.synthetic_copies=0"],
    "SpecAugment": ["augmentation.masks=0"],
    "class balance": ["words.balance.most_copies=1", "streams.balance.most_copies=1"],
    "averaged weights": ["average_decay=0"],
    "neighbours": ["augmentation.neighbours=0"],
    "streams": [],  # as many epochs, all of words: `short`
}
COLUMNS = [
    "without",
    "epochs",
    "validation_accuracy",
    "mean_over_words",
    "accuracy_at_5_db",
    "wake_word_false_alarms_per_hour",
    "wake_word_miss_rate",
    "budget",
    "seconds",
    "settings",
]


class AblationError(TrainingError):
    """Ablations that cannot be run or read."""


def short(recipe: Recipe, epochs: int, streams: bool = True) -> Recipe:
    """The recipe in so many epochs, both stages in proportion; or all of them of words."""
    of_streams = max(1, round(epochs * recipe.streams.epochs / recipe.epochs)) if streams else 0
    if epochs <= of_streams:
        raise AblationError(f"--epochs {epochs} leaves none for words; give at least 2")
    return replace(
        recipe,
        words=replace(recipe.words, epochs=epochs - of_streams),
        streams=replace(recipe.streams, epochs=of_streams),
    )


def ablate(
    cache: Cache,
    out: Path,
    epochs: int,
    changes: list[str],
    only: list[str] | None = None,
    workers: int = 1,
    threads: int = 1,
) -> list[dict]:
    """Trains and measures every piece's run in its own folder, goes on where it stopped, and writes `ablations.csv`."""
    if unknown := set(only or ()) - set(PIECES):
        raise AblationError(f"no such piece: {', '.join(sorted(unknown))}; there are {', '.join(filter(None, PIECES))}")
    if out.exists() and not out.is_dir() or out.is_dir() and any(out.iterdir()) and not (out / "whole").is_dir():
        raise AblationError(f"{out} exists and holds no ablations; give another --out folder")
    chosen = [piece for piece in PIECES if not piece or only is None or piece in only]
    rows = []
    for number, piece in enumerate(chosen, 1):
        folder = out / (f"without-{piece.replace(' ', '-')}" if piece else "whole")
        tqdm.write(f"run {number} of {len(chosen)}: {folder}")
        recipe = short(with_changes(Recipe(), [*changes, *PIECES[piece]]), epochs, streams=piece != "streams")
        Run(cache, folder, recipe, workers, threads).train()
        rows.append(result(cache, folder, piece, recipe.epochs) | {"settings": as_options(changes)})
        write(out / "ablations.csv", rows)
    return rows


def result(cache: Cache, folder: Path, piece: str, epochs: int) -> dict:
    """The row of a finished run, measured once and kept in its folder."""
    file = folder / "ablation.json"
    if file.exists():
        return json.loads(file.read_text())
    mfcc, network, state = load_trained(folder)
    calibration = calibrate(cache, mfcc, network)
    calibration.move_biases(network)
    trained = Trained(cache, mfcc, network, calibration.temperature)
    found = measure_clips(trained)
    row = {
        "without": piece,
        "epochs": epochs,
        "validation_accuracy": found["validation_accuracy"],
        "mean_over_words": found["validation_mean_over_words"],
        "accuracy_at_5_db": found.get("validation_accuracy_in_noise", {}).get("5 dB"),
        "budget": WAKE_WORD_BUDGET,
        "seconds": round(state["progress"]["seconds"]),
    }
    spoken = [clip for clip in cache.select("word", "validation") if clip.label in WAKE_WORDS]
    if background := trained.background("held_out"):
        alarms, missed = wake_word_trade(cache, mfcc, network, spoken, background, WAKE_WORD_BUDGET)
        row |= {"wake_word_false_alarms_per_hour": round(alarms, 2)}
        row |= {"wake_word_miss_rate": round(missed, 4)} if spoken else {}
    file.write_text(json.dumps(row) + "\n")
    return row


def write(file: Path, rows: list[dict]) -> None:
    part = file.with_name(file.name + ".part")
    with part.open("w", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    part.replace(file)


def read(file: Path) -> list[dict]:
    """The rows of `ablations.csv`, as text."""
    try:
        with file.open(newline="") as source:
            rows = list(csv.DictReader(source))
    except (OSError, UnicodeDecodeError) as error:
        raise AblationError(f"cannot read {file}: {error}") from error
    if not rows or set(rows[0]) != set(COLUMNS):
        raise AblationError(f"{file} is not a table of attuned-training ablate")
    return rows
