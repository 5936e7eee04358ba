"""Writes mfcc.safetensors: inputs and their MFCC by librosa in double precision, the reference for the front ends.

    python Tests/Fixtures/make_mfcc.py        # needs Training[test] and espeak-ng

For each case `<case>.samples` [n] float32 at 16 kHz, and `<case>.mfcc` [frames, 40] float32 without mean and scale.
Only librosa and scipy compute here, nothing of the package that is tested.
"""

import subprocess
import tempfile
from pathlib import Path

import librosa
import numpy as np
import scipy.fft
import scipy.signal
import soundfile
from safetensors.numpy import save_file

RATE, FRAME, SHIFT, FFT = 16_000, 480, 160, 512
PADDING = (FFT - FRAME) // 2  # librosa centres the window in its FFT; these zeros bring frame 0 to sample 0
LOG_FLOOR, BANDS, COEFFICIENTS = 1e-6, 80, 40


def mfcc(samples: np.ndarray) -> np.ndarray:
    padded = np.pad(samples.astype(np.float64), PADDING)
    spectrum = librosa.stft(
        padded, n_fft=FFT, hop_length=SHIFT, win_length=FRAME, window="hann", center=False, dtype=np.complex128
    )
    filters = librosa.filters.mel(
        sr=RATE, n_fft=FFT, n_mels=BANDS, fmin=20, fmax=7600, htk=True, norm=None, dtype=np.float64
    )
    log_mel = np.log(np.maximum(filters @ np.abs(spectrum) ** 2, LOG_FLOOR))
    return scipy.fft.dct(log_mel, axis=0, type=2, norm="ortho")[:COEFFICIENTS].T


def spoken(text: str) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "spoken.wav")
        subprocess.run(["espeak-ng", "-v", "en-us", "-w", str(file), text], check=True)
        samples, rate = soundfile.read(file)
    return librosa.resample(samples, orig_sr=rate, target_sr=RATE)


def cases() -> dict[str, np.ndarray]:
    seconds = np.arange(int(0.8 * RATE)) / RATE
    tone = 0.5 * np.sin(2 * np.pi * 1000 * seconds)
    tone[len(tone) // 3 : 2 * len(tone) // 3] = 0
    impulse = np.zeros_like(seconds)
    impulse[4000] = 0.9
    return {
        "noise": 0.1 * np.random.default_rng(1).standard_normal(len(seconds)),
        "chirp": 0.5 * scipy.signal.chirp(seconds, 50, seconds[-1], 7900),
        "tone_with_silence": tone,
        "impulse": impulse,
        "clipped_square": np.clip(2 * np.sign(np.sin(2 * np.pi * 210 * seconds)), -1, 32767 / 32768),
        "spoken_computer": spoken("computer"),
    }


tensors = {}
for name, samples in cases().items():
    samples = samples.astype(np.float32)
    tensors[f"{name}.samples"] = samples
    tensors[f"{name}.mfcc"] = np.ascontiguousarray(mfcc(samples), np.float32)
save_file(tensors, Path(__file__).with_name("mfcc.safetensors"))
