"""Clips of one kind end to end in the memory of a device, to be read at any place and speed, many at once."""

from collections.abc import Iterable

import numpy as np
import torch

from .data import Clip


class Bank:
    """Samples int16 [total] with an offset and a length for each clip; clips can be added while it is used."""

    def __init__(self, device: torch.device):
        self.device = device
        self.clips: list[Clip] = []
        self.samples = torch.zeros(2, dtype=torch.int16, device=device)
        self.offset = torch.zeros(0, dtype=torch.int64, device=device)
        self.length = torch.zeros(0, dtype=torch.int64, device=device)

    def __len__(self) -> int:
        return len(self.clips)

    @property
    def hours(self) -> float:
        return len(self.samples) / 16_000 / 3600

    def add(self, clips: Iterable[tuple[Clip, np.ndarray]]) -> None:
        """Takes clips with their samples, int16; what is shorter than 0.1 s is left out."""
        new = [(clip, samples) for clip, samples in clips if len(samples) > 1_600]
        if not new:
            return
        length = torch.tensor([len(samples) for _, samples in new], device=self.device)
        self.offset = torch.cat([self.offset, len(self.samples) + length.cumsum(0) - length])
        self.length = torch.cat([self.length, length])
        joined = torch.from_numpy(np.concatenate([samples for _, samples in new])).to(self.device)
        self.samples = torch.cat([self.samples, joined])
        self.clips += [clip for clip, _ in new]

    def read(self, clip: torch.Tensor, position: torch.Tensor, first: torch.Tensor, last: torch.Tensor) -> torch.Tensor:
        """Samples of clips at fractional positions, by linear interpolation, where first <= position < last; else 0.

        clip, first, last [windows]; position [windows, samples], counted from the clip's first sample. In [-1, 1).
        """
        below = position.floor()
        part = position - below
        below = below.long()
        inside = (below >= first[:, None]) & (below + 1 < last[:, None])
        index = (self.offset[clip, None] + below).clamp_(0, len(self.samples) - 2)
        here, next_ = self.samples[index].float(), self.samples[index + 1].float()
        return torch.where(inside, torch.lerp(here, next_, part), 0.0) / 32768


def chooser(weights: np.ndarray, device: torch.device):
    """A function that draws indices, each as often as its weight has it."""
    steps = torch.from_numpy(np.cumsum(weights / weights.sum())).to(device)

    def draw(count: int) -> torch.Tensor:
        return torch.searchsorted(steps, torch.rand(count, dtype=torch.float64, device=device)).clamp_max_(len(steps) - 1)

    return draw
