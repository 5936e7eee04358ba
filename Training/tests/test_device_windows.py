"""Windows that are made where the network is: the same promises as those that are made one by one."""

import numpy as np
import pytest
import torch

from attuned_training.bank import Bank
from attuned_training.data import Clip
from attuned_training.device_windows import DeviceWindows, word_weights
from attuned_training.windows import Augmentation
from attuned_training.words import COMMANDS, INDEX, KEYWORDS, SCARCE_COMMANDS, SILENCE, UNKNOWN, WORDS

WINDOW = 23_520
NOTHING = Augmentation(
    noise=0, rooms=0, speed=0, codecs=0, overdrive=0, microphones=0, neighbours=0, noises=0, masks=0, voices=0
)


def right(row: torch.Tensor) -> set[str]:
    return {WORDS[i] for i in row.nonzero().flatten().tolist()}


def word(label: str, size: int = 8_000) -> tuple[Clip, np.ndarray]:
    """A word that is a ramp in its middle half, so that it is seen whether all of it is there."""
    samples = np.zeros(size, np.int16)
    samples[size // 4 : 3 * size // 4] = np.linspace(1_000, 30_000, size // 2)
    return Clip("", label, "word", "train", "", "CC0", span_start=size // 4, span_end=3 * size // 4), samples


@pytest.fixture
def maker():
    def make(how: Augmentation = NOTHING) -> DeviceWindows:
        torch.manual_seed(1)
        banks = [Bank(torch.device("cpu")) for _ in range(3)]
        banks[0].add([word("yes"), word("no"), word("marvin")])
        rng = np.random.default_rng(1)
        speech = (rng.standard_normal(80_000) * 3_000).astype(np.int16)
        banks[1].add([(Clip("", "", "speech", "train", "", "CC0", text=text), speech) for text in ("go home", "", "a cat")])
        banks[2].add([(Clip("", "_noise_", "noise", "train", "", "CC0"), speech[:n]) for n in (40_000, 3_000)])
        rooms = np.zeros((2, 6_400), np.float32)
        rooms[:, 16] = 1
        return DeviceWindows(*banks, rooms, WINDOW, how)

    return make


def test_a_word_is_wholly_inside_or_less_than_half_of_it_and_then_unknown(maker):
    samples, targets = maker().words(256)
    for row, target in zip(samples, targets):
        # The ramp's end is its loudest part: where all of it is there, so is its beginning.
        share = (row.abs() > 0).sum().item() / 4_000
        assert share < 0.5 if right(target) == {UNKNOWN} and share < 0.9 else share > 0.95


def test_every_kind_of_window_says_what_is_right_for_it(maker):
    make = maker(Augmentation())
    assert {frozenset(right(row)) for row in make.words(64, others=True)[1]} == {frozenset({UNKNOWN})}
    assert all(right(row) == {SILENCE} for row in make.silence(16)[1])
    assert all(right(row) == {SILENCE, UNKNOWN} for row in make.noises(16)[1])
    anything = {UNKNOWN, SILENCE, *COMMANDS, *SCARCE_COMMANDS}
    assert {frozenset(right(row)) for row in make.speech(*make.speech_places(200))[1]} == {
        frozenset({UNKNOWN, SILENCE, "go"}), frozenset({UNKNOWN, SILENCE, "cat"}), frozenset(anything)
    }


def test_everything_at_once_stays_within_full_scale(maker):
    make = maker(Augmentation(noise=1, rooms=1, speed=1, codecs=1, overdrive=1, microphones=1, neighbours=1, noises=1))
    for samples, targets in (make.words(32), make.speech(*make.speech_places(32)), make.noises(32), make.silence(32)):
        assert samples.shape == (32, WINDOW) and targets.shape == (32, len(WORDS))
        assert torch.isfinite(samples).all() and samples.abs().max() <= 1


def test_clips_that_come_later_are_drawn_too(maker):
    make = maker()
    make.bank.add([word("computer")])
    make.refresh()
    assert "computer" in {name for row in make.words(256)[1] for name in right(row)}


def test_a_bank_reads_between_samples_and_nothing_outside_a_clip():
    bank = Bank(torch.device("cpu"))
    clip = Clip("", "", "noise", "train", "", "CC0")
    bank.add([(clip, np.arange(2_000, dtype=np.int16)), (clip, np.full(2_000, 7, np.int16)), (clip, np.zeros(10, np.int16))])
    position = torch.tensor([[-1.0, 0.5, 1_998.0, 1_999.0]])
    first, last = torch.tensor([0]), torch.tensor([2_000])
    read = bank.read(torch.tensor([0]), position, first, last) * 32768
    assert read.tolist() == [[0, 0.5, 1_998, 0]]
    assert len(bank) == 2  # a clip too short to be anything is left out


def test_synthetic_voices_are_a_part_of_a_word_however_many_there_are():
    clips = [Clip("", "yes", "word", "train", "", "CC0")] * 10 + [Clip("", "yes", "word", "train", "", "generated")] * 90
    clips += [Clip("", "on", "word", "train", "", "generated")] * 5 + [Clip("", "alexa", "word", "train", "", "CC0")]
    weights = word_weights(clips)
    assert weights[:10].sum() == pytest.approx(0.7) and weights[10:100].sum() == pytest.approx(0.3)
    assert weights[100:105].sum() == pytest.approx(1) and weights[105] == pytest.approx(1.6)
    assert INDEX["on"] < len(KEYWORDS)
