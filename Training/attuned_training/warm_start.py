"""Begins with the weights of a model that was exported: what `KeywordNetwork.fold` folded, unfolded again."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from .errors import TrainingError
from .front_end import MFCC
from .network import KeywordNetwork, Shape
from .words import WORDS


def weights(folder: Path, name: str = "model.safetensors") -> dict[str, torch.Tensor]:
    """The tensors of a model folder."""
    file = folder / name
    if not file.exists():
        raise TrainingError(f"{folder} is no model folder: it has no {name}")
    return load_file(file)


def unfolded(
    folder: Path, shape: Shape = Shape(), dropout: float = 0.15, name: str = "model.safetensors"
) -> tuple[MFCC, KeywordNetwork]:
    """The front end and the network of a model folder; its batch norms do nothing until `restore_norms`."""
    tensors = weights(folder, name)
    mfcc, network = MFCC(), KeywordNetwork(len(WORDS), shape, dropout)
    mfcc.mean.copy_(tensors["front_end.mean"])
    mfcc.scale.copy_(tensors["front_end.scale"])

    def norm(layer: nn.Module, bias: torch.Tensor) -> None:
        layer.weight.copy_(torch.full_like(layer.weight, (1 + layer.eps) ** 0.5))
        layer.bias.copy_(bias)

    with torch.no_grad():
        network.bands.copy_(tensors["bands.weight"])
        for i, (convolution, batch_norm) in enumerate(zip(network.stem, network.stem_norms)):
            convolution.weight.copy_(tensors[f"stem.{i}.weight"])
            norm(batch_norm, tensors[f"stem.{i}.bias"])
        channels = shape.stem_channels[-1]
        by_channel = tensors["projection.weight"].unflatten(1, (-1, channels)).transpose(1, 2).flatten(1)
        network.projection.weight.copy_(by_channel[:, :, None])
        norm(network.projection_norm, tensors["projection.bias"])
        separable = {f"blocks.{i}": block for i, block in enumerate(network.blocks)} | {"reduction": network.reduction}
        for name, block in separable.items():
            block.depthwise.weight.copy_(tensors[f"{name}.depthwise.weight"][:, None])
            block.pointwise.weight.copy_(tensors[f"{name}.pointwise.weight"][:, :, None])
            norm(block.norm, tensors[f"{name}.pointwise.bias"])
        network.lstm.weight_ih_l0.copy_(tensors["lstm.weight_ih"])
        network.lstm.weight_hh_l0.copy_(tensors["lstm.weight_hh"])
        network.lstm.bias_ih_l0.copy_(tensors["lstm.bias"])
        network.lstm.bias_hh_l0.zero_()
        network.attention.queries.copy_(tensors["attention.queries"])
        for name, layer in {"embedding": network.embedding, "output": network.output}.items():
            layer.weight.copy_(tensors[f"{name}.weight"])
            layer.bias.copy_(tensors[f"{name}.bias"])
    return mfcc, network.eval()


@torch.no_grad()
def restore_norms(network: KeywordNetwork, features: torch.Tensor) -> None:
    """Gives every batch norm the mean and variance that it would have measured, and outputs that stay what they are.

    features [windows, frames, coefficients], of training windows.
    """
    measured: dict[nn.Module, tuple[torch.Tensor, torch.Tensor]] = {}

    def measure(layer: nn.Module, inputs: tuple[torch.Tensor], _) -> None:
        axes = [axis for axis in range(inputs[0].dim()) if axis != 1]
        measured[layer] = inputs[0].float().mean(axes), inputs[0].float().var(axes, unbiased=False)

    norms = [layer for layer in network.modules() if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d))]
    hooks = [layer.register_forward_hook(measure) for layer in norms]
    network.eval()(features)
    for hook in hooks:
        hook.remove()
    for layer, (mean, variance) in measured.items():
        layer.running_mean.copy_(mean)
        layer.running_var.copy_(variance)
        layer.weight.copy_((variance + layer.eps).sqrt())
        layer.bias.add_(mean)
