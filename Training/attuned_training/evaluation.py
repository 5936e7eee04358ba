"""Scores clips as `attune predict` does and streams as the daemon does: accuracy, temperature, thresholds."""

from collections import Counter

import numpy as np
import torch

from .data import Cache, Clip
from .front_end import MFCC
from .network import KeywordNetwork
from .window import Window
from .words import INDEX, KEYWORDS

CLIP_HOPS = 5
SMOOTHING_HOPS = 3
# Above 0.7 a threshold costs spoken words: a word whose budget asks for more is left at 0.7, and its false alarms are told
# in the model card.
LOWEST_THRESHOLD, HIGHEST_THRESHOLD = 0.5, 0.7


def clip_features(cache: Cache, mfcc: MFCC, clips: list[Clip]) -> torch.Tensor:
    """Each clip, of at most a second, centred among zeros so that five windows hold all of it.

    Returns [clips, 177, coefficients]; its windows at offsets 0, 8, ... 32 frames are the hops that `attune predict`
    averages.
    """
    window = Window()
    total = mfcc.front_end.samples(window.frames + (CLIP_HOPS - 1) * window.hop_frames)
    rows = []
    for first in range(0, len(clips), 64):
        samples = np.zeros((len(clips[first : first + 64]), total), np.float32)
        for row, clip in zip(samples, clips[first : first + 64]):
            spoken = cache.samples(clip)[:total]
            start = (total - len(spoken)) // 2
            row[start : start + len(spoken)] = spoken
        rows.append(mfcc(torch.from_numpy(samples)))
    return torch.cat(rows)


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


def fit_temperature(logits: torch.Tensor, labels: torch.Tensor) -> float:
    """The temperature with the lowest cross-entropy of single-window posteriors; logits [clips, hops, words]."""
    candidates = np.geomspace(0.3, 3, 100)
    targets = labels[:, None].expand(-1, logits.shape[1]).reshape(-1)
    flat = logits.reshape(-1, logits.shape[2])
    losses = [torch.nn.functional.cross_entropy(flat / t, targets).item() for t in candidates]
    return float(candidates[int(np.argmin(losses))])


@torch.no_grad()
def stream_posteriors(
    mfcc: MFCC, network: KeywordNetwork, samples: np.ndarray, temperature: float
) -> np.ndarray:
    """Smoothed posteriors of a stream that begins and ends in silence, a row every 80 ms; [hops, words]."""
    window = Window()
    padding = np.zeros(window.samples(mfcc.front_end), np.float32)
    features = mfcc(torch.from_numpy(np.concatenate([padding, samples, padding])))
    posteriors = (network.stream_logits(features, window.frames, window.hop_frames) / temperature).softmax(1).numpy()
    sums = np.cumsum(np.concatenate([np.zeros((1, posteriors.shape[1]), posteriors.dtype), posteriors]), axis=0)
    return (sums[SMOOTHING_HOPS:] - sums[:-SMOOTHING_HOPS]) / SMOOTHING_HOPS


def false_alarm_peaks(posteriors: np.ndarray, word: int, refractory_hops: int = 12) -> list[float]:
    """The peak of each stretch in which a word leads the posteriors; stretches closer than a second count as one."""
    peaks, last = [], -refractory_hops
    for hop in np.flatnonzero(posteriors.argmax(1) == word):
        if hop - last < refractory_hops and peaks:
            peaks[-1] = max(peaks[-1], float(posteriors[hop, word]))
        else:
            peaks.append(float(posteriors[hop, word]))
        last = hop
    return peaks


def fit_thresholds(
    peaks: dict[str, list[float]], hours: float, budget_per_hour: float = 0.5
) -> dict[str, float]:
    """Per word the lowest threshold that leaves at most the budget of false alarms, within [0.5, 0.7]."""
    allowed = int(budget_per_hour * hours)
    thresholds = {}
    for word in KEYWORDS:
        ordered = sorted(peaks[word], reverse=True)
        least = ordered[allowed] + 0.01 if len(ordered) > allowed else LOWEST_THRESHOLD
        thresholds[word] = round(float(np.clip(least, LOWEST_THRESHOLD, HIGHEST_THRESHOLD)), 3)
    return thresholds


def spot(posteriors: np.ndarray, thresholds: dict[str, float]) -> Counter:
    """How often each word is over its threshold, as distinct events."""
    events = Counter()
    for word in KEYWORDS:
        events[word] = sum(peak >= thresholds[word] for peak in false_alarm_peaks(posteriors, INDEX[word]))
    return events
