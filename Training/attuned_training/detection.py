"""When a score is a word: log-odds, a second look, and thresholds for a budget of false alarms.

A posterior saturates: 0.98 and 0.9999 look alike. The log-odds of the smoothed posterior do not, and of two networks that
were trained apart they can be added.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.pool import Pool
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from .cache import Cache
from .data import Clip
from .effects import decibels, level
from .evaluation import SMOOTHING_HOPS
from .front_end import MFCC
from .network import KeywordNetwork
from .window import Window
from .words import INDEX, KEYWORDS, WAKE_WORDS

REFRACTORY_HOPS = 12
LOWEST_CANDIDATE = -1.5  # log-odds of the first network from which the second may be asked
LOWEST_THRESHOLD = 0.0  # a word that is no likelier than not is none
EARLY_HOPS = 2  # over so few a score counts, too,
EARLY_MARGIN = 2.5  # less this
TAIL = 20  # of the highest false alarms, whose fall is carried on to rarer ones


@dataclass(frozen=True)
class Scorer:
    """Two networks that listen to one stream of features. Picklable, so that processes share the work."""

    mfcc: MFCC
    first: KeywordNetwork
    first_temperature: float = 1
    second: KeywordNetwork | None = None
    second_temperature: float = 1
    second_mfcc: MFCC | None = None  # if the second network has a mean and scale of its own

    @torch.no_grad()
    def scores(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """What is decided by, [hops, words], of both; of the second only if the first heard a candidate.

        The stream begins and ends in silence, as for `stream_posteriors`.
        """
        window = Window()
        padding = np.zeros(window.samples(self.mfcc.front_end), np.float32)
        padded = torch.from_numpy(np.concatenate([padding, samples, padding]))
        features = self.mfcc(padded)
        first = decisive(self.first.stream_logits(features, window.frames, window.hop_frames), self.first_temperature)
        if self.second is None or first[:, [INDEX[word] for word in KEYWORDS]].max() < LOWEST_CANDIDATE:
            return first, None
        if self.second_mfcc is not None:
            features = self.second_mfcc(padded)
        logits = self.second.stream_logits(features, window.frames, window.hop_frames)
        return first, decisive(logits, self.second_temperature)


def decisive(logits: torch.Tensor, temperature: float) -> np.ndarray:
    """Log-odds over the last `SMOOTHING_HOPS`, or over the last `EARLY_HOPS` less `EARLY_MARGIN` where that is more.

    As the daemon decides (`Smoothing.swift`): a word that is far over its threshold need not wait. [hops - SMOOTHING_HOPS + 1, words].
    """
    early = log_odds(logits, temperature, EARLY_HOPS)[SMOOTHING_HOPS - EARLY_HOPS :] - EARLY_MARGIN
    return np.maximum(log_odds(logits, temperature), early)


def log_odds(logits: torch.Tensor, temperature: float, smoothing: int = SMOOTHING_HOPS) -> np.ndarray:
    """log(mean p / mean (1 - p)) over the last hops; logits [hops, words], result [hops - smoothing + 1, words]."""
    shifted = (logits.double() / temperature).numpy()
    powers = np.exp(shifted - shifted.max(1, keepdims=True))
    total = powers.sum(1, keepdims=True)
    # What is not the word is summed: 1 - p would be nothing where it matters.
    others = np.where(powers > 0.5 * total, _sum_of_others(powers), total - powers)
    spoken, not_spoken = (_mean_of_last(part / total, smoothing) for part in (powers, others))
    return np.log(np.maximum(spoken, 1e-300)) - np.log(np.maximum(not_spoken, 1e-300))


def _sum_of_others(powers: np.ndarray) -> np.ndarray:
    none = np.zeros((len(powers), 1))
    before = np.cumsum(np.concatenate([none, powers[:, :-1]], axis=1), axis=1)
    after = np.cumsum(np.concatenate([none, powers[:, :0:-1]], axis=1), axis=1)[:, ::-1]
    return before + after


def _mean_of_last(values: np.ndarray, count: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(values, count, axis=0).mean(-1)


@dataclass(frozen=True)
class Heard:
    """The height of one stretch in which a word led: of the first network's score, and of the second's at each hop."""

    word: str
    first: float
    pairs: tuple[tuple[float, float], ...] = ()  # (first, second) at the hops at which the word led

    def fused(self, weight: float) -> float:
        """The highest of (1 - weight) first + weight second."""
        return max(((1 - weight) * a + weight * b for a, b in self.pairs), default=-math.inf)


def heard(first: np.ndarray, second: np.ndarray | None, words: list[str]) -> list[Heard]:
    """Of each word the stretches in which it leads over `LOWEST_CANDIDATE`; closer than a second they are one."""
    found = []
    leader = first.argmax(1)
    for word in words:
        index, stretch, last = INDEX[word], [], -REFRACTORY_HOPS
        stretches: list[list[int]] = []
        for hop in np.flatnonzero((leader == index) & (first[:, index] > LOWEST_CANDIDATE)):
            if hop - last >= REFRACTORY_HOPS:
                stretch = []
                stretches.append(stretch)
            stretch.append(int(hop))
            last = hop
        for hops in stretches:
            pairs = tuple((float(first[h, index]), float(second[h, index])) for h in hops) if second is not None else ()
            found.append(Heard(word, float(first[hops, index].max()), pairs))
    return found


@dataclass
class Job:
    """Clips to be heard: what of each must not be heard is an alarm, what must be is spoken."""

    clips: list[Clip]
    ratio_db: float | None = None


@dataclass
class Listened:
    """What was heard in some clips."""

    hours: float = 0
    alarms: list[Heard] = field(default_factory=list)
    places: list[tuple[str, str, str]] = field(default_factory=list)  # of each alarm: source, path, kind
    spoken: dict[str, list[Heard]] = field(default_factory=dict)  # of each word's clips the best stretch

    def add(self, other: "Listened") -> None:
        self.hours += other.hours
        self.alarms += other.alarms
        self.places += other.places
        for word, stretches in other.spoken.items():
            self.spoken.setdefault(word, []).extend(stretches)


def listen_to(job: Job, cache: Path, scorer: Scorer) -> Listened:
    """Hears the clips of a job one by one, in noise of the cache's held-out noise if a ratio is given."""
    torch.set_num_threads(1)
    store, result = _open(cache), Listened()
    noise = [clip for clip in store.clips if clip.kind == "noise"]
    for clip in job.clips:
        samples = store.samples(clip)
        if job.ratio_db is not None and noise:
            rng = np.random.default_rng([7, clip.start % 2**32])
            chosen = noise[rng.integers(len(noise))]
            part = np.resize(store.samples(chosen), len(samples))
            samples = samples + part * (level(samples) / level(part) * decibels(-job.ratio_db))
        first, second = scorer.scores(samples)
        if clip.kind == "word":
            best = max(heard(first, second, [clip.label]), key=lambda one: one.first, default=Heard(clip.label, -math.inf))
            result.spoken.setdefault(clip.label, []).append(best)
            continue
        result.hours += clip.length / 16_000 / 3600
        for one in heard(first, second, [word for word in KEYWORDS if word not in clip.may_contain]):
            result.alarms.append(one)
            result.places.append((clip.source, clip.path, clip.kind))
    return result


