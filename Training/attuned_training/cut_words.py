"""Words cut out of transcribed running speech, by aligning each utterance with its transcript.

Speakers of running speech have real microphones and rooms, which synthetic voices lack: of a word that hardly anybody
recorded alone they are worth having. The aligner is pocketsphinx with its English model.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import soundfile
from tqdm import tqdm

from .data import Clip, DataError, list_clips
from .decoding import SAMPLE_RATE, read
from .errors import TrainingError

FRAME_SAMPLES = SAMPLE_RATE // 100  # of the aligner
MARGIN_SAMPLES = SAMPLE_RATE * 3 // 100
FADE_SAMPLES = SAMPLE_RATE // 100
# Shorter ones are unstressed: hardly the word that somebody says alone. Longer ones are misaligned.
SHORTEST_SECONDS, LONGEST_SECONDS = 0.2, 0.95
LONGEST_UTTERANCE_SECONDS = 20


@dataclass(frozen=True)
class Cut:
    """A word in a clip of running speech, in samples."""

    word: str
    start: int
    end: int


def spoken(text: str) -> list[str]:
    """The words of a transcript, in lower case, with apostrophes."""
    kept = "".join(c if c.isalpha() or c == "'" else " " for c in text.lower())
    return [word.strip("'") for word in kept.split() if word.strip("'")]


class Aligner:
    """Finds where words are, given what was said."""

    def __init__(self):
        try:
            from pocketsphinx import Decoder
        except ImportError as error:
            raise TrainingError("words are aligned by pocketsphinx: pip install pocketsphinx") from error
        # Best paths through a lattice need a language model.
        self.decoder = Decoder(lm=None, samprate=SAMPLE_RATE, loglevel="FATAL", bestpath=False)

    def align(self, samples: np.ndarray, words: list[str]) -> list[Cut]:
        """Where each word of an utterance is, int16 samples; none if one is not in the dictionary, or they do not fit."""
        if not words or any(self.decoder.lookup_word(word) is None for word in words):
            return []
        try:
            self.decoder.set_align_text(" ".join(words))
            self.decoder.start_utt()
            self.decoder.process_raw(samples.tobytes(), full_utt=True)
            self.decoder.end_utt()
        except RuntimeError:
            return []
        found = [
            Cut(segment.word.partition("(")[0], segment.start_frame * FRAME_SAMPLES, (segment.end_frame + 1) * FRAME_SAMPLES)
            for segment in self.decoder.seg() or []
            if not segment.word.startswith(("<", "["))
        ]
        return found if [cut.word for cut in found] == words else []


_aligner: Aligner | None = None


def cut(job: tuple[Clip, set[str]]) -> list[tuple[Clip, str, np.ndarray]] | None:
    """The wanted words of one clip, each with its samples, faded at both ends; None if it could not be aligned."""
    global _aligner
    clip, wanted = job
    _aligner = _aligner or Aligner()
    try:
        samples = read(clip.path)
    except DataError:
        return None
    places = [] if len(samples) > LONGEST_UTTERANCE_SECONDS * SAMPLE_RATE else _aligner.align(samples, spoken(clip.text))
    found = []
    for place in places:
        seconds = (place.end - place.start) / SAMPLE_RATE
        if place.word in wanted and SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
            piece = samples[max(0, place.start - MARGIN_SAMPLES) : place.end + MARGIN_SAMPLES].astype(np.float32)
            fade = np.linspace(0, 1, FADE_SAMPLES, dtype=np.float32)
            piece[:FADE_SAMPLES] *= fade
            piece[-FADE_SAMPLES:] *= fade[::-1]
            found.append((clip, place.word, piece.round().astype(np.int16)))
    return found if places else None


def cut_words(folders: Iterable[Path], out: Path, words: Iterable[str], processes: int) -> tuple[dict[str, int], int]:
    """Writes a folder with the words that the training clips of folders hold, and its `manifest.csv`.

    Returns how many of each there are, and how many clips could not be read or aligned.
    """
    wanted = set(words)
    clips = [clip for folder in folders for clip in list_clips(folder) if clip.kind == "speech" and clip.split == "train"]
    clips = [clip for clip in clips if wanted & set(spoken(clip.text))]
    if not clips:
        raise TrainingError("no transcribed running speech of the training split holds one of these words")
    counts, failed = dict.fromkeys(sorted(wanted), 0), 0
    out.mkdir(parents=True, exist_ok=True)
    with Pool(processes) as pool, (out / "manifest.csv").open("w", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(["path", "label", "split", "speaker", "source", "licence", "text"])
        jobs = [(clip, wanted) for clip in clips]
        for found in tqdm(pool.imap(cut, jobs, 4), total=len(jobs), desc="cut", unit="clip"):
            failed += found is None
            for clip, word, samples in found or []:
                counts[word] += 1
                file = Path(word) / f"{counts[word]:05d}.flac"
                (out / word).mkdir(exist_ok=True)
                soundfile.write(out / file, samples, SAMPLE_RATE, subtype="PCM_16")
                rows.writerow([file, word, "train", clip.speaker, clip.source, clip.licence, word])
    return counts, failed
