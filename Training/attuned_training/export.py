"""Writes a model folder that the Swift side reads: weights, description, checksums, model card, held-out recordings."""

import hashlib
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors.torch import save

from .cache import Cache
from .card import model_card
from .checkpoint import load_trained
from .data import Clip
from .errors import TrainingError
from .folders import beside, claim_place, put_in_place
from .front_end import MFCC
from .network import KeywordNetwork
from .report import Measured, measure
from .self_test import SelfTest, best_heard
from .window import Window
from .words import KEYWORDS, SCARCE_COMMANDS, WAKE_WORDS, WORDS

FORMAT = 2
HELD_OUT = "held-out.txt"


class ExportError(TrainingError):
    """A model folder that cannot be written, or files for it that cannot be used."""


@dataclass(frozen=True)
class Model:
    """All that a model folder holds."""

    name: str
    version: str
    mfcc: MFCC
    network: KeywordNetwork
    measured: Measured
    training: dict  # data, recipe, epochs, steps, seconds, parameters
    evaluations: list[dict] = field(default_factory=list)  # what `attune evaluate --json` printed
    ablations: list[dict] = field(default_factory=list)  # rows of `ablations.csv`
    held_out: list[str] = field(default_factory=list)  # recordings, relative to the recordings folder
    plots: dict[str, bytes] = field(default_factory=dict)  # pictures by their names
    self_test: SelfTest | None = None

    def tensors(self) -> dict[str, torch.Tensor]:
        """Every tensor of `model.safetensors`, float32, PyTorch orientation [out, in, ...], batch norm folded."""
        return tensors_of(self.mfcc, self.network)

    def description(self, weights_sha256: str) -> dict:
        """The content of `model.json`."""
        return {
            "format": FORMAT,
            "name": self.name,
            "version": self.version,
            "words": WORDS,
            "wake_words": WAKE_WORDS,
            "scarce_words": SCARCE_COMMANDS,  # learned mostly from synthetic voices
            "front_end": self.mfcc.front_end.to_json(),
            "window": Window().to_json(),
            "network": self.network.shape.to_json(),
            "thresholds": self.measured.thresholds,
            "calibration": asdict(self.measured.calibration),
            "training": self.training,
            "results": self.measured.results | confusion(self.evaluations),
            "sha256": weights_sha256,
        } | ({"self_test": self.self_test.word} if self.self_test else {})

    def extra_files(self) -> dict[str, bytes]:
        """What a model of more than one network holds beside `model.safetensors`."""
        return {}

    def files(self) -> dict[str, bytes]:
        """Name and content of every file."""
        if set(self.measured.thresholds) != set(KEYWORDS):
            raise ValueError(f"thresholds are for other words: {sorted(set(self.measured.thresholds) ^ set(KEYWORDS))}")
        weights = save(self.tensors())
        description = self.description(hashlib.sha256(weights).hexdigest())
        text = readable_json(description).encode() + b"\n"
        files = {"model.json": text, "model.safetensors": weights}
        files |= self.extra_files()
        if self.self_test:
            files["selftest.wav"] = self.self_test.recording
        sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
        heard = [
            "# Running speech and noise that neither training nor calibration heard; paths in the recordings folder.",
            *self.held_out,
        ]
        return files | {
            "SHA256SUMS": sums.encode(),
            "README.md": model_card(description, self.ablations, self.evaluations, list(self.plots)).encode(),
            HELD_OUT: ("\n".join(heard) + "\n").encode(),
            **{f"plots/{name}": content for name, content in self.plots.items()},
        }


def tensors_of(mfcc: MFCC, network: KeywordNetwork) -> dict[str, torch.Tensor]:
    """What a weights file holds of a network and its features."""
    front_end = {"front_end.mean": mfcc.mean, "front_end.scale": mfcc.scale}
    return {name: tensor.float().cpu().contiguous() for name, tensor in (front_end | network.fold()).items()}


def readable_json(value: dict) -> str:
    """JSON with a line for each member, and for each list that holds no others."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return re.sub(r"\[[^\[\]{}]*\]", lambda found: re.sub(r"\s*\n\s*", " ", found[0]).replace("[ ", "[").replace(" ]", "]"), text)


def is_model(folder: Path) -> bool:
    return (folder / "model.json").exists()


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Writes a model folder; one that is there is replaced only by a whole one."""
    part = claim_place(folder, is_model, "model", "--out", ExportError)
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        for name, content in files.items():
            (part / name).parent.mkdir(exist_ok=True)
            (part / name).write_bytes(content)
        put_in_place(folder)
    except BaseException:
        shutil.rmtree(beside(folder)[0], ignore_errors=True)
        raise


