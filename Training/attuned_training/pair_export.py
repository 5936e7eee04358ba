"""Measures a pair of networks and writes the model folder that holds both: curves, thresholds, candidates, fusion."""

import hashlib
import json
import math
import pickle
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save

from . import report
from .cache import Cache
from .calibration import Calibration, calibrate
from .checkpoint import RunError, load_trained
from .data import list_clips
from .decoding import read
from .detection import SMOOTHING_HOPS, Heard, Listened, Scorer, alarm_curve, curve, heard, listen, probability, score_of, threshold_at
from .export import ExportError, Model, is_model, tensors_of, training_of, write_files
from .folders import claim_place
from .front_end import MFCC
from .network import KeywordNetwork
from .pair_recipe import SECOND_SHAPE
from .report import Measured, measure_clips
from .self_test import SelfTest, best_heard, wav
from .warm_start import unfolded
from .window import Window
from .words import COMMANDS, KEYWORDS, WAKE_WORDS

WAKE_WORD_BUDGET = 0.05  # false alarms an hour over all wake words: the smallest that costs no wake word of the calibration split
COMMAND_BUDGET = 30.0  # over all commands, which count only after a wake word
CANDIDATES_PER_HOUR = 20.0  # of each word, for which the second network is asked
WEIGHTS = np.linspace(0.2, 0.8, 13).round(2).tolist()


def budget(word: str) -> float:
    """False alarms an hour that a word may have."""
    commands = len(KEYWORDS) - len(WAKE_WORDS)
    return WAKE_WORD_BUDGET / len(WAKE_WORDS) if word in WAKE_WORDS else COMMAND_BUDGET / commands


@dataclass(frozen=True)
class PairModel(Model):
    """A model of two networks; `detection` and `candidates` as `model.json` has them."""

    second: KeywordNetwork | None = None
    second_mfcc: MFCC | None = None
    second_temperature: float = 1
    candidates: dict[str, float] = field(default_factory=dict)
    detection: dict = field(default_factory=dict)
    thresholds_first: dict[str, float] = field(default_factory=dict)

    @cached_property
    def second_weights(self) -> bytes:
        return save(tensors_of(self.second_mfcc, self.second))

    def description(self, weights_sha256: str) -> dict:
        found = super().description(weights_sha256) | {"format": 3}
        found["thresholds_first"] = self.thresholds_first
        found["second_look"] = {
            "weights": "second.safetensors",
            "sha256": hashlib.sha256(self.second_weights).hexdigest(),
            "network": self.second.shape.to_json(),
            "window_frames": Window().frames,
            "temperature": self.second_temperature,
            "candidates": self.candidates,
        }
        found["detection"] = self.detection
        return found

    def extra_files(self) -> dict[str, bytes]:
        return {"second.safetensors": self.second_weights}


def listened(
    cache: Path, scorer: Scorer, keep: Path, processes: int, background: str, words: str, ratios: tuple[float | None, ...]
) -> tuple[Listened, Listened]:
    """What the speech and noise of a split sound like, as recorded, and the words of a split, at each ratio to noise.

    Kept in a file, since to hear 16 hours takes minutes.
    """
    if keep.exists():
        return pickle.loads(keep.read_bytes())
    store = Cache(cache)
    clips = store.select("speech", background) + store.select("noise", background)
    alarms = listen(cache, scorer, clips, f"{background} speech and noise", None, processes)
    clips = [clip for clip in store.select("word", words) if clip.label in KEYWORDS]
    spoken = Listened()
    for ratio in ratios:
        spoken.add(listen(cache, scorer, clips, f"{words} words" + (f" at {ratio:g} dB" if ratio else ""), ratio, processes))
    keep.write_bytes(pickle.dumps((alarms, spoken)))
    return alarms, spoken


