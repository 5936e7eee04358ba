"""Writes a model folder that the Swift side reads: `model.safetensors`, `model.json`, `SHA256SUMS`."""

import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import save

from .front_end import MFCC
from .network import KeywordNetwork
from .window import Window
from .words import KEYWORDS, WORDS

FORMAT = 1


def tensors(mfcc: MFCC, network: KeywordNetwork) -> dict[str, torch.Tensor]:
    """Every tensor of `model.safetensors`, float32, PyTorch orientation [out, in, ...], batch norm folded."""
    front_end = {"front_end.mean": mfcc.mean, "front_end.scale": mfcc.scale}
    return {name: t.float().cpu().contiguous() for name, t in (front_end | network.fold()).items()}


def write_model(
    folder: Path,
    mfcc: MFCC,
    network: KeywordNetwork,
    *,
    name: str,
    version: str,
    thresholds: dict[str, float],
    temperature: float,
    training: dict,
    results: dict,
) -> None:
    """Writes the folder, which is created. Every keyword must have a threshold in (0, 1)."""
    if set(thresholds) != set(KEYWORDS):
        raise ValueError(f"thresholds are for other words: {sorted(set(thresholds) ^ set(KEYWORDS))}")
    folder.mkdir(parents=True, exist_ok=True)
    weights = save(tensors(mfcc, network))
    description = {
        "format": FORMAT,
        "name": name,
        "version": version,
        "words": WORDS,
        "front_end": mfcc.front_end.to_json(),
        "window": Window().to_json(),
        "network": network.shape.to_json(),
        "thresholds": thresholds,
        "calibration": {"temperature": temperature},
        "training": training,
        "results": results,
        "sha256": hashlib.sha256(weights).hexdigest(),
    }
    text = json.dumps(description, indent=2, ensure_ascii=False).encode() + b"\n"
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "model.json").write_bytes(text)
    sums = {"model.json": text, "model.safetensors": weights}
    (folder / "SHA256SUMS").write_text(
        "".join(f"{hashlib.sha256(content).hexdigest()}  {file}\n" for file, content in sums.items())
    )
