"""A small set of spoken words, by espeak-ng: every voice a speaker of one split."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import soundfile
import soxr
from conftest import speakers, write_manifest

KEYWORDS = ["computer", "stop"]
OTHER_WORDS = "window music kitchen letter water table marvin commuter shop number".split()
SENTENCES = [
    "the old man sat by the fire and read a letter",
    "what time is it in the other house",
    "we should all leave before dinner",
    "a glass of water and some bread",
    "the weather is warm today",
    "play some music in the kitchen",
]
ACCENTS = ["en-us", "en-gb", "en-gb-x-rp", "en-029"]
VARIANTS = ["+m1", "+m3", "+m7", "+f2", "+f4"]
VOICES = [accent + variant for variant in VARIANTS for accent in ACCENTS]
VALIDATION_VOICES = 2


def say(text: str, voice: str, file: Path) -> np.ndarray:
    """Writes one utterance at 16 kHz, half scale, with 0.1 s of silence at both ends."""
    raw = file.with_suffix(".raw.wav")
    subprocess.run(["espeak-ng", "-v", voice, "-w", raw, text], check=True, capture_output=True)
    samples, rate = soundfile.read(raw)
    raw.unlink()
    samples = soxr.resample(samples, rate, 16_000)
    samples = np.pad(0.5 * samples / np.abs(samples).max(), 1_600)
    soundfile.write(file, samples, 16_000)
    return samples


def write_words(folder: Path) -> None:
    """Speech Commands layout: `<word>/<speaker>_nohash_0.wav` and `_background_noise_`."""
    names = speakers("validation", VALIDATION_VOICES) + speakers("calibration", 2)
    names += speakers("train", len(VOICES) - len(names))
    jobs = []
    for word in [*KEYWORDS, *OTHER_WORDS]:
        (folder / word).mkdir(parents=True)
        jobs += [(word, voice, folder / word / f"{name}_nohash_0.wav") for name, voice in zip(names, VOICES)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda job: say(*job), jobs))
    (folder / "_background_noise_").mkdir()
    rng = np.random.default_rng(1)
    for number in range(12):
        noise = np.cumsum(rng.standard_normal(64_000)) if number % 2 else rng.standard_normal(64_000)
        noise -= np.convolve(noise, np.ones(400) / 400, "same")
        soundfile.write(folder / f"_background_noise_/{number}.wav", 0.1 * noise / np.abs(noise).max(), 16_000)


def write_speech(folder: Path) -> None:
    """Running speech with its transcript, in a manifest."""
    folder.mkdir(parents=True)
    jobs = [
        (text, voice, folder / f"{number}-{voice}.wav")
        for number, text in enumerate(SENTENCES)
        for voice in VOICES[VALIDATION_VOICES::3]
    ]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda job: say(*job), jobs))
    write_manifest(
        folder, [{"path": file.name, "label": "", "split": "train", "text": text} for text, _, file in jobs]
    )
