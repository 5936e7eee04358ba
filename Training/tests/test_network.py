"""The network's shapes, its streaming form, and the folded tensors evaluated by plain NumPy."""

import math

import numpy as np
import pytest
import torch

from attuned_training.network import KeywordNetwork, Shape
from attuned_training.words import WORDS


@pytest.fixture(scope="module")
def network() -> KeywordNetwork:
    """Random weights, and batch norms that have seen something."""
    torch.manual_seed(1)
    network = KeywordNetwork(len(WORDS)).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm1d):
            torch.nn.init.normal_(module.running_mean, 0, 0.3)
            torch.nn.init.uniform_(module.running_var, 0.3, 2)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.3)
    return network


def convolve(x: np.ndarray, depthwise: np.ndarray, stride: int) -> np.ndarray:
    """[frames, channels] with [channels, kernel], valid."""
    kernel = depthwise.shape[1]
    starts = range(0, len(x) - kernel + 1, stride)
    return np.stack([(x[s : s + kernel] * depthwise.T).sum(0) for s in starts])


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def reference_logits(t: dict[str, np.ndarray], features: np.ndarray) -> np.ndarray:
    """The network as the model format describes it, in double precision; features [frames, coefficients]."""
    starts = range(0, len(features) - 4, 2)
    x = np.stack([np.tensordot(t["stem.weight"], features[s : s + 5].T, axes=([1, 2], [0, 1])) for s in starts])
    x = np.maximum(x + t["stem.bias"], 0)
    for i in range(4):
        depthwise = t[f"blocks.{i}.depthwise.weight"]
        crop = (depthwise.shape[1] - 1) // 2
        y = convolve(x, depthwise, 1) @ t[f"blocks.{i}.pointwise.weight"].T + t[f"blocks.{i}.pointwise.bias"]
        x = np.maximum(y + x[crop : len(x) - crop], 0)
    x = convolve(x, t["reduction.depthwise.weight"], 2)
    x = np.maximum(x @ t["reduction.pointwise.weight"].T + t["reduction.pointwise.bias"], 0)
    h, c, hidden = np.zeros(128), np.zeros(128), []
    for step in x:
        i, f, g, o = np.split(t["lstm.weight_ih"] @ step + t["lstm.weight_hh"] @ h + t["lstm.bias"], 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        hidden.append(h)
    hidden = np.stack(hidden)
    scores = np.exp(hidden @ t["attention.queries"].T / math.sqrt(128))
    pooled = (scores / scores.sum(0)).T @ hidden
    joined = np.concatenate([*pooled, h])
    embedding = np.maximum(t["embedding.weight"] @ joined + t["embedding.bias"], 0)
    return t["output.weight"] @ embedding + t["output.bias"]


def test_the_folded_tensors_compute_what_the_module_computes(network):
    tensors = {name: t.double().numpy() for name, t in network.fold().items()}
    features = torch.randn(145, 40)
    expected = network(features[None])[0].detach().numpy()
    np.testing.assert_allclose(reference_logits(tensors, features.double().numpy()), expected, atol=1e-4)


def test_the_folded_tensors_have_the_documented_shapes(network):
    shapes = {name: tuple(t.shape) for name, t in network.fold().items()}
    expected = {
        "stem.weight": (96, 40, 5),
        "stem.bias": (96,),
        "reduction.depthwise.weight": (96, 5),
        "reduction.pointwise.weight": (128, 96),
        "reduction.pointwise.bias": (128,),
        "lstm.weight_ih": (512, 128),
        "lstm.weight_hh": (512, 128),
        "lstm.bias": (512,),
        "attention.queries": (4, 128),
        "embedding.weight": (96, 640),
        "embedding.bias": (96,),
        "output.weight": (28, 96),
        "output.bias": (28,),
    }
    for i, kernel in enumerate((5, 7, 9, 9)):
        expected |= {
            f"blocks.{i}.depthwise.weight": (96, kernel),
            f"blocks.{i}.pointwise.weight": (96, 96),
            f"blocks.{i}.pointwise.bias": (96,),
        }
    assert shapes == expected


def test_a_window_becomes_21_steps(network):
    assert Shape().steps(145) == 21
    assert network.convolutions(torch.zeros(2, 145, 40)).shape == (2, 21, 128)
    assert network(torch.zeros(2, 145, 40)).shape == (2, 28)


def test_a_stream_has_the_logits_of_its_windows(network):
    sequence = torch.randn(201, 40)
    streamed = network.stream_logits(sequence, 145, 8)
    windows = torch.stack([sequence[first : first + 145] for first in range(0, 201 - 144, 8)])
    torch.testing.assert_close(streamed, network(windows), atol=1e-5, rtol=0)


def test_a_hop_that_falls_between_steps_is_refused(network):
    with pytest.raises(ValueError, match="multiple of 4"):
        network.stream_logits(torch.zeros(201, 40), 145, 6)