def measured_streams(
    store: Cache, alarms: Listened, spoken: Listened, score: Callable[[Heard], float], thresholds: dict[str, float]
) -> dict:
    """What `report.measure_streams` tells, of held-out speech and noise and validation words, by a score of both networks."""
    held_out = store.select("speech", "held_out")
    with_text = [clip for clip in held_out if not set(COMMANDS) <= clip.may_contain]
    hours_with_text = report.hours(with_text) + report.hours(store.select("noise", "held_out"))
    limits = {word: score_of(value) for word, value in thresholds.items()}
    counts = Counter(one.word for one in alarms.alarms if score(one) >= limits[one.word])
    wake = sum(counts[word] for word in WAKE_WORDS)
    missed = {word: sum(score(one) < limits[word] for one in said) for word, said in spoken.spoken.items()}
    results = {
        "held_out_hours": round(alarms.hours, 3),
        "held_out_hours_for_commands": round(hours_with_text, 3),
        "held_out_false_alarms": dict(counts.most_common()),
        "wake_word_false_alarms_per_hour": round(wake / max(alarms.hours, 1e-9), 3),
        "command_false_alarms_per_hour": round((counts.total() - wake) / max(hours_with_text, 1e-9), 3),
        "streamed_words": {word: len(said) for word, said in spoken.spoken.items()},
        "streamed_misses": {word: count for word, count in missed.items() if count},
    }
    for name, group in (("wake_word", WAKE_WORDS), ("command", COMMANDS)):
        if said := sum(len(spoken.spoken.get(word, [])) for word in group):
            results[f"{name}_miss_rate"] = round(sum(missed.get(word, 0) for word in group) / said, 4)
    return results


def pool_of(word: str) -> list[str]:
    """The words that share a threshold with this one."""
    return WAKE_WORDS if word in WAKE_WORDS else [word]


def best_weight(alarms: Listened, spoken: Listened, words: list[str]) -> float:
    """The weight of the second network at which the fewest of the words are missed within their budgets."""

    def missed(weight: float) -> float:
        total = count = 0.0
        for word in words:
            pool = pool_of(word)
            scores = [one.fused(weight) for one in alarms.alarms if one.word in pool]
            threshold = alarm_curve(scores, alarms.hours, [budget(word) * len(pool)])[0]
            said = [one.fused(weight) for one in spoken.spoken.get(word, [])]
            # A miss by little is less of one: there are too few recordings to count them alone.
            total += sum(1 / (1 + np.exp(min(50, 1.5 * (score - threshold)))) for score in said)
            count += len(said)
        return total / max(1, count)

    return min(WEIGHTS, key=missed)


@dataclass(frozen=True)
class Trained:
    """A network of a pair, from the folder of a run or of a model: front end, calibration, and how it came to be."""

    mfcc: MFCC
    network: KeywordNetwork
    calibration: Calibration
    training: dict
    self_test: SelfTest | None = None
    thresholds: dict[str, float] | None = None  # those of a model that decided alone

    @staticmethod
    def load(folder: Path, store: Cache) -> "Trained":
        if is_model(folder):
            said = json.loads((folder / "model.json").read_text())
            mfcc, network = unfolded(folder)
            word, clip = said.get("self_test"), folder / "selftest.wav"
            self_test = SelfTest(word, clip.read_bytes()) if word else None
            own = said.get("thresholds_first") or said["thresholds"]
            return Trained(mfcc, network, Calibration(**said["calibration"]), said["training"], self_test, own)
        mfcc, network, state = load_any(folder)
        calibration = calibrate(store, mfcc, network)
        calibration.move_biases(network)
        complete = {"hard": [], "left_out": [], **state, "progress": {"epoch": 0, **state["progress"]}}
        return Trained(mfcc, network, calibration, training_of(store, network, complete))


def load_any(folder: Path) -> tuple[MFCC, KeywordNetwork, dict]:
    """A run of either shape."""
    try:
        return load_trained(folder)
    except RunError:
        return load_trained(folder, SECOND_SHAPE)


