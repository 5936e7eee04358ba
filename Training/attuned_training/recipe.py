"""The recipe: everything that a run can be repeated from, beside the data."""

from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace

from .epochs import Balance
from .errors import TrainingError
from .windows import Augmentation


class RecipeError(TrainingError):
    """A change of the recipe that is none."""


@dataclass(frozen=True)
class Stage:
    """A part of the run with its own learning rate curve and balance of windows."""

    epochs: int
    learning_rate: float
    label_smoothing: float
    balance: Balance = field(default_factory=Balance)


@dataclass(frozen=True)
class Recipe:
    """The shipped recipe: words first, then continuous streams with the false alarms that the first stage makes."""

    words: Stage = Stage(epochs=40, learning_rate=3e-3, label_smoothing=0.05)
    streams: Stage = Stage(
        epochs=14, learning_rate=1e-3, label_smoothing=0.02, balance=Balance(speech=0.15, silence=0.1, hard=0.25)
    )
    augmentation: Augmentation = Augmentation()
    batch: int = 192
    weight_decay: float = 0.02
    warm_up: float = 0.05  # part of a stage
    average_decay: float = 0.999
    dropout: float = 0.2
    patience: int = 0  # epochs without a better loss on the calibration words that end the first stage; 0: never
    mining_epochs: int = 3  # false alarms are mined again after so many epochs of the second stage
    seed: int = 1

    @property
    def epochs(self) -> int:
        return self.words.epochs + self.streams.epochs

    def to_json(self) -> dict:
        return asdict(self)


def flat(values: dict, prefix: str = "") -> dict[str, object]:
    """`{"words": {"epochs": 48}}` as `{"words.epochs": 48}`."""
    result = {}
    for name, value in values.items():
        result |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return result


def differences(old: dict, new: dict) -> list[str]:
    """What two descriptions disagree in, as `name: old there, new here`."""
    old, new = flat(old), flat(new)
    names = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    return [f"{name}: {old.get(name)} there, {new.get(name)} here" for name in names]


def changes_from_default(recipe: dict, default: dict | None = None) -> list[str]:
    """`NAME=VALUE` for what a recipe has otherwise than the shipped one, or another default."""
    shipped = flat(default or Recipe().to_json())
    return [f"{name}={value}" for name, value in flat(recipe).items() if shipped.get(name) != value]


def as_options(changes: list[str]) -> str:
    """Changes as they are written on a command line."""
    return " ".join(f"--set {change}" for change in changes)


def with_changes(recipe: object, changes: list[str]) -> object:
    """A recipe with `name=value` changes, names as in `flat`; values take the type of what they replace."""
    known = flat(asdict(recipe))
    for change in changes:
        name, equals, text = change.partition("=")
        if not equals or name not in known:
            raise RecipeError(f"'{change}' changes nothing; write NAME=VALUE with a name of: {', '.join(known)}")
        try:
            recipe = replaced(recipe, name.split("."), text)
        except ValueError as error:
            raise RecipeError(f"'{change}': {name} is a number such as {known[name]}, and not negative") from error
    return recipe


def replaced(recipe: object, names: list[str], text: str) -> object:
    """A dataclass with one field of it, or of a dataclass inside it, changed; ValueError if the text is not its type."""
    first, rest = names[0], names[1:]
    inner = getattr(recipe, first)
    if is_dataclass(inner):
        return replace(recipe, **{first: replaced(inner, rest, text)})
    value = next(f.type for f in fields(recipe) if f.name == first)(text)
    if not value >= (-60 if first.endswith("_snr") else 0):
        raise ValueError(f"{value} is too small")
    return replace(recipe, **{first: value})
