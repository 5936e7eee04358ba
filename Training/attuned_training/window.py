"""The window that the network sees, and where its hops fall."""

from dataclasses import dataclass

from .front_end import FrontEnd


@dataclass(frozen=True)
class Window:
    """`frames` long, moved by `hop_frames`; the field names are the keys of the `window` block in `model.json`."""

    frames: int = 145
    hop_frames: int = 8

    def to_json(self) -> dict:
        return {"frames": self.frames, "hop_frames": self.hop_frames}

    def samples(self, front_end: FrontEnd = FrontEnd()) -> int:
        """23,520 samples (1.47 s) for the default front end."""
        return front_end.samples(self.frames)

    def hop_samples(self, front_end: FrontEnd = FrontEnd()) -> int:
        """1,280 samples (80 ms) for the default front end."""
        return self.hop_frames * front_end.shift_samples

    def hops(self, frames: int) -> int:
        """How many windows so many frames hold."""
        return max(0, (frames - self.frames) // self.hop_frames + 1)
