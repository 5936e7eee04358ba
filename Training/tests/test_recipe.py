"""Changes of a recipe by name, and what two recipes disagree in."""

import pytest

from attuned_training.recipe import Recipe, RecipeError, differences, with_changes


def test_a_change_takes_the_type_of_the_field():
    recipe = with_changes(
        Recipe(), ["words.epochs=3", "augmentation.lowest_snr=-2.5", "streams.balance.hard=0", "seed=7"]
    )
    assert (recipe.words.epochs, recipe.augmentation.lowest_snr, recipe.streams.balance.hard, recipe.seed) == (3, -2.5, 0, 7)
    assert recipe.words.learning_rate == Recipe().words.learning_rate
    assert with_changes(Recipe(), []) == Recipe()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("words.epoch=3", "changes nothing; write NAME=VALUE with a name of: words.epochs"),
        ("words.epochs", "changes nothing"),
        ("augmentation=3", "changes nothing"),
        ("words.balance=3", "changes nothing"),
        ("words.epochs=2.5", "words.epochs is a number such as 40"),
        ("batch=many", "batch is a number such as 192"),
        ("augmentation.noise=-1", "not negative"),
        ("augmentation.noise=nan", "not negative"),
    ],
)
def test_a_change_of_nothing_is_refused(change, said):
    with pytest.raises(RecipeError, match=said):
        with_changes(Recipe(), [change])


def test_differences_are_named():
    other = with_changes(Recipe(), ["augmentation.noise=0", "batch=64"])
    assert differences(Recipe().to_json(), other.to_json()) == [
        "augmentation.noise: 0.65 there, 0.0 here",
        "batch: 192 there, 64 here",
    ]
    assert differences(Recipe().to_json(), Recipe().to_json()) == []
