"""The streaming MFCC front end: one definition for training, export and the Swift implementation.

Nothing here depends on a clip as a whole (no centring, no padding, no per-clip normalisation), so a stream and a clip
give the same numbers.
"""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class FrontEnd:
    """The constants of the front end. The field names are the keys of the `front_end` block in `model.json`."""

    sample_rate: int = 16_000
    frame_samples: int = 480
    shift_samples: int = 160
    fft_size: int = 512
    mel_bands: int = 80
    mel_low_hz: float = 20
    mel_high_hz: float = 7_600
    log_floor: float = 1e-6
    coefficients: int = 40

    def to_json(self) -> dict:
        return asdict(self)

    def frames(self, samples: int) -> int:
        """Whole frames in so many samples; zero when there are fewer than one frame."""
        return max(0, (samples - self.frame_samples) // self.shift_samples + 1)

    def samples(self, frames: int) -> int:
        """Samples that so many frames cover."""
        return (frames - 1) * self.shift_samples + self.frame_samples


def hann_window(length: int) -> np.ndarray:
    """Periodic Hann window, 0.5 - 0.5 cos(2 pi n / length); [length], float64."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)


def mel_filters(front_end: FrontEnd) -> np.ndarray:
    """Triangular filters on the HTK mel scale, mel = 2595 log10(1 + f / 700), peak 1, no area normalisation.

    The slopes are linear in hertz, as in `librosa.filters.mel(htk=True, norm=None)`.
    Returns [mel_bands, fft_size / 2 + 1], float64.
    """
    mel_low, mel_high = (2595 * np.log10(1 + f / 700) for f in (front_end.mel_low_hz, front_end.mel_high_hz))
    edges = 700 * (10 ** (np.linspace(mel_low, mel_high, front_end.mel_bands + 2) / 2595) - 1)
    bins = np.arange(front_end.fft_size // 2 + 1) * front_end.sample_rate / front_end.fft_size
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    return np.maximum(0, np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre)))


def dct_matrix(front_end: FrontEnd) -> np.ndarray:
    """Orthonormal DCT-II, its first rows; [coefficients, mel_bands], float64."""
    bands, rows = front_end.mel_bands, np.arange(front_end.coefficients)[:, None]
    matrix = np.sqrt(2 / bands) * np.cos(np.pi * rows * (np.arange(bands) + 0.5) / bands)
    matrix[0] /= np.sqrt(2)
    return matrix


class MFCC(torch.nn.Module):
    """Samples in [-1, 1) to normalised cepstral coefficients: (mfcc - mean) * scale per coefficient.

    `mean` and `scale` [coefficients] are buffers, measured once over training data; 0 and 1 until then.
    """

    def __init__(self, front_end: FrontEnd = FrontEnd(), dtype: torch.dtype = torch.float32):
        super().__init__()
        self.front_end = front_end
        self.register_buffer("window", torch.tensor(hann_window(front_end.frame_samples), dtype=dtype))
        self.register_buffer("mel", torch.tensor(mel_filters(front_end).T, dtype=dtype).contiguous())
        self.register_buffer("dct", torch.tensor(dct_matrix(front_end).T, dtype=dtype).contiguous())
        self.register_buffer("mean", torch.zeros(front_end.coefficients, dtype=dtype))
        self.register_buffer("scale", torch.ones(front_end.coefficients, dtype=dtype))

    def log_mel(self, samples: torch.Tensor) -> torch.Tensor:
        """[..., samples] to natural-log mel energies [..., frames, mel_bands]."""
        frames = samples.unfold(-1, self.front_end.frame_samples, self.front_end.shift_samples)
        spectrum = torch.fft.rfft(frames * self.window, n=self.front_end.fft_size)
        power = spectrum.real.square() + spectrum.imag.square()
        return (power @ self.mel).clamp_min(self.front_end.log_floor).log()

    def coefficients(self, log_mel: torch.Tensor) -> torch.Tensor:
        """[..., frames, mel_bands] to coefficients [..., frames, coefficients], not normalised."""
        return log_mel @ self.dct

    def normalise(self, coefficients: torch.Tensor) -> torch.Tensor:
        return (coefficients - self.mean) * self.scale

    def fit(self, log_mels: Iterable[torch.Tensor]) -> None:
        """Sets mean and scale = 1 / deviation per coefficient, from those frames of some windows that are not silent."""
        rows = []
        for log_mel in log_mels:
            sounding = log_mel.amax(dim=2) > math.log(self.front_end.log_floor) + 1
            rows.append(self.coefficients(log_mel)[sounding].double())
        frames = torch.cat(rows)
        self.mean.copy_(frames.mean(dim=0))
        self.scale.copy_(1 / frames.std(dim=0))

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        """[..., samples] to normalised coefficients [..., frames, coefficients]."""
        return self.normalise(self.coefficients(self.log_mel(samples)))
