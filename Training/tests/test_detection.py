"""Scores as log-odds, and thresholds for a budget of false alarms."""

import numpy as np
import pytest
import torch

from attuned_training.detection import (
    LOWEST_CANDIDATE,
    RATES,
    Heard,
    Listened,
    alarm_curve,
    curve,
    decisive,
    heard,
    log_odds,
    threshold_at,
)
from attuned_training.words import INDEX, WORDS


def logits(**scores: float) -> torch.Tensor:
    row = torch.zeros(len(WORDS))
    for word, value in scores.items():
        row[INDEX[word]] = value
    return row


def test_log_odds_of_equal_windows_are_those_of_one():
    rows = torch.stack([logits(alexa=3.0)] * 4)
    posterior = rows[0].double().softmax(0)[INDEX["alexa"]].item()
    assert log_odds(rows, 1)[0, INDEX["alexa"]] == pytest.approx(np.log(posterior / (1 - posterior)))


def test_log_odds_tell_apart_what_a_posterior_cannot():
    rows = torch.stack([logits(alexa=40.0)] * 4 + [logits(alexa=45.0)] * 4)
    scores = log_odds(rows, 1)[[0, -1], INDEX["alexa"]]
    assert np.diff(scores) == pytest.approx(5, abs=1e-6)


def test_a_temperature_divides():
    rows = torch.stack([logits(alexa=6.0)] * 4)
    assert log_odds(rows, 2)[0, INDEX["alexa"]] == pytest.approx(log_odds(rows / 2, 1)[0, INDEX["alexa"]])


def test_two_hops_far_over_a_threshold_count_less_and_one_hop_does_not():
    for hops, expected in ((1, -1.0986), (2, 4.5), (4, 7.0)):
        rows = torch.stack([logits(alexa=-40.0)] * (6 - hops) + [logits(alexa=7.0 + np.log(len(WORDS) - 1))] * hops)
        assert decisive(rows, 1)[-1, INDEX["alexa"]] == pytest.approx(expected, abs=5e-3)


def test_stretches_closer_than_a_second_are_one_word():
    first = np.full((60, len(WORDS)), -9.0)
    for hop in (5, 6, 14, 40):
        first[hop, INDEX["alexa"]] = hop / 10
    second = first + 1
    found = heard(first, second, ["alexa", "computer"])
    assert [(one.word, one.first) for one in found] == [("alexa", 1.4), ("alexa", 4.0)]
    assert found[0].pairs == ((0.5, 1.5), (0.6, 1.6), (1.4, 2.4))
    assert found[0].fused(0.5) == pytest.approx(1.9)


def test_what_a_second_network_never_saw_is_no_word():
    assert Heard("alexa", 5.0).fused(0.5) == -np.inf


def test_thresholds_are_scores_that_were_heard_as_long_as_there_are_enough():
    scores = list(np.arange(100.0))
    assert alarm_curve(scores, hours=10, rates=[5, 3]) == [49, 69]


def test_rarer_alarms_follow_the_fall_of_the_highest():
    rng = np.random.default_rng(1)
    scores = list(rng.exponential(1.0, 2_000))  # 100 an hour; one over s comes exp(-s) times as often
    rates = [1, 0.1, 0.01]
    expected = [np.log(100 / rate) for rate in rates]
    assert alarm_curve(scores, 20, rates) == pytest.approx(expected, abs=2.0)
    assert np.diff(alarm_curve(scores, 20, rates)).min() > 1


def test_a_word_that_nothing_sounded_like_has_the_lowest_threshold():
    assert alarm_curve([], 20, [1, 0.1]) == [LOWEST_CANDIDATE] * 2


def test_words_of_a_pool_share_one_threshold_for_a_rate():
    rng = np.random.default_rng(3)
    alarms = Listened(hours=20, alarms=[Heard(word, float(score)) for word in ("alexa", "jarvis") for score in rng.exponential(1, 300)])
    of_one, of_other = (
        curve(word, alarms, Listened(), lambda one: one.first, ["alexa", "jarvis"])["points"] for word in ("alexa", "jarvis")
    )
    assert of_one == of_other
    scores = [one.first for one in alarms.alarms]
    assert threshold_at(of_one, 0.5) == pytest.approx(alarm_curve(scores, 20, [1.0])[0], abs=0.1)


def test_a_curve_rises_and_is_read_between_its_points():
    rng = np.random.default_rng(2)
    alarms = Listened(hours=20, alarms=[Heard("alexa", float(score)) for score in rng.exponential(1, 500)])
    spoken = Listened(spoken={"alexa": [Heard("alexa", float(score)) for score in rng.normal(8, 2, 200)]})
    entry = curve("alexa", alarms, spoken, lambda one: one.first)
    rates, thresholds, missed = zip(*entry["points"])
    assert list(rates) == sorted(rates, reverse=True) and set(rates) <= set(RATES)
    assert list(thresholds) == sorted(thresholds) and list(missed) == sorted(missed)
    assert threshold_at(entry["points"], rates[-3]) == pytest.approx(thresholds[-3])
    assert thresholds[-1] >= threshold_at(entry["points"], 0.03) >= threshold_at(entry["points"], 0.05)
