"""Measures a trained run: what it hears, how sure it is of it, and at which thresholds it may be believed.

Calibration and thresholds come from the calibration split alone; results from validation words, and from running speech
and noise that are held out. Neither is seen in training.
"""

import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from .cache import Cache
from .calibration import Calibration, calibrate, expected_calibration_error
from .data import Clip
from .evaluation import (
    alarm_peaks,
    clip_features,
    fit_thresholds,
    in_noise,
    score_clips,
    stream_posteriors,
    targets,
)
from .front_end import MFCC
from .network import KeywordNetwork
from .words import COMMANDS, INDEX, KEYWORDS, UNKNOWN, WAKE_WORDS, WORDS, label

# An hour, allowed each wake word and each command by its threshold. Commands may have more: in the shipped configuration
# they count only after a wake word.
WAKE_WORD_ALARMS, COMMAND_ALARMS = 0.05, 4
BUDGETS = {word: WAKE_WORD_ALARMS if word in WAKE_WORDS else COMMAND_ALARMS for word in KEYWORDS}
NOISE_RATIOS_DB = (10, 5, 0, -5)


@dataclass(frozen=True)
class Measured:
    """What goes into `model.json` beside the weights."""

    calibration: Calibration
    thresholds: dict[str, float]
    results: dict

    def to_json(self) -> dict:
        return {"calibration": asdict(self.calibration), "thresholds": self.thresholds, "results": self.results}


@dataclass(frozen=True)
class Trained:
    """A trained network on the recordings of a cache."""

    cache: Cache
    mfcc: MFCC
    network: KeywordNetwork
    temperature: float = 1

    def posteriors(self, clips: list[Clip], heard=None) -> np.ndarray:
        """Of clips, as `attune predict` scores them; [clips, words]."""
        return score_clips(self.network, clip_features(self.cache, self.mfcc, clips, heard), self.temperature)

    def alarms(self, clips: list[Clip], what: str) -> dict[str, list[float]]:
        """Per keyword the peaks that it should not have in running speech and noise."""
        bar = tqdm(clips, desc=what, unit="clip", mininterval=1)
        return alarm_peaks(self.cache, self.mfcc, self.network, bar, self.temperature)

    def background(self, split: str) -> list[Clip]:
        return self.cache.select("speech", split) + self.cache.select("noise", split)


def hours(clips: list[Clip]) -> float:
    return sum(clip.length for clip in clips) / 16_000 / 3600


