"""Home Assistant's own schemas of MQTT discovery, from its wheel of PyPI, under a Python that is too old to run the rest.

Only modules that schemas are made of are executed, with what newer Pythons write otherwise put into the older form. In place
of everything else that they import stands a stub that does nothing.
"""

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import re
import sys
import types
import typing
import zipfile
from pathlib import Path

# Those that make schemas, and what those stand on.
EXECUTED = re.compile(
    r"homeassistant\.(const|exceptions|generated\.\w+|helpers\.config_validation|components\.(sensor|binary_sensor|mqtt)\.const"
    r"|components\.mqtt\.(abbreviations|schemas|config|util|event|sensor|binary_sensor|switch|device_trigger)"
    r"|util\.enum|backports\.\w+)|probatio(\..+)?"
)
# What a package offers that is not executed itself.
FROM_CONST = {"homeassistant.components.sensor", "homeassistant.components.binary_sensor", "homeassistant.components.event"}


class Anything(type):
    """A class of which everything can be had and called; as a decorator it changes nothing."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub

    def __call__(cls, *arguments, **options):
        if len(arguments) == 1 and not options and isinstance(arguments[0], types.FunctionType | type):
            return arguments[0]
        return super().__call__(*arguments, **options)

    def __getitem__(cls, item):
        return cls

    def __or__(cls, other):
        return cls

    __ror__ = __or__

    def __iter__(cls):
        return iter(())


class Stub(metaclass=Anything):
    def __init__(self, *arguments, **options):
        pass

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub

    def __call__(self, *arguments, **options):
        return arguments[0] if arguments else self


def without_parameters(text: str) -> str:
    """Without the type parameters of `def name[T](` and `class Name[T]:`."""
    result = ""
    while found := re.search(r"^\s*(async )?(def|class) \w+(?=\[)", text, re.MULTILINE):
        result, text = result + text[: found.end()], text[found.end() :]
        depth = 0
        for place, character in enumerate(text):
            depth += (character == "[") - (character == "]")
            if depth == 0:
                text = text[place + 1 :]
                break
    return result + text


def older(text: str) -> str:
    text = re.sub(r"^(\s*)except (\w[\w.]*(?:, \w[\w.]*)+):", r"\1except (\2):", text, flags=re.MULTILINE)
    text = re.sub(r"^(\s*)type (\w+)(\[.*?\])? = ", r"\1\2 = lambda: ", text, flags=re.MULTILINE)
    text = without_parameters(text)
    documentation = re.match(r'(?s)\s*"""(?:.*?)"""\n', text)
    end = documentation.end() if documentation else 0
    future = "" if "from __future__ import annotations" in text else "from __future__ import annotations\n"
    return text[:end] + future + text[end:]


class Importer(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, folder: Path, executed: re.Pattern):
        self.executed = executed
        wheels = [zipfile.ZipFile(wheel) for wheel in folder.glob("*.whl")]
        self.places = {name: wheel for wheel in wheels for name in wheel.namelist() if name.endswith(".py")}

    def source(self, module: str) -> str | None:
        """The name of a module's file within its wheel."""
        path = module.replace(".", "/")
        return next((name for name in (f"{path}/__init__.py", f"{path}.py") if name in self.places), None)

    def find_spec(self, name, path=None, target=None):
        # All may have modules in them.
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        name, path = module.__name__, self.source(module.__name__)
        if path and self.executed.fullmatch(name):
            module.__file__ = path
            if not path.endswith("/__init__.py"):
                module.__package__ = name.rpartition(".")[0]
            text = self.places[path].read(path).decode()
            exec(compile(older(text), path, "exec"), module.__dict__)
            return

        def missing(attribute):
            if attribute.startswith("__"):
                raise AttributeError(attribute)
            if name in FROM_CONST and self.source(name + ".const"):
                found = getattr(importlib.import_module(name + ".const"), attribute, None)
                if found is not None:
                    return found
            if self.source(f"{name}.{attribute}"):
                return importlib.import_module(f"{name}.{attribute}")
            # A class may have several of them as its bases.
            return Anything(attribute, (Stub,), {})

        module.__getattr__ = missing


@contextlib.contextmanager
def importing(folder: Path, executed: re.Pattern):
    """Within it, modules of the wheels in a folder can be imported; those whose names do not match are stubs."""
    importer = Importer(folder, executed)
    for name in ("override", "TypeIs"):
        if not hasattr(typing, name):
            setattr(typing, name, Stub)
    # The last one that is asked: what is there is not replaced.
    sys.meta_path.append(importer)
    try:
        yield
    finally:
        sys.meta_path.remove(importer)


def load(folder: Path) -> types.SimpleNamespace:
    """Of the wheels in a folder. `device`: the schema of a device's config; `platforms`: those of its components; `long`: a config's keys written out."""
    with importing(folder, EXECUTED):
        schemas = importlib.import_module("homeassistant.components.mqtt.schemas")
        component = lambda name: importlib.import_module(f"homeassistant.components.mqtt.{name}")  # noqa: E731
        names = component("abbreviations")
        platforms = {name: component(name).DISCOVERY_SCHEMA for name in ("event", "sensor", "binary_sensor", "switch")}
        platforms["device_automation"] = component("device_trigger").TRIGGER_DISCOVERY_SCHEMA

    def long(config: dict, abbreviations: dict) -> dict:
        return {abbreviations.get(key, key): value for key, value in config.items()}

    def written_out(config: dict) -> dict:
        # As discovery.py does it.
        config = long(config, names.ABBREVIATIONS)
        config["device"] = long(config["device"], names.DEVICE_ABBREVIATIONS)
        config["origin"] = long(config["origin"], names.ORIGIN_ABBREVIATIONS)
        config["components"] = {key: long(value, names.ABBREVIATIONS) for key, value in config["components"].items()}
        config["availability"] = [long(one, names.ABBREVIATIONS) for one in config["availability"]]
        return config

    def device(config: dict) -> dict:
        return schemas.validate_device_discovery_components(schemas.DEVICE_DISCOVERY_SCHEMA(config))

    invalid = importlib.import_module("probatio").Invalid
    return types.SimpleNamespace(device=device, platforms=platforms, long=written_out, Invalid=invalid)
