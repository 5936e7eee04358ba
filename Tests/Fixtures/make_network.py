"""Writes network.safetensors: inputs and the logits that PyTorch computes for them with the shipped model.

    python Tests/Fixtures/make_network.py RUN_FOLDER MODEL_FOLDER     # a training run, and the model exported from it

`windows` [3, 145, 40] normalised coefficients and `windows.logits` [3, 36]; `sequence` [400, 40] and `sequence.logits`
[32, 36], a row for each hop of 8 frames. The logits are raw: no temperature. The unfolded network computes them, so
that folding is part of what is tested.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from attuned_training.calibration import Calibration
from attuned_training.checkpoint import load_trained

FIXTURES = Path(__file__).parent

mfcc, network, _ = load_trained(Path(sys.argv[1]))
Calibration(**json.loads((Path(sys.argv[2]) / "model.json").read_text())["calibration"]).move_biases(network)
# A spoken word, noise, and coefficients that no sound has.
reference = load_file(FIXTURES / "mfcc.safetensors")
generator = torch.Generator().manual_seed(1)
noise = 0.02 * torch.randn(64_480, generator=generator)
spoken = noise.clone()
word = reference["spoken_computer.samples"]
for start in (10_000, 38_000):
    spoken[start : start + len(word)] += word
sequence = mfcc(spoken)[:400].contiguous()
windows = torch.stack([sequence[60:205], mfcc(noise)[:145], torch.randn(145, 40, generator=generator)])
with torch.no_grad():
    tensors = {
        "windows": windows,
        "windows.logits": network(windows),
        "sequence": sequence,
        "sequence.logits": torch.cat([network(sequence[None, i : i + 145]) for i in range(0, 400 - 144, 8)]),
    }
save_file(tensors, FIXTURES / "network.safetensors")
