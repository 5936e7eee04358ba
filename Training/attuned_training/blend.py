"""Weights between a network and the one that it began with: as good as the one on what is easy, as the other in noise.

Source: Wortsman et al. 2022, "Robust fine-tuning of zero-shot models".
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

from .checkpoint import load_trained
from .errors import TrainingError
from .export import tensors_of
from .warm_start import weights


def blend(run: Path, model: Path, part: float, out: Path) -> None:
    """Writes a folder that `pair --start` takes: `part` of the weights of a run, the rest of the model that it began with."""
    if not 0 <= part <= 1:
        raise TrainingError(f"--part is {part:g}, and a part of a whole is from 0 to 1")
    mfcc, network, _ = load_trained(run)
    ours, theirs = tensors_of(mfcc, network), weights(model)
    if any(ours[name].shape != theirs.get(name, torch.empty(0)).shape for name in ours):
        raise TrainingError(f"{run} and {model} are networks of different shapes: one cannot have begun with the other")
    out.mkdir(parents=True, exist_ok=True)
    save_file({name: torch.lerp(theirs[name].float(), ours[name].float(), part) for name in ours}, out / "model.safetensors")