def data_sources(learned: Iterable[Clip]) -> list[dict]:
    """What a model was trained on: source, licence, clips and hours, without what was only measured on."""
    clips, samples = Counter(), Counter()
    for clip in learned:
        if clip.split == "train":
            clips[clip.source, clip.licence] += 1
            samples[clip.source, clip.licence] += clip.length
    return [
        {"source": key[0], "licence": key[1], "clips": clips[key], "hours": round(count / 3600 / 16_000, 2)}
        for key, count in sorted(samples.items())
    ]


def held_out_paths(cache: Cache, recordings: list[Path]) -> list[str]:
    """Held-out speech and noise, each relative to the recordings folder that it lies in.

    Without folders: relative to what all natural clips have in common. Made sounds are not listed: they are nobody's.
    """
    clips: list[Clip] = cache.select("speech", "held_out") + cache.select("noise", "held_out")
    natural = [os.path.abspath(clip.path) for clip in cache.clips if not clip.synthetic]
    roots = [folder.absolute() for folder in recordings]
    roots = roots or [Path(os.path.commonpath([os.path.dirname(path) for path in natural]))]
    found = []
    for clip in clips:
        path = os.path.abspath(clip.path)
        root = next((root for root in roots if Path(path).is_relative_to(root)), None)
        if root is None:
            raise ExportError(f"{clip.path} is held out and not in {roots[0]}; give its folder as --recordings too")
        found.append(os.path.relpath(path, root))
    return sorted(found)


def training_of(cache: Cache, network: KeywordNetwork, state: dict) -> dict:
    """The `training` block of `model.json`."""
    progress = state["progress"]
    return {
        "data": state.get("data") or data_sources(cache.clips),
        "epochs": progress["epoch"],
        "steps": progress["step"],
        "seconds": round(progress["seconds"]),
        "recipe": state["recipe"],
        "started_from": state.get("started_from"),
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "multiply_accumulates_per_window": network.shape.multiply_accumulates(Window().frames, len(WORDS)),
        "mined_windows": len(state["hard"]),
        "left_out_as_mislabelled": len(state["left_out"]),
    }


def read_evaluations(files: list[Path]) -> list[dict]:
    """The objects that `attune evaluate --json` printed, one or more a file."""
    found = []
    for file in files:
        try:
            rows = [json.loads(line) for line in file.read_text().splitlines() if line.strip()]
        except (OSError, ValueError) as error:
            raise ExportError(f"cannot read {file}: {error}; it should be what attune evaluate --json printed") from error
        if not rows or not all(isinstance(row, dict) for row in rows):
            raise ExportError(f"{file} holds no results; it should be what attune evaluate --json printed")
        found += rows
    return found


def confusion(evaluations: list[dict]) -> dict:
    """What each label was taken for, how often: the first evaluation's matrix without its zeros."""
    matrices = [(one["labels"], one["confusion"]) for one in evaluations if "confusion" in one]
    return {
        "confusion": {
            label: {other: count for other, count in zip(labels, row) if count}
            for label, row in zip(labels, matrix)
            if any(row)
        }
        for labels, matrix in matrices[:1]
    }


def read_plots(folder: Path) -> dict[str, bytes]:
    """The pictures in a folder, by their names."""
    found = {file.name: file.read_bytes() for file in sorted(folder.glob("*")) if file.suffix in {".svg", ".png"}}
    if not found:
        raise ExportError(f"{folder} holds no SVG or PNG; it should be what attune evaluate --plots wrote")
    return found


def export_run(cache: Cache, run: Path, out: Path, name: str, version: str, **more) -> None:
    """Measures a run and writes its model folder; `more` are further fields of `Model`."""
    claim_place(out, is_model, "model", "--out", ExportError)
    mfcc, network, state = load_trained(run)
    measured = measure(cache, mfcc, network)
    self_test = best_heard(cache, mfcc, network, measured.calibration.temperature)
    training = training_of(cache, network, state)
    write_files(out, Model(name, version, mfcc, network, measured, training, self_test=self_test, **more).files())
