"""Hard places: the hardest are kept, drawn the oftener, and forgotten when they are hard no longer."""

import torch

from attuned_training.hard_places import HardPlaces


def filled() -> HardPlaces:
    places = HardPlaces(4, torch.device("cpu"))
    places.note(torch.arange(8), torch.arange(8) * 100_000.0, torch.tensor([0.1, 0.9, 0.0, 0.8, 0.2, 0.7, 0.0, 0.6]))
    return places


def test_the_hardest_are_kept():
    assert set(filled().clip.tolist()) == {1, 3, 5, 7}


def test_places_are_drawn_near_where_they_are():
    torch.manual_seed(1)
    slots, clip, start = filled().draw(400)
    assert set(clip.tolist()) == {1, 3, 5, 7} and set(slots.tolist()) == {0, 1, 2, 3}
    assert ((start - clip * 100_000).abs() <= HardPlaces.JITTER_SAMPLES).all()


def test_what_is_hard_no_longer_gives_way():
    places = filled()
    slot = places.clip.tolist().index(1)
    for _ in range(5):
        places.heard_again(torch.tensor([slot]), torch.tensor([0.0]))
    places.note(torch.tensor([9]), torch.tensor([0.0]), torch.tensor([0.5]))
    assert set(places.clip.tolist()) == {9, 3, 5, 7}
