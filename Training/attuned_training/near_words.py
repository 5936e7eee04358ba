"""Words and pairs of words that are nearly a keyword: what a listener wakes of by mistake.

Found by the distance of phonemes in a pronouncing dictionary (the CMU dictionary, as pocketsphinx brings it).
"""

import re
from collections import Counter
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from .errors import TrainingError

VOWELS = set("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split())
# Phonemes that are heard for one another cost less; after Miller and Nicely 1955 for the consonants.
ALIKE = {
    frozenset(pair.split("-"))
    for pair in (
        "P-B T-D K-G F-V TH-DH S-Z SH-ZH CH-JH M-N N-NG F-TH V-DH S-SH Z-ZH CH-SH JH-ZH T-CH D-JH L-R L-W R-W P-T K-T B-D "
        "IH-IY IH-EH EH-AE AH-UH AH-AA AA-AO AO-OW UH-UW AH-ER EY-EH AY-AA AW-AA OY-AO AH-IH AH-AE ER-R AE-AA"
    ).split()
}
# Keywords that the dictionary lacks.
SPOKEN = {"snowboy": "S N OW B OY".split()}


@dataclass(frozen=True)
class NearWord:
    """A text, the keyword it is near to, and how near: 0 the same phonemes, 1 nothing in common."""

    text: str
    keyword: str
    distance: float


def dictionary() -> dict[str, list[str]]:
    """Words to their first pronunciation, without stress; needs the package pocketsphinx."""
    spec = find_spec("pocketsphinx")
    if spec is None:
        raise TrainingError("near words need a pronouncing dictionary: pip install pocketsphinx")
    file = Path(spec.origin).parent / "model" / "en-us" / "cmudict-en-us.dict"
    entries = dict(SPOKEN)
    for line in file.read_text().splitlines():
        word, *phonemes = line.split()
        if word.isalpha():
            entries[word] = phonemes
    return entries


def common_words(texts: list[str], most: int = 2_500) -> list[str]:
    """The words that transcripts have most often, the commonest first."""
    counts = Counter(word for text in texts for word in re.findall(r"[a-z]+", text.lower()))
    return [word for word, _ in counts.most_common(most) if len(word) > 1 or word in "ai"]


def substitution(a: str, b: str) -> float:
    """What it costs to hear phoneme `b` for `a`, 0 to 1."""
    if a == b:
        return 0
    if frozenset((a, b)) in ALIKE:
        return 0.35
    return 0.7 if (a in VOWELS) == (b in VOWELS) else 1


def distance(a: list[str], b: list[str]) -> float:
    """Weighted Levenshtein distance of two pronunciations, over the length of the longer one."""
    row = [0.8 * j for j in range(len(b) + 1)]
    for i, phoneme in enumerate(a, 1):
        above, row[0] = row[0], 0.8 * i
        for j, other in enumerate(b, 1):
            above, row[j] = row[j], min(row[j] + 0.8, row[j - 1] + 0.8, above + substitution(phoneme, other))
    return row[-1] / max(len(a), len(b))


def near_words(
    keywords: list[str], vocabulary: list[str], each: int = 20, pairs: int = 15, farthest: float = 0.5
) -> list[NearWord]:
    """For each keyword the nearest words of the dictionary, and the nearest pairs of words of the vocabulary.

    Keywords themselves, words that hold one, and other spellings of the same phonemes are left out: they are keywords
    to an ear. `vocabulary` is what pairs are made of: common words.
    """
    entries = dictionary()
    known = [word for word in dict.fromkeys(vocabulary) if word in entries]
    found = []
    for keyword in keywords:
        parts = keyword.split("_")
        target = [phoneme for part in parts for phoneme in entries[part]]
        def rate(text: str, phonemes: list[str]) -> NearWord | None:
            far = distance(target, phonemes)
            spoken = text.split()
            if far <= 0.02 or far > farthest or keyword.replace("_", " ") in text or all(p in spoken for p in parts):
                return None
            return NearWord(text, keyword, round(far, 3))
        singles = [
            rate(word, phonemes)
            for word, phonemes in entries.items()
            if abs(len(phonemes) - len(target)) <= 3 and len(word) > 1
        ]
        found += sorted(filter(None, singles), key=lambda near: near.distance)[:each]
        # A pair is near only if its first word is near the beginning and its second near the end.
        halves = []
        for cut in range(1, len(target)):
            first = sorted(known, key=lambda word: distance(target[:cut], entries[word]))[:12]
            second = sorted(known, key=lambda word: distance(target[cut:], entries[word]))[:12]
            halves += [rate(f"{a} {b}", entries[a] + entries[b]) for a in first for b in second]
        unique = {near.text: near for near in filter(None, halves)}
        found += sorted(unique.values(), key=lambda near: near.distance)[:pairs]
    return found
