"""The network: valid convolutions, an LSTM over the window, attention pooling, a dense embedding.

Every convolution is unpadded in time, so its outputs do not depend on where a window begins; only the LSTM and what follows see
the window as a whole.
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import nn

from .front_end import MFCC, dct_matrix


@dataclass(frozen=True)
class Shape:
    """Sizes of the network. `to_json` gives the `network` block of `model.json`.

    The stem is 2-D convolutions over frames and mel bands; each halves the bands, the first also the frames.
    """

    coefficients: int = 40
    bands: int = 40
    stem_channels: tuple[int, ...] = (16, 32)
    stem_kernels: tuple[int, ...] = (5, 3)
    channels: int = 128
    block_kernels: tuple[int, ...] = (5, 7, 9, 9)
    reduction_channels: int = 128
    reduction_kernel: int = 5
    lstm_units: int = 128
    attention_heads: int = 4
    embedding_units: int = 96

    def to_json(self) -> dict:
        return {
            "bands": self.bands,
            "stem": [
                {"channels": channels, "kernel": kernel, "stride": 1 if index else 2, "band_stride": 2}
                for index, (channels, kernel) in enumerate(zip(self.stem_channels, self.stem_kernels))
            ],
            "channels": self.channels,
            "blocks": [{"kernel": kernel} for kernel in self.block_kernels],
            "reduction": {"channels": self.reduction_channels, "kernel": self.reduction_kernel, "stride": 2},
            "lstm": {"units": self.lstm_units},
            "attention": {"heads": self.attention_heads},
            "embedding": {"units": self.embedding_units},
        }

    @property
    def stem_outputs(self) -> int:
        """What the stem gives for one step: its last channels times the bands that are left."""
        return self.stem_channels[-1] * (self.bands >> len(self.stem_channels))

    def step_counts(self, frames: int) -> list[int]:
        """Steps after the stem's convolutions, the blocks and the reduction: 145 -> 71, 69, 65, 59, 51, 43, 20."""
        counts = [(frames - self.stem_kernels[0]) // 2 + 1]
        for kernel in (*self.stem_kernels[1:], *self.block_kernels):
            counts.append(counts[-1] - kernel + 1)
        return [*counts, (counts[-1] - self.reduction_kernel) // 2 + 1]

    def steps(self, frames: int) -> int:
        """LSTM steps that so many frames become."""
        return self.step_counts(frames)[-1]

    def multiply_accumulates(self, frames: int, words: int) -> int:
        """Of one window computed from nothing: 13.6 million for 145 frames and 36 words."""
        steps = self.step_counts(frames)
        total, inputs, bands = frames * self.bands * self.coefficients, 1, self.bands
        for count, channels, kernel in zip(steps, self.stem_channels, self.stem_kernels):
            bands //= 2
            total += count * bands * channels * inputs * kernel**2
            inputs = channels
        stem = len(self.stem_channels)
        total += steps[stem - 1] * self.stem_outputs * self.channels
        for count, kernel in zip(steps[stem:], self.block_kernels):
            total += count * self.channels * (kernel + self.channels)
        total += steps[-1] * self.channels * (self.reduction_kernel + self.reduction_channels)
        total += steps[-1] * 4 * self.lstm_units * (self.reduction_channels + self.lstm_units)
        total += 2 * steps[-1] * self.lstm_units * self.attention_heads
        return total + self.embedding_units * ((self.attention_heads + 1) * self.lstm_units + words)


def bands_from_coefficients(mfcc: MFCC, bands: int) -> torch.Tensor:
    """The matrix that takes normalised coefficients back to a smooth log-mel spectrum, [bands, coefficients].

    The inverse of the orthonormal DCT-II, evaluated at `bands` points, with each coefficient's deviation put back; a
    quarter of it, so that the values are about one. Fixed: convolution over bands needs neighbours to be neighbours.
    """
    coefficients = mfcc.front_end.coefficients
    inverse = dct_matrix(replace(mfcc.front_end, mel_bands=bands)).T[:, :coefficients]
    return torch.tensor(inverse, dtype=torch.float32) / mfcc.scale.cpu() / 4


class SeparableConvolution(nn.Module):
    """Depthwise then pointwise convolution, then batch norm, all without padding; [batch, channels, frames]."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1):
        super().__init__()
        self.depthwise = nn.Conv1d(inputs, inputs, kernel, stride=stride, groups=inputs, bias=False)
        self.pointwise = nn.Conv1d(inputs, outputs, 1, bias=False)
        self.norm = nn.BatchNorm1d(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.pointwise(self.depthwise(x)))


class ResidualBlock(SeparableConvolution):
    """relu(separable(x) + x cropped by (kernel - 1) / 2 at both ends)."""

    def __init__(self, channels: int, kernel: int):
        super().__init__(channels, channels, kernel)
        self.crop = (kernel - 1) // 2

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(super().forward(x) + x[:, :, self.crop : x.shape[2] - self.crop])


class AttentionPooling(nn.Module):
    """Learned queries over the LSTM outputs: softmax(h . q / sqrt(units)) over the steps, one weighted sum a head."""

    def __init__(self, units: int, heads: int):
        super().__init__()
        self.queries = nn.Parameter(torch.randn(heads, units))

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """[batch, steps, units] to the pooled heads one after another, [batch, heads * units]."""
        scores = hidden @ self.queries.T / math.sqrt(hidden.shape[2])
        return (scores.softmax(dim=1).transpose(1, 2) @ hidden).flatten(1)


class KeywordNetwork(nn.Module):
    """One window of normalised coefficients [batch, frames, coefficients] to logits [batch, words]."""

    def __init__(self, words: int, shape: Shape = Shape(), dropout: float = 0.2):
        super().__init__()
        self.shape = shape
        self.register_buffer("bands", torch.eye(shape.bands, shape.coefficients))
        inputs = (1, *shape.stem_channels)
        self.stem = nn.ModuleList(
            nn.Conv2d(inputs[i], channels, kernel, (1 if i else 2, 2), (0, kernel // 2), bias=False)
            for i, (channels, kernel) in enumerate(zip(shape.stem_channels, shape.stem_kernels))
        )
        self.stem_norms = nn.ModuleList(nn.BatchNorm2d(channels) for channels in shape.stem_channels)
        self.projection = nn.Conv1d(shape.stem_outputs, shape.channels, 1, bias=False)
        self.projection_norm = nn.BatchNorm1d(shape.channels)
        self.blocks = nn.ModuleList(ResidualBlock(shape.channels, kernel) for kernel in shape.block_kernels)
        self.reduction = SeparableConvolution(
            shape.channels, shape.reduction_channels, shape.reduction_kernel, stride=2
        )
        self.lstm = nn.LSTM(shape.reduction_channels, shape.lstm_units, batch_first=True)
        self.attention = AttentionPooling(shape.lstm_units, shape.attention_heads)
        self.dropout = nn.Dropout(dropout)
        self.embedding = nn.Linear((shape.attention_heads + 1) * shape.lstm_units, shape.embedding_units)
        self.output = nn.Linear(shape.embedding_units, words)

    def convolutions(self, features: torch.Tensor) -> torch.Tensor:
        """[batch, frames, coefficients] to what the LSTM reads, [batch, steps, channels]."""
        x = torch.nn.functional.linear(features, self.bands)[:, None].contiguous(memory_format=torch.channels_last)
        for convolution, norm in zip(self.stem, self.stem_norms):
            x = torch.relu(norm(convolution(x)))
        x = x.transpose(2, 3).flatten(1, 2)  # [batch, channels * bands, steps], the bands of a channel together
        x = torch.relu(self.projection_norm(self.projection(x)))
        for block in self.blocks:
            x = block(x)
        return torch.relu(self.reduction(x)).transpose(1, 2)

    def states(self, steps: torch.Tensor) -> torch.Tensor:
        """The convolved steps of one window [batch, steps, channels] to what each head attends to, and the last output of
        the LSTM, which starts from zero: [batch, (heads + 1) * units]."""
        hidden, _ = self.lstm(steps)
        return torch.cat([self.attention(hidden), hidden[:, -1]], dim=1)

    def window_logits(self, steps: torch.Tensor) -> torch.Tensor:
        """The convolved steps of one window [batch, steps, channels] to logits."""
        embedding = torch.relu(self.embedding(self.dropout(self.states(steps))))
        return self.output(self.dropout(embedding))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.window_logits(self.convolutions(features))

    def stream_logits(self, features: torch.Tensor, window_frames: int, hop_frames: int) -> torch.Tensor:
        """Logits of every window at every hop of one sequence: [frames, coefficients] to [hops, words].

        The convolutions run once over the sequence; the windows are cut from their output, as a stream does it. A hop
        must be a multiple of the 4 frames that become one LSTM step.
        """
        if hop_frames % 4:
            raise ValueError(f"a hop of {hop_frames} frames is not a multiple of 4")
        steps = self.convolutions(features[None])[0]
        windows = steps.unfold(0, self.shape.steps(window_frames), hop_frames // 4)
        return self.window_logits(windows.transpose(1, 2).contiguous())

    @torch.no_grad()
    def fold(self) -> dict[str, torch.Tensor]:
        """The tensors of `model.safetensors`: batch norm folded into the convolution before it, LSTM biases summed.

        A batch norm gamma (x - mean) / sqrt(var + eps) + beta after a convolution W x is that convolution with weights
        W gamma / sqrt(var + eps) and bias beta - mean gamma / sqrt(var + eps).
        """

        def folded(weight: torch.Tensor, norm: nn.BatchNorm1d) -> tuple[torch.Tensor, torch.Tensor]:
            gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            return weight * gain.reshape(-1, *[1] * (weight.dim() - 1)), norm.bias - norm.running_mean * gain

        tensors = {"bands.weight": self.bands}
        for i, (convolution, norm) in enumerate(zip(self.stem, self.stem_norms)):
            tensors[f"stem.{i}.weight"], tensors[f"stem.{i}.bias"] = folded(convolution.weight, norm)
        weight, tensors["projection.bias"] = folded(self.projection.weight.squeeze(2), self.projection_norm)
        # A stream has the channels of a band together.
        by_band = weight.unflatten(1, (self.shape.stem_channels[-1], -1)).transpose(1, 2)
        tensors["projection.weight"] = by_band.flatten(1)
        separable = {f"blocks.{i}": block for i, block in enumerate(self.blocks)} | {"reduction": self.reduction}
        for name, convolution in separable.items():
            weight, bias = folded(convolution.pointwise.weight.squeeze(2), convolution.norm)
            tensors[f"{name}.depthwise.weight"] = convolution.depthwise.weight.squeeze(1)
            tensors[f"{name}.pointwise.weight"] = weight
            tensors[f"{name}.pointwise.bias"] = bias
        tensors["lstm.weight_ih"] = self.lstm.weight_ih_l0
        tensors["lstm.weight_hh"] = self.lstm.weight_hh_l0
        tensors["lstm.bias"] = self.lstm.bias_ih_l0 + self.lstm.bias_hh_l0
        tensors["attention.queries"] = self.attention.queries
        for name, layer in {"embedding": self.embedding, "output": self.output}.items():
            tensors[f"{name}.weight"], tensors[f"{name}.bias"] = layer.weight, layer.bias
        return {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
