"""What a run finds out about its own training data: false alarms in running speech, and clips that look mislabelled."""

from dataclasses import dataclass

import numpy as np
import torch
from tqdm import tqdm

from .cache import Cache
from .data import Clip
from .evaluation import clip_features, score_clips, stream_posteriors, targets
from .front_end import MFCC
from .network import KeywordNetwork
from .window import Window
from .words import INDEX, KEYWORDS, WORDS

LOWEST_SCORE = 0.15  # of a keyword in a window without one, to be worth another look
MOST_WINDOWS = 6_000


@dataclass(frozen=True)
class HardNegative:
    """A window of running speech in which a keyword is heard that was not said."""

    path: str
    start: int  # sample of the clip at which the window begins; may be negative
    word: str
    score: float


def mine(cache: Cache, mfcc: MFCC, network: KeywordNetwork) -> list[HardNegative]:
    """The highest scores of keywords in training speech and noise that does not contain them, highest first."""
    clips = cache.select("speech", "train") + cache.select("noise", "train")
    window = Window()
    found = []
    for clip in tqdm(clips, desc="mine", unit="clip", mininterval=5):
        wrong = [INDEX[word] for word in KEYWORDS if word not in clip.may_contain]
        scores = stream_posteriors(mfcc, network, cache.samples(clip), 1, smoothing=1)[:, wrong]
        for hop in np.flatnonzero(scores.max(1) > LOWEST_SCORE):
            start = int(hop) * window.hop_samples() - window.samples()
            word = WORDS[wrong[int(scores[hop].argmax())]]
            found.append(HardNegative(clip.path, start, word, round(float(scores[hop].max()), 4)))
    return sorted(found, key=lambda negative: -negative.score)[:MOST_WINDOWS]


@dataclass(frozen=True)
class Suspect:
    """A training recording that the network, trained on it, still takes for another word."""

    path: str
    label: str
    heard: str
    confidence: float


def suspects(
    cache: Cache, mfcc: MFCC, network: KeywordNetwork, sure: float = 0.9, unlikely: float = 0.02
) -> list[Suspect]:
    """Natural training clips of which another class has over `sure` and their label under `unlikely`."""
    clips = [clip for clip in cache.select("word", "train") if not clip.synthetic]
    found = []
    for first in tqdm(range(0, len(clips), 512), desc="audit", unit="batch"):
        part: list[Clip] = clips[first : first + 512]
        posteriors = score_clips(network, clip_features(cache, mfcc, part))
        own = posteriors[np.arange(len(part)), targets(part)]
        for i in np.flatnonzero((posteriors.max(1) > sure) & (own < unlikely)):
            heard = WORDS[int(posteriors[i].argmax())]
            found.append(Suspect(part[i].path, part[i].label, heard, round(float(posteriors[i].max()), 4)))
    return found
