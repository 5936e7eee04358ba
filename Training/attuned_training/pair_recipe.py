"""The recipe of two networks that are trained beside each other, and the shape of the second."""

from dataclasses import asdict, dataclass

from .network import Shape
from .windows import Augmentation

# Twice the parameters of the first; it is computed a hundred times an hour.
SECOND_SHAPE = Shape(
    stem_channels=(16, 48), channels=192, reduction_channels=192, lstm_units=192, embedding_units=128
)


@dataclass(frozen=True)
class PairRecipe:
    """Everything that a run can be repeated from, beside the data and the speed of the machine."""

    seconds: float = 480  # of training, on the machine that it is run on
    networks: int = 2  # 1: only the one that listens
    words: int = 960  # windows of words in a step
    speech: int = 1_280  # windows of running speech, noise and other words, of which the hardest are learned from
    again: float = 0.5  # of the speech, from places that were hard before
    places: int = 16_384  # such places that are remembered
    noises: int = 320
    others: int = 192
    hardest: int = 320
    random: int = 128
    silence: int = 96
    first_rate: float = 2e-3  # learning rates, for a start from weights and from nothing
    second_rate: float = 4e-3
    warm_up: float = 0.04
    weight_decay: float = 0.02
    dropout: float = 0.15
    label_smoothing: float = 0.02
    late_smoothing: float = 0.005  # in the last 60 %: how sure the surest may be is told by it
    average_decay: float = 0.9993
    seed: int = 1
    augmentation: Augmentation = Augmentation(masks=0.6)

    def to_json(self) -> dict:
        return asdict(self)

    def scaled(self, part: float) -> "PairRecipe":
        """With a part of the windows of a step, for a processor."""
        names = ("words", "speech", "noises", "others", "hardest", "random", "silence")
        return PairRecipe(**{**vars(self), **{name: max(8, round(getattr(self, name) * part)) for name in names}})
