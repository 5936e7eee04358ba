"""Effects on samples and on spectra, each against what it says of itself."""

import numpy as np
import pytest
import torch

from attuned_training.effects import (
    change_speed,
    coloured_noises,
    fade,
    level,
    overdrive,
    reverberate,
    through_a_microphone,
)
from attuned_training.front_end import MFCC, FrontEnd
from attuned_training.rooms import simulate_rooms
from attuned_training.spectral import colour, mel_positions, warp_voice


def test_reverberation_keeps_length_and_place():
    clicks = np.zeros(16_000, np.float32)
    clicks[[2_000, 15_990]] = 1
    for response in simulate_rooms(3):
        wet = reverberate(clicks, response)
        assert wet.shape == clicks.shape and wet.dtype == np.float32
        assert np.abs(wet[1_900:3_000]).argmax() == 100
        assert np.abs(wet[: 2_000 - 16]).max() < 1e-5


def test_speed_moves_pitch_and_length():
    tone = np.sin(2 * np.pi * 500 * np.arange(16_000) / 16_000).astype(np.float32)
    fast = change_speed(tone, 1.25)
    assert len(fast) == 12_800
    assert np.abs(np.fft.rfft(fast)).argmax() * 16_000 / len(fast) == pytest.approx(625, abs=2)


def test_fades_and_clipping_keep_to_their_bounds():
    faded = fade(np.ones(1_000, np.float32))
    assert faded[0] == faded[-1] == 0 and (faded[80:-80] == 1).all()
    assert fade(np.ones(3, np.float32)).shape == (3,)
    assert np.abs(overdrive(np.linspace(-0.8, 0.8, 100), 0.25)).max() == pytest.approx(0.2)


def test_noises_have_their_slopes():
    for noise, decibels_per_octave in zip(coloured_noises(2**18), (0, -3, -6)):
        assert level(noise) == pytest.approx(1, rel=5e-3)
        power = np.abs(np.fft.rfft(noise)) ** 2
        hertz = np.fft.rfftfreq(len(noise), 1 / 16_000)
        low, high = (power[(hertz > f) & (hertz < 1.1 * f)].mean() for f in (500, 4_000))
        assert 10 * np.log10(high / low) / 3 == pytest.approx(decibels_per_octave, abs=0.4)


def test_a_voice_warped_by_one_is_itself():
    log_mel = torch.randn(4, 20, 80)
    torch.testing.assert_close(warp_voice(log_mel, torch.ones(4), FrontEnd()), log_mel, atol=1e-4, rtol=0)


@pytest.mark.parametrize("factor", [0.88, 1.14])
def test_a_warped_tone_moves_to_the_computed_band(factor):
    front_end = FrontEnd()
    tone = torch.sin(2 * torch.pi * 1_500 * torch.arange(8_000) / 16_000)
    log_mel = MFCC().log_mel(tone)[None]
    band = log_mel[0].mean(0).argmax().item()
    warped = warp_voice(log_mel, torch.tensor([factor]), front_end)[0].mean(0).argmax().item()
    # The band whose centre, multiplied by the factor, is where the tone was.
    positions = mel_positions(front_end, torch.tensor([factor]))[0]
    assert warped == (positions - band).abs().argmin().item() and warped != band


def test_digital_silence_stays_silent_whatever_its_colour():
    log_mel = torch.full((8, 145, 80), float(np.log(1e-6)))
    torch.testing.assert_close(
        colour(log_mel, torch.Generator().manual_seed(1), FrontEnd(), masked_part=1), log_mel, atol=1e-3, rtol=0,
    )


def test_masks_hide_at_most_two_bands_and_two_stretches():
    log_mel = torch.randn(50, 145, 80) + 5
    plain, masked = (
        colour(log_mel, torch.Generator().manual_seed(3), FrontEnd(), part, warped_part=0) for part in (0, 1)
    )
    hidden = plain != masked
    assert hidden.any(dim=(1, 2)).float().mean() > 0.9
    assert (hidden.all(dim=1).sum(1) <= 28).all() and (hidden.all(dim=2).sum(1) <= 40).all()


def test_a_covered_microphone_keeps_the_level_and_loses_6_db_an_octave_and_order():
    low, high = (np.sin(2 * np.pi * hertz / 16_000 * np.arange(16_000)).astype(np.float32) for hertz in (100, 4_000))

    def heard(tone: np.ndarray) -> float:
        both = through_a_microphone(low + tone, low_cut=1, high_cut=1_000, order=2)
        assert len(both) == 16_000 and level(both) == pytest.approx(level(low + tone), rel=1e-3)
        spectrum = np.abs(np.fft.rfft(both))
        return 20 * np.log10(spectrum[4_000] / spectrum[100])

    assert heard(high) == pytest.approx(-24, abs=0.2)
