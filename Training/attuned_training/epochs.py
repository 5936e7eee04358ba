"""One epoch: which windows are drawn how often, and the batches that a loader's workers make of them."""

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
import torch

from .data import Clip
from .front_end import MFCC
from .spectral import colour
from .windows import Draw, WindowMaker
from .words import INDEX


@dataclass(frozen=True)
class Balance:
    """How often what is drawn in an epoch."""

    keyword_draws: int = 1400  # wanted for each keyword
    other_word_draws: int = 300  # wanted for each other word
    most_copies: int = 8  # of one clip
    synthetic_copies: int = 1  # of a clip that a synthesizer spoke; 0 leaves them out
    partial: float = 1 / 14  # of the words
    speech: float = 0.2  # windows of running speech, as a part of the words
    silence: float = 0.06
    hard: float = 0.0  # windows around mined false alarms, as a part of the words


def copies(clips: list[Clip], balance: Balance) -> dict[tuple[str, str], int]:
    """How often a clip of a label and source is drawn: more where there are few, from many speakers.

    Sources with more than ten clips of a word by each known speaker are drawn once.
    """
    counts, speakers, natural = Counter(), defaultdict(set), Counter()
    for clip in clips:
        counts[clip.label, clip.source] += 1
        speakers[clip.label, clip.source].add(clip.speaker)
        natural[clip.label] += not clip.synthetic
    result = {}
    for clip in clips:
        key = clip.label, clip.source
        few_speakers = "" not in speakers[key] and counts[key] > 10 * len(speakers[key])
        if clip.synthetic:
            result[key] = balance.synthetic_copies
        elif few_speakers:
            result[key] = 1
        else:
            wanted = balance.keyword_draws if clip.label in INDEX else balance.other_word_draws
            result[key] = int(np.clip(round(wanted / natural[clip.label]), 1, balance.most_copies))
    return result


def epoch_draws(
    rng: np.random.Generator, maker: WindowMaker, balance: Balance, hard: list[tuple[Clip, int]], left_out: set[str]
) -> list[Draw]:
    """One epoch, shuffled, without the clips whose paths are in `left_out`."""
    draws = []
    clips = [clip for clip in maker.words if clip.path not in left_out]
    times = copies(clips, balance)
    for clip in clips:
        for _ in range(times[clip.label, clip.source]):
            draws.append(Draw("partial" if rng.random() < balance.partial else "word", clip))
    words = len(draws)
    if maker.speech:
        draws += [Draw("speech")] * int(words * balance.speech)
    draws += [Draw("silence")] * int(words * balance.silence)
    if hard:
        chosen = rng.integers(len(hard), size=int(words * balance.hard))
        draws += [Draw("hard", *hard[i]) for i in chosen]
    return [draws[i] for i in rng.permutation(len(draws))]


class Epoch(torch.utils.data.IterableDataset):
    """Batches of (features [batch, frames, coefficients], right outputs [batch, words]), made by the loader's workers."""

    def __init__(self, maker: WindowMaker, mfcc: MFCC, draws: list[Draw], batch: int, seed: list[int]):
        self.maker, self.mfcc, self.draws, self.batch, self.seed = maker, mfcc, draws, batch, seed

    def __len__(self) -> int:
        return len(self.draws) // self.batch

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        if worker:
            torch.set_num_threads(1)
        first, step = (worker.id, worker.num_workers) if worker else (0, 1)
        for index in range(first, len(self), step):
            yield self.features(index)

    def windows(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Samples [batch, window] and right outputs [batch, words] of a batch."""
        rng = np.random.default_rng([*self.seed, index])
        draws = self.draws[index * self.batch : (index + 1) * self.batch]
        samples, targets = zip(*(self.maker.render(rng, draw) for draw in draws))
        return torch.from_numpy(np.stack(samples)), torch.from_numpy(np.stack(targets))

    def features(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        samples, targets = self.windows(index)
        generator = torch.Generator().manual_seed(int(np.random.default_rng([*self.seed, index]).integers(2**62)))
        how = self.maker.augmentation
        log_mel = colour(self.mfcc.log_mel(samples), generator, self.mfcc.front_end, how.masks, how.voices)
        return self.mfcc.normalise(self.mfcc.coefficients(log_mel)), targets