def surest(folder: Path, scorer: Scorer, weights: dict[str, float], thresholds: dict[str, float]) -> SelfTest:
    """Of the synthetic voices in a folder the wake word that both networks are surest of, wherever the windows fall."""
    best = (-math.inf, None)
    for clip in list_clips(folder):
        if clip.label not in WAKE_WORDS or not clip.synthetic:
            continue
        samples = read(clip.path).astype(np.float32) / 32768
        limit = score_of(thresholds[clip.label])
        margins = []
        for shift in range(0, Window().hop_samples(), 320):
            scores = scorer.scores(np.pad(samples, (shift, 0)))
            stretches = heard(*scores, [clip.label])
            margins.append(max((one.fused(weights[clip.label]) for one in stretches), default=-math.inf) - limit)
        best = max(best, (min(margins), SelfTest(clip.label, wav(samples))), key=lambda one: one[0])
    if best[1] is None or best[0] <= 0:
        raise ExportError(f"no synthetic voice in {folder} says a wake word that this model hears; give others as --self-test")
    return best[1]


def same_front_end(one: MFCC, other: MFCC) -> bool:
    return torch.equal(one.mean, other.mean) and torch.equal(one.scale, other.scale)


def export_pair(
    cache: Path,
    first: Path,
    second: Path,
    scratch: Path,
    out: Path,
    name: str,
    version: str,
    second_story: str | None = None,
    voices: Path | None = None,
    processes: int = 2,
    **more,
) -> PairModel:
    """Measures two networks, alone and together, and writes the model folder.

    `first` and `second` are folders of runs or models; what was heard is kept in the folder `scratch`; one of the synthetic
    `voices` becomes the model's own clip.
    """
    claim_place(out, is_model, "model", "--out", ExportError)
    store = Cache(cache)
    listens, doubts = Trained.load(first, store), Trained.load(second, store)
    own = None if same_front_end(listens.mfcc, doubts.mfcc) else doubts.mfcc
    temperatures = listens.calibration.temperature, doubts.calibration.temperature
    scorer = Scorer(listens.mfcc, listens.network, temperatures[0], doubts.network, temperatures[1], own)
    scratch.mkdir(parents=True, exist_ok=True)
    alarms, spoken = listened(
        cache, scorer, scratch / "listened.pickle", processes, "calibration", "calibration", (None, 10)
    )
    commands = [word for word in KEYWORDS if word not in WAKE_WORDS]
    of_wake, of_commands = (best_weight(alarms, spoken, words) for words in (WAKE_WORDS, commands))
    weights = {word: of_wake if word in WAKE_WORDS else of_commands for word in KEYWORDS}
    curves = {
        "first": {word: curve(word, alarms, spoken, lambda one: one.first, pool_of(word)) for word in KEYWORDS},
        "fused": {
            word: curve(word, alarms, spoken, lambda one: one.fused(weights[one.word]), pool_of(word)) for word in KEYWORDS
        },
    }
    thresholds, of_first = (
        {word: round(probability(threshold_at(of[word]["points"], budget(word))), 9) for word in KEYWORDS}
        for of in (curves["fused"], curves["first"])
    )
    candidates = {}
    for word in KEYWORDS:
        scores = [one.first for one in alarms.alarms if one.word == word]
        candidates[word] = round(probability(alarm_curve(scores, alarms.hours, [CANDIDATES_PER_HOUR])[0]), 6)
    results = measure_clips(report.Trained(store, listens.mfcc, listens.network, temperatures[0]))
    held_out = listened(cache, scorer, scratch / "held-out.pickle", processes, "held_out", "validation", (None,))
    results |= measured_streams(store, *held_out, lambda one: one.fused(weights[one.word]), thresholds)
    if voices:
        self_test = surest(voices, scorer, weights, thresholds)
    else:
        self_test = listens.self_test or best_heard(store, listens.mfcc, listens.network, temperatures[0])
    model = PairModel(
        name,
        version,
        listens.mfcc,
        listens.network,
        Measured(listens.calibration, thresholds, results | {"calibration_hours": round(alarms.hours, 3)}),
        listens.training | {"second": doubts.training | ({"story": second_story} if second_story else {})},
        self_test=self_test,
        second=doubts.network,
        second_mfcc=doubts.mfcc,
        second_temperature=temperatures[1],
        candidates=candidates,
        detection={
            "smoothing_hops": SMOOTHING_HOPS,
            "false_alarms_per_hour": WAKE_WORD_BUDGET,
            **curves,
            "second_weight": weights,
        },
        thresholds_first=listens.thresholds or of_first,
        **more,
    )
    write_files(out, model.files())
    return model
