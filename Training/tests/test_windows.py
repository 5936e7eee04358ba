"""Where words lie in a window, and what that does to the label."""

import numpy as np
import pytest

from attuned_training.data import Clip
from attuned_training.window import Window
from attuned_training.windows import Augmentation, Draw, WindowMaker, partial_start, place, visible_fraction
from attuned_training.words import COMMANDS, KEYWORDS, SCARCE_COMMANDS, SILENCE, UNKNOWN, WORDS

WINDOW = 23_520
NOTHING = Augmentation(noise=0, rooms=0, speed=0, codecs=0, overdrive=0, microphones=0, neighbours=0)


def right(row: np.ndarray) -> set[str]:
    return {WORDS[i] for i in np.flatnonzero(row)}


@pytest.fixture(scope="module")
def maker(cache) -> WindowMaker:
    return WindowMaker(cache, WINDOW)


def word_clip(maker: WindowMaker, label: str) -> Clip:
    return next(clip for clip in maker.words if clip.label == label)


def test_the_window_is_145_frames_moved_by_8():
    window = Window()
    assert (window.samples(), window.hop_samples()) == (WINDOW, 1280)
    assert [window.hops(frames) for frames in (144, 145, 152, 153, 177)] == [0, 1, 1, 2, 5]


def test_a_piece_is_cut_at_the_edges_of_the_window():
    assert place(100, 50, 1000).__dict__ == {"target": 100, "source": 0, "length": 50}
    assert place(-20, 50, 1000).__dict__ == {"target": 0, "source": 20, "length": 30}
    assert place(980, 50, 1000).__dict__ == {"target": 980, "source": 0, "length": 20}
    assert place(-60, 50, 1000).length == 0
    assert visible_fraction(-25, 50, 1000) == 0.5


def test_less_than_half_of_a_partial_word_is_inside():
    rng = np.random.default_rng(1)
    starts = [partial_start(rng, 8_000, WINDOW) for _ in range(500)]
    fractions = [visible_fraction(start, 8_000, WINDOW) for start in starts]
    assert 0 < min(fractions) and max(fractions) < 0.5
    assert min(starts) < 0 < max(starts)


def test_a_word_is_wholly_in_its_window_and_a_partial_one_under_half(cache, monkeypatch):
    monkeypatch.setattr(WindowMaker, "gain", staticmethod(lambda rng, samples: samples))
    maker = WindowMaker(cache, WINDOW, NOTHING)
    clip = word_clip(maker, "yes")
    energy = np.square(cache.samples(clip)).sum()
    rng = np.random.default_rng(3)
    whole, part = ([np.square(maker.word(rng, clip, p)).sum() / energy for _ in range(200)] for p in (False, True))
    assert min(whole) > 0.98
    assert max(part) < 0.5 and len({round(value, 3) for value in part}) > 50


@pytest.mark.parametrize(
    ("draw", "label", "expected"),
    [
        ("word", "yes", {"yes"}),
        ("word", "computer", {"computer"}),
        ("word", "marvin", {UNKNOWN}),
        ("partial", "yes", {UNKNOWN}),
        ("silence", None, {SILENCE}),
    ],
)
def test_what_is_right_for_a_window(maker, draw, label, expected):
    clip = label and word_clip(maker, label)
    assert right(maker.render(np.random.default_rng(1), Draw(draw, clip))[1]) == expected


def test_running_speech_may_be_what_its_transcript_says(maker):
    by_text = {clip.text: clip for clip in maker.speech}
    rng = np.random.default_rng(1)
    for text, words in (("go home", {"go"}), ("nothing of the kind", set()), ("", {*COMMANDS, *SCARCE_COMMANDS})):
        for kind in ("speech", "hard"):
            found = right(maker.render(rng, Draw(kind, by_text[text]))[1])
            assert found == {UNKNOWN, SILENCE} | words
    assert not set(KEYWORDS[28:]) & right(maker.render(rng, Draw("speech"))[1])


def test_every_kind_of_window_is_whole_and_within_full_scale(cache):
    everything = Augmentation(noise=1, rooms=1, speed=1, codecs=1, overdrive=1, microphones=1, neighbours=1)
    maker = WindowMaker(cache, WINDOW, everything)
    rng = np.random.default_rng(2)
    draws = [Draw(kind, clip) for kind in ("word", "partial") for clip in maker.words[:8]]
    draws += [Draw("speech"), Draw("silence")] * 20 + [Draw("hard", clip, -30_000) for clip in maker.speech + maker.noise]
    for draw in draws:
        samples, row = maker.render(rng, draw)
        assert samples.shape == (WINDOW,) and samples.dtype == np.float32 and row.any()
        assert np.isfinite(samples).all() and np.abs(samples).max() <= 1


def test_noise_is_as_loud_as_its_ratio_says(cache):
    maker = WindowMaker(cache, WINDOW, Augmentation(lowest_snr=10, highest_snr=10))
    noise = maker.noise_at(np.random.default_rng(1), 0.1)
    assert 20 * np.log10(0.1 / np.sqrt(np.mean(np.square(noise)))) == pytest.approx(10, abs=0.1)