def accuracy_over(words: list[str], correct: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Per word that has clips, the part of them that was recognised."""
    of = {word: correct[labels == INDEX[word]] for word in words}
    return {word: round(float(found.mean()), 4) for word, found in of.items() if len(found)}


def measure_clips(trained: Trained) -> dict:
    """Accuracy on validation words, clean and in held-out noise.

    The totals are over the words with recordings and `_unknown_`; scarce words and wake words have lines of their own.
    """
    clips = trained.cache.select("word", "validation")
    labels = targets(clips).numpy()
    counted = np.array([label(clip.label) in (*COMMANDS, UNKNOWN) for clip in clips])
    posteriors = trained.posteriors(clips)
    correct = posteriors.argmax(1) == labels
    per_word = accuracy_over(WORDS, correct, labels)
    means = [per_word[word] for word in (*COMMANDS, UNKNOWN) if word in per_word]
    results = {
        "validation_accuracy": round(float(correct[counted].mean()), 4) if counted.any() else None,
        "validation_mean_over_words": round(float(np.mean(means)), 4) if means else None,
        "validation_clips": int(counted.sum()),
        "validation_accuracy_per_word": per_word,
        "validation_clips_per_word": {word: int((labels == INDEX[word]).sum()) for word in per_word},
        "validation_calibration_error": round(expected_calibration_error(posteriors[counted], labels[counted]), 4)
        if counted.any()
        else None,
    }
    noise = trained.cache.select("noise", "held_out")
    if noise and counted.any():
        spoken = [clip for clip, use in zip(clips, counted) if use]
        results["validation_accuracy_in_noise"] = {
            f"{ratio} dB": accuracy_in_noise(trained, spoken, noise, ratio)
            for ratio in tqdm(NOISE_RATIOS_DB, desc="in noise", unit="ratio")
        }
    return results


def accuracy_in_noise(trained: Trained, clips: list[Clip], noise: list[Clip], ratio_db: float) -> float:
    """On clips with noise at a ratio in dB."""
    posteriors = trained.posteriors(clips, in_noise(trained.cache, noise, ratio_db))
    return round(float((posteriors.argmax(1) == targets(clips).numpy()).mean()), 4)


def fit(trained: Trained) -> tuple[dict[str, float], dict]:
    """Thresholds by the budgets of false alarms, from calibration speech and noise."""
    clips = trained.background("calibration")
    if not clips:
        tqdm.write("no calibration speech or noise: every threshold is the lowest one", file=sys.stderr)
    alarms = trained.alarms(clips, "calibration speech and noise")
    thresholds = fit_thresholds(alarms, hours(clips), BUDGETS)
    return thresholds, {"calibration_hours": round(hours(clips), 3)}


def measure_streams(trained: Trained, thresholds: dict[str, float]) -> dict:
    """False alarms in held-out speech and noise, and misses of validation words, at the thresholds."""
    clips = trained.background("held_out")
    peaks = trained.alarms(clips, "held-out speech and noise")
    alarms = {word: sum(peak > thresholds[word] for peak in peaks[word]) for word in KEYWORDS}
    # Without a transcript speech may hold any command, so that only wake words are counted there.
    with_text = [clip for clip in clips if not set(COMMANDS) <= clip.may_contain]
    results = {
        "held_out_hours": round(hours(clips), 3),
        "held_out_hours_for_commands": round(hours(with_text), 3),
        "held_out_false_alarms": {word: count for word, count in alarms.items() if count},
    }
    if clips:
        wake = sum(alarms[word] for word in WAKE_WORDS)
        results["wake_word_false_alarms_per_hour"] = round(wake / hours(clips), 3)
    if with_text:
        results["command_false_alarms_per_hour"] = round((sum(alarms.values()) - wake) / hours(with_text), 3)
    return results | misses(trained, thresholds)


def misses(trained: Trained, thresholds: dict[str, float]) -> dict:
    """Of validation words as streams: a word is missed if the smoothed posterior never passes its threshold."""
    words = [clip for clip in trained.cache.select("word", "validation") if clip.label in KEYWORDS]
    spoken, missed = Counter(), Counter()
    for clip in tqdm(words, desc="spotting words", unit="clip", mininterval=1):
        samples = trained.cache.samples(clip)
        scores = stream_posteriors(trained.mfcc, trained.network, samples, trained.temperature)[:, INDEX[clip.label]]
        spoken[clip.label] += 1
        missed[clip.label] += int(scores.max() <= thresholds[clip.label])
    results = {"streamed_words": dict(spoken), "streamed_misses": {w: missed[w] for w in KEYWORDS if missed[w]}}
    for name, group in (("wake_word", WAKE_WORDS), ("command", COMMANDS)):
        if count := sum(spoken[word] for word in group):
            results[f"{name}_miss_rate"] = round(sum(missed[word] for word in group) / count, 4)
    return results


def measure(cache: Cache, mfcc: MFCC, network: KeywordNetwork) -> Measured:
    """Everything that is measured of a trained network; its calibration's shift is put into the network."""
    calibration = calibrate(cache, mfcc, network)
    calibration.move_biases(network)
    trained = Trained(cache, mfcc, network, calibration.temperature)
    clips = measure_clips(trained)
    thresholds, fitted = fit(trained)
    return Measured(calibration, thresholds, clips | fitted | measure_streams(trained, thresholds))
