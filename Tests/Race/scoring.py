"""Who heard what: hits, misses and false alarms of one contestant, with their intervals."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf, sqrt

from scipy.stats import chi2
from streams import RATE, Passage

# A word may be decided on until so long after its recording, and comes once in so long.
REACH_SAMPLES = RATE
DEAD_SAMPLES = RATE


@dataclass(frozen=True)
class Detection:
    """A word that was decided on at a sample of a piece."""

    piece: str
    sample: int
    word: str


@dataclass
class Score:
    """Counts by word. `seconds` is how long was listened in running speech and noise that do not say the word."""

    said: Counter = field(default_factory=Counter)
    hits: Counter = field(default_factory=Counter)
    alarms: Counter = field(default_factory=Counter)
    seconds: Counter = field(default_factory=Counter)
    places: list[dict] = field(default_factory=list)

    def missed(self, words: Iterable[str]) -> tuple[int, int]:
        """How often the words were said and not heard, and how often they were said."""
        said = sum(self.said[word] for word in words)
        return said - sum(self.hits[word] for word in words), said

    def false_alarms(self, words: list[str]) -> tuple[int, float]:
        """False alarms of all the words, and hours: the mean over the words, since a transcript excuses some only."""
        hours = sum(self.seconds[word] for word in words) / 3600 / max(1, len(words))
        return sum(self.alarms[word] for word in words), hours


def wilson(count: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a part, by Wilson's score (1927); 0 to 1 if nothing was tried."""
    if total == 0:
        return 0.0, 1.0
    z, part = 1.959963984540054, count / total
    centre = part + z * z / (2 * total)
    spread = z * sqrt(part * (1 - part) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def poisson_rate(events: int, exposure: float) -> tuple[float, float]:
    """The exact 95 % interval of a rate (Garwood 1936), for one unit of the exposure."""
    if exposure <= 0:
        return 0.0, inf
    lower = chi2.ppf(0.025, 2 * events) / 2 if events else 0.0
    return float(lower / exposure), float(chi2.ppf(0.975, 2 * events + 2) / 2 / exposure)


def without_repeats(detections: Iterable[Detection]) -> list[Detection]:
    """In order, without those that come within the dead time of one of the same word that was kept."""
    kept: list[Detection] = []
    last: dict[tuple[str, str], int] = {}
    for detection in sorted(detections, key=lambda each: (each.piece, each.sample)):
        key = (detection.piece, detection.word)
        if detection.sample - last.get(key, -DEAD_SAMPLES) >= DEAD_SAMPLES:
            last[key] = detection.sample
            kept.append(detection)
    return kept


def score(passages: list[Passage], detections: Iterable[Detection], words: list[str]) -> Score:
    """Counts what was heard of these words in one condition.

    A hit is a detection within the recording or a second after it. False alarms are counted in running speech and noise;
    a wake word heard where another is said is a miss of that one, and no more.
    """
    result = Score()
    heard: dict[str, list[Detection]] = defaultdict(list)
    for detection in without_repeats(each for each in detections if each.word in words):
        heard[detection.piece].append(detection)
    for passage in passages:
        inside = [
            each for each in heard[passage.piece] if passage.start <= each.sample < passage.end + REACH_SAMPLES
        ]  # fmt: skip
        said = passage.recording.word
        if said:
            result.said[said] += 1
            result.hits[said] += any(each.word == said for each in inside)
            continue
        for word in set(words) - passage.spoken:
            result.seconds[word] += (passage.end - passage.start) / RATE
        for each in inside:
            if each.word not in passage.spoken:
                result.alarms[each.word] += 1
                second = round((each.sample - passage.start) / RATE, 2)
                result.places.append({"word": each.word, "path": str(passage.recording.path), "second": second})
    return result
