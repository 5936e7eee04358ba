"""Makes posteriors probabilities: how sure a network may be, and how likely `_unknown_` and `_silence_` are.

Fitted on calibration clips.
"""

import sys
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import torch
from tqdm import tqdm

from .cache import Cache
from .data import Clip
from .evaluation import clip_features, clip_logits, targets
from .front_end import MFCC
from .network import KeywordNetwork
from .words import INDEX, SILENCE, UNKNOWN, WORDS

MOST_SECONDS = 4_000  # of running speech: more tell no more of two numbers
TEMPERATURES = np.geomspace(0.5, 2, 43).round(3).tolist()
SHIFTS = np.linspace(-4, 1, 21).tolist()
ROUNDS = 2  # in which one shift is fitted after the other


@dataclass(frozen=True)
class Calibration:
    """Posteriors are the softmax of (logits + shifts for `_unknown_` and `_silence_`) / `temperature`.

    In training far more windows are `_unknown_` than hold any one word, and many words are buried in noise, so that
    `_silence_` is a good guess; a recording that somebody hands over need not share that. Sources: Guo et al. 2017, "On calibration of modern neural networks"; Saerens et al. 2002, "Adjusting the
    outputs of a classifier to new a priori probabilities".
    """

    temperature: float = 1
    unknown_shift: float = 0
    silence_shift: float = 0

    @torch.no_grad()
    def move_biases(self, network: KeywordNetwork) -> None:
        """Puts the shifts into the network's last bias."""
        network.output.bias[INDEX[UNKNOWN]] += self.unknown_shift
        network.output.bias[INDEX[SILENCE]] += self.silence_shift


def calibrate(cache: Cache, mfcc: MFCC, network: KeywordNetwork) -> Calibration:
    """Fitted on the calibration words, and on seconds of running speech and of noise that each weigh as much as one word."""
    words = cache.select("word", "calibration")
    if not words:
        tqdm.write("no calibration words: confidences stay as the network gives them", file=sys.stderr)
        return Calibration()
    labels = targets(words)
    right = torch.nn.functional.one_hot(labels, len(WORDS)).bool()
    logits, weights = clip_logits(network, clip_features(cache, mfcc, words)), torch.ones(len(words))
    for kind in ("speech", "noise"):
        background = [second for clip in cache.select(kind, "calibration") for second in seconds(clip)]
        if not background:
            continue
        background = background[:: -(-len(background) // MOST_SECONDS)]
        heard = [{SILENCE} if kind == "noise" else {UNKNOWN, SILENCE} | clip.may_contain for clip in background]
        right = torch.cat([right, torch.tensor([[word in allowed for word in WORDS] for allowed in heard])])
        logits = torch.cat([logits, clip_logits(network, clip_features(cache, mfcc, background))])
        weight = len(words) / len(set(labels.tolist())) / len(background)
        weights = torch.cat([weights, torch.full((len(background),), weight)])
    return fit(logits, right, weights)


def seconds(clip: Clip, length: int = 16_000) -> list[Clip]:
    """The whole seconds of a clip, each as a clip."""
    starts = range(0, clip.length - length + 1, length)
    return [replace(clip, start=clip.start + start, length=length, span_start=0, span_end=length) for start in starts]


def fit(logits: torch.Tensor, right: torch.Tensor, weights: torch.Tensor) -> Calibration:
    """The calibration at which the mean posterior of clips has the lowest cross-entropy.

    logits [clips, hops, words]; right [clips, words], bool, the outputs that are right for a clip; weights [clips].
    """

    def loss(calibration: Calibration) -> float:
        moved = logits.clone()
        moved[..., INDEX[UNKNOWN]] += calibration.unknown_shift
        moved[..., INDEX[SILENCE]] += calibration.silence_shift
        posteriors = (moved / calibration.temperature).softmax(2).mean(1)
        return float((-(posteriors * right).sum(1).clamp_min(1e-9).log() * weights).sum())

    best = Calibration()
    for _ in range(ROUNDS):
        best = min((replace(best, silence_shift=shift) for shift in SHIFTS), key=loss)
        pairs = product(TEMPERATURES, SHIFTS)
        best = min((replace(best, temperature=value, unknown_shift=shift) for value, shift in pairs), key=loss)
    return best


def expected_calibration_error(posteriors: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """How far confidence is from accuracy: the mean over equal bins of the confidence, weighted by their clips.

    Source: Guo et al. 2017. posteriors [clips, words], labels [clips].
    """
    confidence, correct = posteriors.max(1), posteriors.argmax(1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[bin_of == b].sum() - correct[bin_of == b].sum()) for b in range(bins)]
    return float(sum(gaps) / len(labels))
