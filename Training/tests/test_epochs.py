"""Which windows an epoch has, and that the same epoch is the same again."""

from collections import Counter

import numpy as np
import pytest
import torch

from attuned_training.data import Clip
from attuned_training.epochs import Balance, Epoch, copies, epoch_draws
from attuned_training.front_end import MFCC
from attuned_training.windows import WindowMaker

WINDOW = 23_520


@pytest.fixture(scope="module")
def maker(cache) -> WindowMaker:
    return WindowMaker(cache, WINDOW)


def clips(label: str, count: int, **more) -> list[Clip]:
    values = {"source": "recordings", "licence": "CC0"} | more
    return [Clip(f"{label}{n}", label, "word", "train", speaker=values.pop("speaker", ""), **values) for n in range(count)]


def test_words_with_few_recordings_are_drawn_more_often():
    words = [*clips("yes", 700), *clips("go", 100), *clips("marvin", 10), *clips("no", 3000)]
    assert {label: times for (label, _), times in copies(words, Balance()).items()} == {
        "yes": 2,
        "go": 8,
        "marvin": 8,
        "no": 1,
    }


def test_synthetic_voices_do_not_count_as_recordings_and_can_be_left_out():
    words = [*clips("yes", 700), *clips("yes", 5000, source="espeak-ng", licence="generated")]
    assert copies(words, Balance()) == {("yes", "recordings"): 2, ("yes", "espeak-ng"): 1}
    assert copies(words, Balance(synthetic_copies=0))["yes", "espeak-ng"] == 0


def test_many_clips_of_few_known_speakers_are_drawn_once():
    words = [Clip(f"{n}", "six", "word", "train", "digits", "CC0", speaker=f"s{n % 6}") for n in range(300)]
    assert copies(words, Balance()) == {("six", "digits"): 1}


def test_an_epoch_has_the_wanted_parts(maker):
    balance = Balance(keyword_draws=400, other_word_draws=100, most_copies=100, hard=0.25)
    hard = [(maker.speech[0], 100)]
    draws = epoch_draws(np.random.default_rng(1), maker, balance, hard, set())
    kinds = Counter(draw.kind for draw in draws)
    labels = Counter(draw.clip.label for draw in draws if draw.kind in ("word", "partial"))
    assert labels == {"yes": 400, "no": 400, "computer": 400, "marvin": 100}
    words = kinds["word"] + kinds["partial"]
    assert kinds["partial"] / words == pytest.approx(1 / 14, abs=0.02)
    assert (kinds["speech"], kinds["silence"], kinds["hard"]) == (int(0.2 * words), int(0.06 * words), int(0.25 * words))
    assert draws[:20] != sorted(draws[:20], key=lambda draw: draw.kind)


def test_clips_that_look_mislabelled_are_left_out(maker):
    out = {maker.words[0].path}
    draws = epoch_draws(np.random.default_rng(1), maker, Balance(), [], out)
    assert {clip.path for clip in maker.words} - {d.clip.path for d in draws if d.clip} == out


def test_the_same_epoch_is_the_same_again_whoever_makes_it(maker):
    def batches(seed: int, workers: int) -> list:
        draws = epoch_draws(np.random.default_rng([seed, 1]), maker, Balance(keyword_draws=10), [], set())
        epoch = Epoch(maker, MFCC(), draws, 8, [seed, 1])
        loader = torch.utils.data.DataLoader(epoch, batch_size=None, num_workers=workers)
        return [(features, right) for features, right in loader]

    once, again, other = batches(1, 0), batches(1, 2), batches(2, 0)
    assert len(once) == len(again) > 5
    for (features, right), (same_features, same_right) in zip(once, again):
        torch.testing.assert_close(features, same_features, atol=1e-5, rtol=0)
        assert torch.equal(right, same_right)
    assert not torch.equal(once[0][0], other[0][0])
