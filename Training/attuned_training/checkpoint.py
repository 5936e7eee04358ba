"""Checkpoints: written whole or not at all, and read only by code that they fit."""

import json
from pathlib import Path

import torch

from .errors import TrainingError, free_megabytes
from .front_end import MFCC
from .network import KeywordNetwork, Shape
from .recipe import differences
from .window import Window
from .words import WORDS


class RunError(TrainingError):
    """A run that cannot go on."""


def setting(shape: Shape = Shape()) -> dict:
    """What a checkpoint fits: it is of no use to code with another front end, window, network or list of words."""
    values = {"front_end": MFCC().front_end.to_json(), "window": Window().to_json(), "network": shape.to_json()}
    return json.loads(json.dumps(values | {"words": " ".join(WORDS)}))


def write_checkpoint(file: Path, state: dict, shape: Shape = Shape()) -> None:
    """Writes a state beside the code's setting; the checkpoint before stays until the new one is whole."""
    part = file.with_name(file.name + ".part")
    try:
        torch.save({"setting": setting(shape)} | state, part)
        part.replace(file)
    except (OSError, RuntimeError) as error:
        part.unlink(missing_ok=True)
        reason = str(error).partition("\n")[0]
        raise RunError(
            f"cannot write {file} ({free_megabytes(file.parent)} MB free): {reason}; the last checkpoint is whole: make "
            "space and run the same command again"
        ) from error


def read_checkpoint(file: Path, device: torch.device | str = "cpu", shape: Shape = Shape()) -> dict:
    """A checkpoint that fits this code; RunError otherwise."""
    if not file.exists():
        raise RunError(f"no checkpoint {file}; train one with: attuned-training train --run {file.parent}")
    try:
        state = torch.load(file, map_location=device)
        found = differences(state.get("setting", {}), setting(shape))
    except Exception as error:  # torch raises whatever its unpickler met
        reason = str(error).partition("\n")[0]
        raise RunError(f"{file} is damaged ({reason}); move it away to begin anew") from error
    if found:
        raise RunError(
            f"{file} was trained for another front end, network or list of words ({'; '.join(found)}); use the version of "
            "attuned-training that made it, or another --run folder"
        )
    return state


def load_trained(folder: Path, shape: Shape = Shape()) -> tuple[MFCC, KeywordNetwork, dict]:
    """The averaged network of a run in evaluation mode, its front end, and the checkpoint: the best, else the last."""
    best = folder / "best.pt"
    state = read_checkpoint(best if best.exists() else folder / "checkpoint.pt", shape=shape)
    mfcc, network = MFCC(), KeywordNetwork(len(WORDS), shape)
    mfcc.load_state_dict(state["mfcc"])
    prefix = "module."
    network.load_state_dict({k.removeprefix(prefix): v for k, v in state["average"].items() if k.startswith(prefix)})
    return mfcc, network.eval(), state
