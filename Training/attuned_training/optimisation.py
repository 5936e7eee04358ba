"""The loss, the learning rate and the average of the weights."""

import ctypes
import math

import torch
from torch.optim.swa_utils import get_ema_multi_avg_fn

from .recipe import Stage


def learning_rate(progress: float, stage: Stage, warm_up: float) -> float:
    """Linear warm-up, then a half cosine down to a hundredth; `progress` in the stage is 0 to 1."""
    if progress < warm_up:
        return stage.learning_rate * max(progress / warm_up, 0.01)
    fall = (min(progress, 1) - warm_up) / (1 - warm_up)
    return stage.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * fall)))


def exponential_average(decay: float):
    """What `AveragedModel` does each step: the decay rises to its value, so that the first weights are soon forgotten."""

    def update(averages: list[torch.Tensor], values: list[torch.Tensor], count: torch.Tensor) -> None:
        steps = int(count)
        get_ema_multi_avg_fn(min(decay, (1 + steps) / (10 + steps)))(averages, values, count)

    return update


def parameter_groups(network: torch.nn.Module, weight_decay: float) -> list[dict]:
    """For an optimiser: matrices decay, biases and norms do not."""
    matrices = [parameter for parameter in network.parameters() if parameter.dim() > 1]
    vectors = [parameter for parameter in network.parameters() if parameter.dim() <= 1]
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0}]


def loss_of(logits: torch.Tensor, right: torch.Tensor, smoothing: float) -> torch.Tensor:
    """Cross-entropy against a set of right outputs: the negative log of their posteriors' sum, with label smoothing.

    logits [batch, words]; right [batch, words], bool.
    """
    log_posteriors = logits.float().log_softmax(1)
    of_the_right = log_posteriors.masked_fill(~right, -torch.inf).logsumexp(1)
    return -((1 - smoothing) * of_the_right + smoothing * log_posteriors.mean(1)).mean()


def reduced_precision(device: torch.device) -> bool:
    """Whether bfloat16 is fast here: on a GPU, or a processor with AVX512-BF16."""
    return device.type == "cuda" or getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()


def keep_freed_memory() -> None:
    """Keeps large freed blocks in the C heap: given back to the kernel, their page faults cost half of an epoch."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return
    trim_threshold, mmap_threshold = -1, -3  # malloc.h
    mallopt(mmap_threshold, 1 << 30)
    mallopt(trim_threshold, 2**31 - 1)
