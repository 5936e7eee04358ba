"""The network's shapes and cost, its streaming form, and the folded tensors evaluated by plain NumPy."""

import math

import numpy as np
import pytest
import torch

from attuned_training.front_end import MFCC
from attuned_training.network import KeywordNetwork, Shape, bands_from_coefficients
from attuned_training.words import WORDS


@pytest.fixture(scope="module")
def network() -> KeywordNetwork:
    """Random weights, and batch norms that have seen something."""
    torch.manual_seed(1)
    network = KeywordNetwork(len(WORDS)).eval()
    network.bands.copy_(bands_from_coefficients(MFCC(), network.shape.bands))
    for module in network.modules():
        if isinstance(module, (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)):
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


def convolve_plane(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int) -> np.ndarray:
    """[frames, bands, channels] with [out, channels, kernel, kernel]; valid over frames, every second band."""
    kernel = weight.shape[2]
    edge = kernel // 2
    x = np.pad(x, ((0, 0), (edge, edge), (0, 0)))
    rows = []
    for s in range(0, len(x) - kernel + 1, stride):
        patches = [x[s : s + kernel, b : b + kernel] for b in range(0, x.shape[1] - kernel + 1, 2)]
        rows.append([np.einsum("okij,ijk->o", weight, patch) for patch in patches])
    return np.maximum(np.array(rows) + bias, 0)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def separable(t: dict[str, np.ndarray], name: str, x: np.ndarray, stride: int) -> np.ndarray:
    y = convolve(x, t[f"{name}.depthwise.weight"], stride)
    return y @ t[f"{name}.pointwise.weight"].T + t[f"{name}.pointwise.bias"]


def reference_logits(t: dict[str, np.ndarray], features: np.ndarray) -> np.ndarray:
    """The network as the model format describes it, in double precision; features [frames, coefficients]."""
    x = (features @ t["bands.weight"].T)[:, :, None]
    for i, stride in enumerate((2, 1)):
        x = convolve_plane(x, t[f"stem.{i}.weight"], t[f"stem.{i}.bias"], stride)
    # One step: the channels of the first band, then those of the next.
    x = np.maximum(x.reshape(len(x), -1) @ t["projection.weight"].T + t["projection.bias"], 0)
    for i in range(4):
        crop = (t[f"blocks.{i}.depthwise.weight"].shape[1] - 1) // 2
        x = np.maximum(separable(t, f"blocks.{i}", x, 1) + x[crop : len(x) - crop], 0)
    x = np.maximum(separable(t, "reduction", x, 2), 0)
    h, c, hidden = np.zeros(128), np.zeros(128), []
    for step in x:
        i, f, g, o = np.split(t["lstm.weight_ih"] @ step + t["lstm.weight_hh"] @ h + t["lstm.bias"], 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        hidden.append(h)
    hidden = np.stack(hidden)
    scores = np.exp(hidden @ t["attention.queries"].T / math.sqrt(128))
    pooled = (scores / scores.sum(0)).T @ hidden
    embedding = np.maximum(t["embedding.weight"] @ np.concatenate([*pooled, h]) + t["embedding.bias"], 0)
    return t["output.weight"] @ embedding + t["output.bias"]


def test_the_folded_tensors_compute_what_the_module_computes(network):
    tensors = {name: t.double().numpy() for name, t in network.fold().items()}
    features = torch.randn(145, 40)
    expected = network(features[None])[0].detach().numpy()
    np.testing.assert_allclose(reference_logits(tensors, features.double().numpy()), expected, atol=1e-4)


def test_the_folded_tensors_have_the_documented_shapes(network):
    shapes = {name: tuple(t.shape) for name, t in network.fold().items()}
    expected = {
        "bands.weight": (40, 40),
        "stem.0.weight": (16, 1, 5, 5),
        "stem.0.bias": (16,),
        "stem.1.weight": (32, 16, 3, 3),
        "stem.1.bias": (32,),
        "projection.weight": (128, 320),
        "projection.bias": (128,),
        "reduction.depthwise.weight": (128, 5),
        "reduction.pointwise.weight": (128, 128),
        "reduction.pointwise.bias": (128,),
        "lstm.weight_ih": (512, 128),
        "lstm.weight_hh": (512, 128),
        "lstm.bias": (512,),
        "attention.queries": (4, 128),
        "embedding.weight": (96, 640),
        "embedding.bias": (96,),
        "output.weight": (36, 96),
        "output.bias": (36,),
    }
    for i, kernel in enumerate((5, 7, 9, 9)):
        expected |= {
            f"blocks.{i}.depthwise.weight": (128, kernel),
            f"blocks.{i}.pointwise.weight": (128, 128),
            f"blocks.{i}.pointwise.bias": (128,),
        }
    assert shapes == expected


def test_the_steps_are_those_of_the_convolutions(network):
    assert Shape().step_counts(145) == [71, 69, 65, 59, 51, 43, 20]
    assert network.convolutions(torch.zeros(2, 145, 40)).shape == (2, Shape().steps(145), 128)
    assert network(torch.zeros(2, 145, 40)).shape == (2, 36)


def test_a_window_costs_under_15_million_multiply_accumulates(network):
    counted = []

    def count(module, inputs, output):
        if isinstance(module, torch.nn.LSTM):
            steps = inputs[0].shape[1]
            counted.append(steps * 4 * module.hidden_size * (module.input_size + module.hidden_size))
        else:
            counted.append(output[0].numel() * module.weight[0].numel() if output.dim() > 2 else module.weight.numel())

    kinds = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Linear, torch.nn.LSTM)
    hooks = [m.register_forward_hook(count) for m in network.modules() if isinstance(m, kinds)]
    network(torch.zeros(1, 145, 40))
    for hook in hooks:
        hook.remove()
    bands, attention = 145 * 40 * 40, 2 * 20 * 128 * 4
    assert Shape().multiply_accumulates(145, 36) == sum(counted) + bands + attention < 15e6


def test_the_bands_are_those_that_the_coefficients_came_from():
    mfcc = MFCC()
    smooth = torch.cos(torch.arange(80) / 80 * 3.0) + 2  # nothing that 40 coefficients cannot hold
    coefficients = mfcc.coefficients(smooth[None])[0]
    bands = 4 * bands_from_coefficients(mfcc, 40) @ coefficients
    # 40 bands lie between pairs of the 80; the orthonormal transform of half the length has sqrt(1/2) of the size.
    torch.testing.assert_close(bands * math.sqrt(0.5), smooth.unflatten(0, (40, 2)).mean(1), atol=0.01, rtol=0)


def test_a_stream_has_the_logits_of_its_windows(network):
    sequence = torch.randn(201, 40)
    streamed = network.stream_logits(sequence, 145, 8)
    windows = torch.stack([sequence[first : first + 145] for first in range(0, 201 - 144, 8)])
    torch.testing.assert_close(streamed, network(windows), atol=1e-5, rtol=0)


def test_a_hop_that_falls_between_steps_is_refused(network):
    with pytest.raises(ValueError, match="multiple of 4"):
        network.stream_logits(torch.zeros(201, 40), 145, 6)
