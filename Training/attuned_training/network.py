"""The network: valid convolutions, an LSTM over the window, attention pooling, a dense embedding.

Every convolution is unpadded, so its outputs do not depend on where a window begins; only the LSTM and what follows see
the window as a whole.
"""

import math
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class Shape:
    """Sizes of the network. `to_json` gives the `network` block of `model.json`."""

    coefficients: int = 40
    stem_channels: int = 96
    stem_kernel: int = 5
    block_kernels: tuple[int, ...] = (5, 7, 9, 9)
    reduction_channels: int = 128
    reduction_kernel: int = 5
    lstm_units: int = 128
    attention_heads: int = 4
    embedding_units: int = 96

    def to_json(self) -> dict:
        return {
            "stem": {"channels": self.stem_channels, "kernel": self.stem_kernel, "stride": 2},
            "blocks": [{"kernel": kernel} for kernel in self.block_kernels],
            "reduction": {"channels": self.reduction_channels, "kernel": self.reduction_kernel, "stride": 2},
            "lstm": {"units": self.lstm_units},
            "attention": {"heads": self.attention_heads},
            "embedding": {"units": self.embedding_units},
        }

    def steps(self, frames: int) -> int:
        """LSTM steps that so many frames become: 145 -> 71 -> 67, 61, 53, 45 -> 21."""
        frames = (frames - self.stem_kernel) // 2 + 1
        frames -= sum(kernel - 1 for kernel in self.block_kernels)
        return (frames - self.reduction_kernel) // 2 + 1


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
        self.stem = nn.Conv1d(shape.coefficients, shape.stem_channels, shape.stem_kernel, stride=2, bias=False)
        self.stem_norm = nn.BatchNorm1d(shape.stem_channels)
        self.blocks = nn.ModuleList(ResidualBlock(shape.stem_channels, kernel) for kernel in shape.block_kernels)
        self.reduction = SeparableConvolution(
            shape.stem_channels, shape.reduction_channels, shape.reduction_kernel, stride=2
        )
        self.lstm = nn.LSTM(shape.reduction_channels, shape.lstm_units, batch_first=True)
        self.attention = AttentionPooling(shape.lstm_units, shape.attention_heads)
        self.dropout = nn.Dropout(dropout)
        self.embedding = nn.Linear((shape.attention_heads + 1) * shape.lstm_units, shape.embedding_units)
        self.output = nn.Linear(shape.embedding_units, words)

    def convolutions(self, features: torch.Tensor) -> torch.Tensor:
        """[batch, frames, coefficients] to what the LSTM reads, [batch, steps, channels]."""
        x = torch.relu(self.stem_norm(self.stem(features.transpose(1, 2))))
        for block in self.blocks:
            x = block(x)
        return torch.relu(self.reduction(x)).transpose(1, 2)

    def window_logits(self, steps: torch.Tensor) -> torch.Tensor:
        """The convolved steps of one window [batch, steps, channels] to logits; the LSTM starts from zero."""
        hidden, _ = self.lstm(steps)
        pooled = torch.cat([self.attention(hidden), hidden[:, -1]], dim=1)
        embedding = torch.relu(self.embedding(self.dropout(pooled)))
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

        tensors = {}
        tensors["stem.weight"], tensors["stem.bias"] = folded(self.stem.weight, self.stem_norm)
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
