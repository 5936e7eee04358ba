"""Where words lie in a window, and what that does to the label."""

import csv

import numpy as np
import pytest
import soundfile
import torch

from attuned_training.augmentation import (
    WindowMaker,
    colour,
    epoch_draws,
    partial_start,
    place,
    render,
    visible_fraction,
)
from attuned_training.data import Cache, prepare
from attuned_training.evaluation import fit_thresholds
from attuned_training.window import Window
from attuned_training.words import INDEX, KEYWORDS, SILENCE, UNKNOWN

WINDOW = 23_520


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Cache:
    """Two words, running speech and noise; the "word" is a tone of 0.4 s."""
    folder = tmp_path_factory.mktemp("recordings")
    seconds = np.arange(16_000) / 16_000
    tone = np.where((seconds > 0.3) & (seconds < 0.7), 0.3 * np.sin(2 * np.pi * 500 * seconds), 0)
    rng = np.random.default_rng(1)
    rows = []
    for label, kind, samples in [
        ("yes", "word", tone),
        ("marvin", "word", tone),
        ("", "speech", 0.1 * rng.standard_normal(80_000)),
        ("_noise_", "noise", 0.1 * rng.standard_normal(80_000)),
    ]:
        for number in range(6):
            name = f"{kind}-{label}-{number}.wav"
            soundfile.write(folder / name, samples, 16_000)
            rows.append({"path": name, "label": label, "split": "train"})
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=["path", "label", "split"])
        writer.writeheader()
        writer.writerows(rows)
    prepare([folder], folder / "cache", processes=1)
    return Cache(folder / "cache")


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


def test_a_partial_word_is_labelled_unknown_and_a_whole_one_is_not(cache):
    maker = WindowMaker(cache, WINDOW)
    draws = epoch_draws(np.random.default_rng(1), maker, {"yes": 200, "marvin": 20})
    words = [d for d in draws if d.kind == "word" and d.clip.label == "yes"]
    partial = [d for d in draws if d.kind == "partial"]
    assert words and partial
    assert {d.label for d in words} == {INDEX["yes"]}
    assert {d.label for d in partial} == {INDEX[UNKNOWN]}
    assert {d.label for d in draws if d.kind == "speech"} == {INDEX[UNKNOWN]}
    assert {d.label for d in draws if d.kind == "silence"} == {INDEX[SILENCE]}
    assert {d.label for d in draws if d.kind == "word" and d.clip.label == "marvin"} == {INDEX[UNKNOWN]}


def test_every_draw_is_a_window_within_full_scale(cache):
    maker = WindowMaker(cache, WINDOW)
    rng = np.random.default_rng(2)
    for draw in epoch_draws(rng, maker, {"yes": 30, "marvin": 5}):
        samples = render(rng, maker, draw)
        assert samples.shape == (WINDOW,) and samples.dtype == np.float32
        assert np.isfinite(samples).all() and np.abs(samples).max() <= 1


def test_a_word_is_wholly_inside_its_window(cache):
    maker = WindowMaker(cache, WINDOW)
    maker.noise_crop = lambda rng, length: np.zeros(length, np.float32)
    maker.side = lambda rng, length, reference, before: np.zeros(length, np.float32)
    rng = np.random.default_rng(3)
    clip = next(clip for clip in maker.words if clip.label == "yes")
    for _ in range(100):
        loud = np.flatnonzero(np.abs(maker.word(rng, clip, partial=False)) > 1e-4)
        assert 0.4 / 1.13 < (loud[-1] - loud[0]) / 16_000 < 0.4 / 0.87


def test_digital_silence_stays_silent_under_equalisation():
    floor = float(np.log(1e-6))
    log_mel = torch.full((8, 145, 80), floor)
    torch.testing.assert_close(colour(log_mel, torch.Generator().manual_seed(1), 1e-6), log_mel)


def test_thresholds_keep_to_the_budget_and_the_bounds():
    peaks = {word: [] for word in KEYWORDS} | {"yes": [0.9, 0.6, 0.55], "no": [0.99], "up": [0.3]}
    thresholds = fit_thresholds(peaks, hours=2)
    assert (thresholds["yes"], thresholds["no"], thresholds["up"], thresholds["go"]) == (0.61, 0.5, 0.5, 0.5)
    assert fit_thresholds(peaks, hours=1)["no"] == 0.7
