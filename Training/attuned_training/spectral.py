"""Augmentation of log-mel energies, for a batch at once: voices, microphones and rooms, and SpecAugment."""

import numpy as np
import torch

from .front_end import FrontEnd


def mel_positions(front_end: FrontEnd, factors: torch.Tensor) -> torch.Tensor:
    """Where each band's centre falls, in bands, when its frequency is multiplied; [batch] to [batch, bands]."""
    low, high = (2595 * np.log10(1 + f / 700) for f in (front_end.mel_low_hz, front_end.mel_high_hz))
    step = (high - low) / (front_end.mel_bands + 1)
    mel = low + step * torch.arange(1, front_end.mel_bands + 1, device=factors.device)
    hertz = 700 * (10 ** (mel / 2595) - 1) * factors[:, None]
    return ((2595 * torch.log10(1 + hertz / 700) - low) / step - 1).clamp(0, front_end.mel_bands - 1)


def warp_voice(log_mel: torch.Tensor, factors: torch.Tensor, front_end: FrontEnd) -> torch.Tensor:
    """Vocal tract length perturbation: the spectrum of each window stretched by its factor, 1 for none.

    [batch, frames, bands], factors [batch]. Source: Jaitly and Hinton, ICML workshop 2013; here with a linear warp.
    """
    positions = mel_positions(front_end, factors)
    below = positions.floor().long().clamp(max=front_end.mel_bands - 2)
    part = (positions - below)[:, None]
    index = below[:, None].expand(-1, log_mel.shape[1], -1)
    return log_mel.gather(2, index) * (1 - part) + log_mel.gather(2, index + 1) * part


def colour(
    log_mel: torch.Tensor,
    generator: torch.Generator,
    front_end: FrontEnd,
    masked_part: float,
    warped_part: float = 0.5,
) -> torch.Tensor:
    """Random voices, equalisation, band limits and masks on [batch, frames, bands]. Digital silence stays so.

    A part of the windows have their spectrum stretched by 0.88 to 1.14; half get a smooth equalisation of some 3 dB; one
    in seven a high or low cut; and a part up to two masks of up to 14 bands and two of up to 20 frames (SpecAugment, Park
    et al. 2019), filled with the window's mean. The generator is of the device that the energies are on.
    """
    batch, frames, bands = log_mel.shape
    floor = float(np.log(front_end.log_floor))
    where = {"generator": generator, "device": log_mel.device}

    def chance(p: float) -> torch.Tensor:
        return torch.rand(batch, 1, **where) < p

    factors = torch.where(chance(warped_part)[:, 0], 0.88 + 0.26 * torch.rand(batch, **where), 1.0)
    log_mel = warp_voice(log_mel, factors, front_end)

    knots = torch.randn(batch, 1, 6, **where) * (3 / 4.343) * chance(0.5)[:, None]
    equaliser = torch.nn.functional.interpolate(knots, bands, mode="linear", align_corners=True)[:, 0]
    band = torch.arange(bands, device=log_mel.device)[None]
    depth = torch.rand(batch, 1, **where) * 6 + 2
    high_cut = torch.randint(bands // 2, bands, (batch, 1), **where)
    low_cut = torch.randint(3, bands // 4, (batch, 1), **where)
    equaliser = equaliser - depth * (chance(0.1) & (band > high_cut)) - depth * (chance(0.06) & (band < low_cut))
    # Warping rounds: what is a thousandth over the floor is still digital silence.
    coloured = torch.where(log_mel > floor + 1e-3, (log_mel + equaliser[:, None]).clamp_min(floor), log_mel)

    masked = chance(masked_part)
    mean = coloured.mean(dim=(1, 2), keepdim=True)
    hidden = torch.zeros(batch, frames, bands, dtype=torch.bool, device=log_mel.device)
    for _ in range(2):
        for size, axis, widest in ((bands, 1, 14), (frames, 2, 20)):
            width = torch.randint(0, widest + 1, (batch, 1), **where)
            first = (torch.rand(batch, 1, **where) * (size - width)).long()
            position = torch.arange(size, device=log_mel.device)[None]
            hidden |= (masked & (position >= first) & (position < first + width)).unsqueeze(axis)
    return torch.where(hidden, mean, coloured)
