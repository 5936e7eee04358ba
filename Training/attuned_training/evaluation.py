"""Scores clips as `attune predict` does and streams as the daemon does: posteriors, peaks, thresholds."""

from collections.abc import Callable

import numpy as np
import torch

from .cache import Cache
from .data import Clip
from .effects import decibels, level
from .front_end import MFCC
from .network import KeywordNetwork
from .window import Window
from .words import INDEX, KEYWORDS, WAKE_WORDS, label

CLIP_HOPS = 5
SMOOTHING_HOPS = 4
LOWEST_THRESHOLD, HIGHEST_THRESHOLD = 0.5, 0.98


def clip_features(
    cache: Cache, mfcc: MFCC, clips: list[Clip], heard: Callable[[Clip], np.ndarray] | None = None
) -> torch.Tensor:
    """Each clip centred among zeros so that five windows hold a second of it; `heard` gives its samples if not the cache.

    Of a clip that is longer than the five windows, what is around the middle of its word.

    Returns [clips, 177, coefficients]; its windows at offsets 0, 8, ... 32 frames are the hops that `attune predict`
    averages.
    """
    window = Window()
    total = mfcc.front_end.samples(window.frames + (CLIP_HOPS - 1) * window.hop_frames)
    rows = []
    for first in range(0, len(clips), 64):
        samples = np.zeros((len(clips[first : first + 64]), total), np.float32)
        for row, clip in zip(samples, clips[first : first + 64]):
            spoken = (heard or cache.samples)(clip)
            middle = (clip.span_start + clip.span_end - total) // 2
            first = min(max(0, middle), max(0, len(spoken) - total))
            spoken = spoken[first : first + total]
            start = (total - len(spoken)) // 2
            row[start : start + len(spoken)] = spoken
        rows.append(mfcc(torch.from_numpy(samples)))
    return torch.cat(rows)


def targets(clips: list[Clip]) -> torch.Tensor:
    """The classes of labelled clips; [clips]."""
    return torch.tensor([INDEX[label(clip.label)] for clip in clips])


@torch.no_grad()
def clip_logits(network: KeywordNetwork, features: torch.Tensor) -> torch.Tensor:
    """Logits of the five hops of each clip; [clips, frames, coefficients] to [clips, hops, words]."""
    network.eval()
    window, shape = Window(), network.shape
    device = next(network.parameters()).device
    rows = []
    for batch in features.split(64):
        steps = network.convolutions(batch.to(device))
        windows = steps.unfold(1, shape.steps(window.frames), window.hop_frames // 4).transpose(2, 3)
        logits = network.window_logits(windows.reshape(-1, *windows.shape[2:]))
        rows.append(logits.reshape(len(batch), -1, logits.shape[1]).cpu())
    return torch.cat(rows)


def score_clips(network: KeywordNetwork, features: torch.Tensor, temperature: float = 1) -> np.ndarray:
    """Mean posterior over the hops of each clip; [clips, words]."""
    return (clip_logits(network, features) / temperature).softmax(2).mean(1).numpy()


def in_noise(cache: Cache, noise: list[Clip], ratio_db: float, seed: int = 1) -> Callable[[Clip], np.ndarray]:
    """Samples of a clip with a random part of a random noise, the whole clip's RMS over the noise's being the ratio.

    The same noise for the same clip at every ratio, as in `attune evaluate --snr`, though not the same as there.
    """

    def heard(clip: Clip) -> np.ndarray:
        rng = np.random.default_rng([seed, clip.start % 2**32])
        samples, chosen = cache.samples(clip), noise[rng.integers(len(noise))]
        first = int(rng.integers(max(1, chosen.length - len(samples))))
        part = np.resize(cache.samples(chosen, first, min(len(samples), chosen.length - first)), len(samples))
        return samples + part * (level(samples) / level(part) * decibels(-ratio_db))

    return heard


@torch.no_grad()
def stream_posteriors(
    mfcc: MFCC, network: KeywordNetwork, samples: np.ndarray, temperature: float, smoothing: int = SMOOTHING_HOPS
) -> np.ndarray:
    """Smoothed posteriors of a stream that begins and ends in silence, a row every 80 ms; [hops, words].

    Row r averages the windows that begin at hops r to r + smoothing - 1 of the padded stream, which has a whole window
    of silence before the first sample.
    """
    network.eval()
    window = Window()
    padding = np.zeros(window.samples(mfcc.front_end), np.float32)
    features = mfcc(torch.from_numpy(np.concatenate([padding, samples, padding])))
    features = features.to(next(network.parameters()).device)
    logits = network.stream_logits(features, window.frames, window.hop_frames).cpu()
    posteriors = (logits / temperature).softmax(1).numpy()
    sums = np.cumsum(np.concatenate([np.zeros((1, posteriors.shape[1]), posteriors.dtype), posteriors]), axis=0)
    return (sums[smoothing:] - sums[:-smoothing]) / smoothing


def peaks(posteriors: np.ndarray, word: int, refractory_hops: int = 12) -> list[float]:
    """The peak of each stretch in which a word leads the posteriors; stretches closer than a second count as one."""
    found, last = [], -refractory_hops
    for hop in np.flatnonzero(posteriors.argmax(1) == word):
        if hop - last < refractory_hops and found:
            found[-1] = max(found[-1], float(posteriors[hop, word]))
        else:
            found.append(float(posteriors[hop, word]))
        last = hop
    return found


def alarm_peaks(
    cache: Cache, mfcc: MFCC, network: KeywordNetwork, clips: list[Clip], temperature: float
) -> dict[str, list[float]]:
    """Per keyword the peaks that it should not have had in running speech and noise."""
    result = {word: [] for word in KEYWORDS}
    for clip in clips:
        posteriors = stream_posteriors(mfcc, network, cache.samples(clip), temperature)
        for word in KEYWORDS:
            if word not in clip.may_contain:
                result[word] += peaks(posteriors, INDEX[word])
    return result


def fit_thresholds(alarms: dict[str, list[float]], hours: float, budgets: dict[str, float]) -> dict[str, float]:
    """Per word the lowest threshold that leaves at most its budget of false alarms per hour, within [0.5, 0.98]."""
    thresholds = {}
    for word in KEYWORDS:
        ordered = sorted(alarms[word], reverse=True)
        spare = int(budgets[word] * hours)
        least = ordered[spare] + 0.01 if len(ordered) > spare else LOWEST_THRESHOLD
        thresholds[word] = round(float(np.clip(least, LOWEST_THRESHOLD, HIGHEST_THRESHOLD)), 3)
    return thresholds


def wake_word_trade(
    cache: Cache, mfcc: MFCC, network: KeywordNetwork, spoken: list[Clip], background: list[Clip], budget: float
) -> tuple[float, float]:
    """(false alarms per hour over all wake words at 0.5, miss rate at the threshold that meets the budget).

    What checkpoints are chosen by; both on calibration clips.
    """
    alarms = alarm_peaks(cache, mfcc, network, background, 1)
    hours = sum(clip.length for clip in background) / 16_000 / 3600
    scores = sorted((peak for word in WAKE_WORDS for peak in alarms[word]), reverse=True)
    spare = int(budget * hours)
    threshold = max(0.5, scores[spare]) if len(scores) > spare else 0.5
    missed = 0
    for clip in spoken:
        posteriors = stream_posteriors(mfcc, network, cache.samples(clip), 1)
        missed += posteriors[:, INDEX[clip.label]].max() <= threshold
    # Plain numbers: a checkpoint with NumPy's own is not read back.
    return float(sum(score > 0.5 for score in scores) / hours), float(missed / max(1, len(spoken)))
