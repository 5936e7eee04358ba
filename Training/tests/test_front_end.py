"""The front end against librosa's values, and the properties that streaming relies on."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from attuned_training.front_end import MFCC, FrontEnd

FIXTURE = Path(__file__).parents[2] / "Tests/Fixtures/mfcc.safetensors"
CASES = ["noise", "chirp", "tone_with_silence", "impulse", "clipped_square", "spoken_computer"]
TOLERANCE = 1e-3


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("case", CASES)
def test_coefficients_are_those_of_librosa(case, dtype):
    tensors = load_file(FIXTURE)
    mfcc = MFCC(dtype=dtype)
    computed = mfcc(tensors[f"{case}.samples"].to(dtype))
    assert computed.shape == tensors[f"{case}.mfcc"].shape
    assert (computed - tensors[f"{case}.mfcc"]).abs().max() < TOLERANCE


def test_a_frame_does_not_depend_on_what_stands_around_it():
    samples = torch.randn(16_000) * 0.1
    mfcc = MFCC()
    torch.testing.assert_close(mfcc(samples)[10:20], mfcc(samples[1600 : 1600 + 19 * 160 + 480])[:10])


def test_mean_and_scale_are_applied_per_coefficient():
    samples = torch.randn(4_000) * 0.1
    mfcc = MFCC()
    plain = mfcc(samples)
    mfcc.mean.copy_(torch.arange(40.0))
    mfcc.scale.fill_(0.5)
    torch.testing.assert_close(mfcc(samples), (plain - torch.arange(40.0)) * 0.5)


def test_whole_frames_are_counted():
    front_end = FrontEnd()
    assert [front_end.frames(n) for n in (0, 479, 480, 639, 640)] == [0, 0, 1, 1, 2]
    assert front_end.frames(front_end.samples(145)) == 145


def test_the_json_block_has_the_documented_keys():
    assert FrontEnd().to_json() == {
        "sample_rate": 16000,
        "frame_samples": 480,
        "shift_samples": 160,
        "fft_size": 512,
        "mel_bands": 80,
        "mel_low_hz": 20,
        "mel_high_hz": 7600,
        "log_floor": 1e-6,
        "coefficients": 40,
    }
