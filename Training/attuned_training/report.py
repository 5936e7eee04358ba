"""Measures a trained run and writes it as a model folder."""

from collections import Counter
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from .card import model_card
from .data import Cache, Clip
from .evaluation import (
    clip_features,
    clip_logits,
    false_alarm_peaks,
    fit_temperature,
    fit_thresholds,
    spot,
    stream_posteriors,
)
from .export import write_model
from .front_end import MFCC
from .network import KeywordNetwork
from .training import Recipe, load_trained
from .words import COMMANDS, INDEX, KEYWORDS, UNKNOWN, WAKE_WORDS


def measure_clips(cache: Cache, mfcc: MFCC, network: KeywordNetwork) -> tuple[float, dict]:
    """The temperature, and the accuracy on validation clips (commands and `_unknown_`) scored as `predict` does."""
    clips = [clip for clip in cache.select("word", "validation") if clip.label not in WAKE_WORDS]
    labels = np.array([INDEX.get(clip.label, INDEX[UNKNOWN]) for clip in clips])
    logits = clip_logits(network, clip_features(cache, mfcc, clips))
    temperature = fit_temperature(logits, torch.from_numpy(labels))
    correct = (logits / temperature).softmax(2).mean(1).numpy().argmax(1) == labels
    names = [*COMMANDS, UNKNOWN]
    return temperature, {
        "validation_accuracy": round(float(correct.mean()), 4),
        "validation_clips": len(clips),
        "validation_accuracy_per_word": {w: round(float(correct[labels == INDEX[w]].mean()), 3) for w in names},
        "validation_clips_per_word": {w: int((labels == INDEX[w]).sum()) for w in names},
    }


def measure_stream(
    cache: Cache, mfcc: MFCC, network: KeywordNetwork, temperature: float
) -> tuple[dict[str, float], dict]:
    """Thresholds from held-out running speech; with them the false alarms there and the misses of validation words."""
    held_out = cache.select("speech", "held_out")
    hours = sum(clip.length for clip in held_out) / 3600 / mfcc.front_end.sample_rate

    def streamed(clip: Clip) -> np.ndarray:
        return stream_posteriors(mfcc, network, cache.samples(clip), temperature)

    speech = [streamed(clip) for clip in tqdm(held_out, desc="running speech", unit="file")]
    peaks = {word: [p for s in speech for p in false_alarm_peaks(s, INDEX[word])] for word in KEYWORDS}
    thresholds = fit_thresholds(peaks, hours)
    alarms = sum((spot(posteriors, thresholds) for posteriors in speech), Counter())

    words = [clip for clip in cache.select("word", "validation") if clip.label in KEYWORDS]
    spoken, missed, wrong = Counter(), Counter(), 0
    for clip in tqdm(words, desc="spotting words", unit="clip"):
        events = spot(streamed(clip), thresholds)
        spoken[clip.label] += 1
        missed[clip.label] += events[clip.label] == 0
        wrong += sum(count for word, count in events.items() if word != clip.label)
    commands = [word for word in COMMANDS if spoken[word]]
    return thresholds, {
        "held_out_speech_hours": round(hours, 2),
        "held_out_speech_false_alarms": {word: alarms[word] for word in KEYWORDS if alarms[word]},
        "streamed_miss_rate_commands": round(sum(missed[w] for w in commands) / sum(spoken[w] for w in commands), 4),
        "streamed_misses_wake_words": {word: f"{missed[word]} of {spoken[word]}" for word in WAKE_WORDS},
        "streamed_wrong_events": f"{wrong} in {len(words)} clips",
    }


def measure(cache: Cache, run: Path) -> dict:
    """Everything that is measured, as it goes into `model.json`."""
    mfcc, network, _ = load_trained(run)
    temperature, clips = measure_clips(cache, mfcc, network)
    thresholds, stream = measure_stream(cache, mfcc, network, temperature)
    return {"temperature": round(temperature, 3), "thresholds": thresholds, "results": clips | stream}


def data_sources(cache: Cache) -> list[dict]:
    """What the model was trained on: source, licence, clips and hours, without what was only measured on."""
    clips, samples = Counter(), Counter()
    for clip in cache.clips:
        if clip.split == "train" and not clip.masked:
            key = (clip.source, clip.licence)
            clips[key] += 1
            samples[key] += clip.length
    return [
        {"source": key[0], "licence": key[1], "clips": clips[key], "hours": round(count / 3600 / 16_000, 2)}
        for key, count in sorted(samples.items())
    ]


def export_run(cache: Cache, run: Path, out: Path, name: str, version: str) -> None:
    """Measures the run's last checkpoint and writes the model folder with its card."""
    mfcc, network, state = load_trained(run)
    measured = measure(cache, run)
    known = {field.name for field in fields(Recipe)}
    training = {
        "data": data_sources(cache),
        "epochs": state["epoch"],
        "steps": state["step"],
        "seconds": round(state["seconds"]),
        "stages": [{key: value for key, value in stage.items() if key in known} for stage in state["stages"]],
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
    }
    thresholds, results = measured["thresholds"], measured["results"]
    write_model(
        out,
        mfcc,
        network,
        name=name,
        version=version,
        thresholds=thresholds,
        temperature=measured["temperature"],
        training=training,
        results=results,
    )
    (out / "README.md").write_text(model_card(name, version, training, results, thresholds, measured["temperature"]))
