"""A model folder, written and read back."""

import hashlib
import json

import pytest
import torch
from safetensors.torch import load_file

from attuned_training.export import write_model
from attuned_training.front_end import MFCC
from attuned_training.network import KeywordNetwork
from attuned_training.words import KEYWORDS, WORDS


def write(folder, **changes):
    mfcc, network = MFCC(), KeywordNetwork(len(WORDS)).eval()
    mfcc.mean.normal_()
    values = {
        "name": "test",
        "version": "1.2.3",
        "thresholds": {word: 0.8 for word in KEYWORDS},
        "temperature": 1.0,
        "training": {},
        "results": {},
    }
    write_model(folder, mfcc, network, **(values | changes))
    return mfcc, network


def test_the_folder_holds_the_tensors_and_their_sums(tmp_path):
    mfcc, network = write(tmp_path / "model")
    tensors = load_file(tmp_path / "model/model.safetensors")
    description = json.loads((tmp_path / "model/model.json").read_text())
    torch.testing.assert_close(tensors.pop("front_end.mean"), mfcc.mean)
    torch.testing.assert_close(tensors.pop("front_end.scale"), mfcc.scale)
    for name, tensor in network.fold().items():
        torch.testing.assert_close(tensors.pop(name), tensor)
    assert not tensors
    assert description["words"] == WORDS and description["format"] == 1
    assert description["window"] == {"frames": 145, "hop_frames": 8}
    sums = dict(reversed(line.split("  ")) for line in (tmp_path / "model/SHA256SUMS").read_text().splitlines())
    for file, digest in sums.items():
        assert hashlib.sha256((tmp_path / "model" / file).read_bytes()).hexdigest() == digest
    assert sums["model.safetensors"] == description["sha256"]


def test_a_word_without_threshold_is_refused(tmp_path):
    with pytest.raises(ValueError, match="yes"):
        write(tmp_path, thresholds={word: 0.8 for word in KEYWORDS if word != "yes"})
