"""Places of running speech in which something is heard that was not said, to be learned from again and again."""

import torch


class HardPlaces:
    """The `size` places that are hardest, and how hard each is; found while training goes on, over all the speech.

    A place is heard again in another room and noise, moved a little; the hardness of one is the mean of the last times.
    """

    JITTER_SAMPLES = 4_000

    def __init__(self, size: int, device: torch.device):
        self.clip = torch.zeros(size, dtype=torch.int64, device=device)
        self.start = torch.zeros(size, device=device)
        self.hardness = torch.zeros(size, device=device)

    def draw(self, count: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Slots, clips and first samples of places, the harder the oftener; empty slots are never drawn if any is not."""
        slots = torch.multinomial(self.hardness + 1e-6, count, replacement=True)
        moved = (2 * torch.rand(count, device=self.start.device) - 1) * self.JITTER_SAMPLES
        return slots, self.clip[slots], self.start[slots] + moved

    def heard_again(self, slots: torch.Tensor, hardness: torch.Tensor) -> None:
        """How hard drawn places were this time."""
        self.hardness[slots] = 0.5 * (self.hardness[slots] + hardness)

    def note(self, clip: torch.Tensor, start: torch.Tensor, hardness: torch.Tensor) -> None:
        """Takes new places where they are harder than what is there."""
        everything = torch.cat([self.hardness, hardness])
        kept = everything.topk(len(self.hardness)).indices
        self.hardness = everything[kept]
        self.clip = torch.cat([self.clip, clip])[kept]
        self.start = torch.cat([self.start, start])[kept]
