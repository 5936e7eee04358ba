"""Home Assistant's own classes for Wyoming, from its wheel of PyPI; in place of all that they do not need here stand stubs."""

import importlib
import re
import sys
import types
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "MQTT"))
from homeassistant_schemas import importing  # noqa: E402

EXECUTED = re.compile(
    r"homeassistant\.(const|exceptions|generated\.\w+|util\.enum|components\.wyoming\.(wake_word|data|error|const)"
    r"|components\.wake_word(\.(entity|models|const))?)"
)


def load(folder: Path) -> types.SimpleNamespace:
    """Of the wheel in a folder: `Service`, which asks what there is, and `Provider`, which listens."""
    with importing(folder, EXECUTED):
        component = lambda name: importlib.import_module(f"homeassistant.components.wyoming.{name}")  # noqa: E731
        return types.SimpleNamespace(
            Service=component("data").WyomingService, Provider=component("wake_word").WyomingWakeWordProvider
        )
