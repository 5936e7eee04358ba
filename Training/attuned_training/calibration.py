"""Makes posteriors probabilities: how sure a network may be, and how likely `_unknown_` is, fitted on calibration clips."""

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
UNKNOWN_SHIFTS = np.linspace(-3, 1, 17).tolist()


@dataclass(frozen=True)
class Calibration:
    """Posteriors are the softmax of (logits + `unknown_shift` for `_unknown_`) / `temperature`.

    In training far more windows are `_unknown_` than hold any one word, which a recording that somebody hands over need
    not share. Sources: Guo et al. 2017, "On calibration of modern neural networks"; Saerens et al. 2002, "Adjusting the
    outputs of a classifier to new a priori probabilities".
    """

    temperature: float = 1
    unknown_shift: float = 0

    @torch.no_grad()
    def move_unknown(self, network: KeywordNetwork) -> None:
        """Puts the shift into the network's last bias."""
        network.output.bias[INDEX[UNKNOWN]] += self.unknown_shift


def calibrate(cache: Cache, mfcc: MFCC, network: KeywordNetwork) -> Calibration:
    """Fitted on the calibration words, and on seconds of running speech that together weigh as much as one word."""
    words = cache.select("word", "calibration")
    if not words:
        tqdm.write("no calibration words: confidences stay as the network gives them", file=sys.stderr)
        return Calibration()
    labels = targets(words)
    right = torch.nn.functional.one_hot(labels, len(WORDS)).bool()
    logits, weights = clip_logits(network, clip_features(cache, mfcc, words)), torch.ones(len(words))
    if speech := [second for clip in cache.select("speech", "calibration") for second in seconds(clip)]:
        speech = speech[:: -(-len(speech) // MOST_SECONDS)]
        heard = [{UNKNOWN, SILENCE} | clip.may_contain for clip in speech]
        right = torch.cat([right, torch.tensor([[word in allowed for word in WORDS] for allowed in heard])])
        logits = torch.cat([logits, clip_logits(network, clip_features(cache, mfcc, speech))])
        weight = len(words) / len(set(labels.tolist())) / len(speech)
        weights = torch.cat([weights, torch.full((len(speech),), weight)])
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
        posteriors = (moved / calibration.temperature).softmax(2).mean(1)
        return float((-(posteriors * right).sum(1).clamp_min(1e-9).log() * weights).sum())

    return min((Calibration(*values) for values in product(TEMPERATURES, UNKNOWN_SHIFTS)), key=loss)


def expected_calibration_error(posteriors: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """How far confidence is from accuracy: the mean over equal bins of the confidence, weighted by their clips.

    Source: Guo et al. 2017. posteriors [clips, words], labels [clips].
    """
    confidence, correct = posteriors.max(1), posteriors.argmax(1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[bin_of == b].sum() - correct[bin_of == b].sum()) for b in range(bins)]
    return float(sum(gaps) / len(labels))