_caches: dict[Path, Cache] = {}


def _open(folder: Path) -> Cache:
    if folder not in _caches:
        _caches[folder] = Cache(folder)
    return _caches[folder]


def listen(cache: Path, scorer: Scorer, clips: list[Clip], what: str, ratio_db: float | None = None, processes: int = 2) -> Listened:
    """Hears clips in so many processes."""
    jobs = [Job(clips[first : first + 40], ratio_db) for first in range(0, len(clips), 40)]
    result = Listened()
    with Pool(processes) as pool:
        parts: Iterator[Listened] = pool.imap(_Call(cache, scorer), jobs)
        for part in tqdm(parts, total=len(jobs), desc=what, unit="job", mininterval=5):
            result.add(part)
    return result


@dataclass(frozen=True)
class _Call:
    cache: Path
    scorer: Scorer

    def __call__(self, job: Job) -> Listened:
        return listen_to(job, self.cache, self.scorer)


def alarm_curve(scores: list[float], hours: float, rates: list[float]) -> list[float]:
    """The threshold that leaves each rate of false alarms an hour.

    Between the scores that were heard it is one of them; beyond, the fall of the highest `TAIL` is carried on: rare scores fall
    off exponentially in log-odds (Hill's estimator of the tail, Annals of Statistics 1975).
    """
    ordered = np.sort(scores)[::-1]
    tail = ordered[: min(TAIL, len(ordered))]
    if not len(tail):
        return [LOWEST_CANDIDATE] * len(rates)
    fall = max(0.15, float((tail[:-1] - tail[-1]).mean())) if len(tail) > 4 else 1.0
    thresholds = []
    for rate in rates:
        allowed = rate * hours
        if allowed >= len(tail) and int(allowed) < len(ordered):
            thresholds.append(float(ordered[int(allowed)]))
        else:
            thresholds.append(float(tail[-1] + fall * math.log(len(tail) / max(allowed, 1e-9))) if allowed < len(tail) else float(ordered[-1]))
    return [max(LOWEST_CANDIDATE, threshold) for threshold in np.maximum.accumulate(thresholds)]


RATES = [float(f"{100 * 0.55**step:.3g}") for step in range(20)]  # an hour, of one word: 100 down to 0.0012


def curve(
    word: str, alarms: Listened, spoken: Listened, score: Callable[[Heard], float], pool: list[str] | None = None
) -> dict:
    """A word's entry in the block `detection` of `model.json`.

    Words of a pool share one threshold at every rate, and their rates are equal parts of the pool's: fifteen hours hold a
    dozen alarms of all of them together, and too few of one to say where its rare ones lie.
    """
    pool = pool or [word]
    scores = [score(one) for one in alarms.alarms if one.word in pool]
    thresholds = alarm_curve(scores, alarms.hours, [rate * len(pool) for rate in RATES])
    best = [score(one) for one in spoken.spoken.get(word, [])]
    points = []
    for rate, threshold in zip(RATES, thresholds):
        threshold = max(LOWEST_THRESHOLD, threshold)
        missed = sum(value < threshold for value in best) / len(best) if best else 0
        if not points or threshold > points[-1][1]:
            points.append([rate, round(threshold, 3), round(missed, 4)])
    return {"points": points, "hours": round(alarms.hours, 2), "spoken": len(best)}


def threshold_at(points: list[list[float]], rate: float) -> float:
    """The log-odds at a rate, between points by the logarithm of the rate; the ends' beyond them."""
    rates = np.log([point[0] for point in points])[::-1]
    return float(np.interp(math.log(rate), rates, [point[1] for point in points][::-1]))


def probability(score: float) -> float:
    return 1 / (1 + math.exp(-score))


def score_of(probability: float) -> float:
    """The log-odds of a probability."""
    return math.log(probability / (1 - probability))
