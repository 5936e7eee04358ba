"""Sounds that are no speech: made from nothing, and out of Debian's packages of games and desktops.

A listener wakes of clicks as of words if it has never heard one. Many kinds rather than many hours: each file is one
kind, its sounds at random times, pitches and levels.
"""

import csv
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import soxr
from scipy import signal
from tqdm import tqdm

from .effects import SAMPLE_RATE, calls, coloured_noises
from .errors import TrainingError

Generator = np.random.Generator
SECONDS = 20  # of a file
AUDIO = {".wav", ".ogg", ".oga", ".flac", ".mp3", ".opus"}


def decay(rng: Generator, seconds: float) -> np.ndarray:
    """An exponential fall over so many seconds, with a rise of up to 3 ms."""
    size = max(16, int(seconds * SAMPLE_RATE))
    fall = np.exp(-np.arange(size) / size * rng.uniform(3, 8))
    rise = min(size, int(rng.uniform(0, 0.003) * SAMPLE_RATE) + 1)
    fall[:rise] *= np.linspace(0, 1, rise, endpoint=False) + 1e-3
    return fall


def resonant(rng: Generator, excitation: np.ndarray, lowest: float, highest: float, count: int) -> np.ndarray:
    """Through so many resonances between two frequencies in Hz: what makes a knock wood, glass or metal."""
    out = np.zeros_like(excitation)
    for _ in range(count):
        hertz = np.exp(rng.uniform(np.log(lowest), np.log(highest)))
        b, a = signal.iirpeak(min(hertz, 7_500), rng.uniform(2, 60), fs=SAMPLE_RATE)
        out += signal.lfilter(b, a, excitation) * rng.uniform(0.2, 1)
    return out


def click(rng: Generator) -> np.ndarray:
    """A switch, a mouse, a microphone's button: one or two edges, a thousandth of a second apart or a tenth."""
    size = int(rng.uniform(0.002, 0.05) * SAMPLE_RATE)
    edge = rng.standard_normal(size) * decay(rng, size / SAMPLE_RATE)[:size]
    out = np.zeros(size + int(0.15 * SAMPLE_RATE))
    out[:size] += edge
    if rng.random() < 0.5:
        at = int(rng.uniform(0.001, 0.12) * SAMPLE_RATE)
        out[at : at + size] += edge * rng.uniform(-1, 1)
    if rng.random() < 0.5:
        out += 0.7 * np.sign(edge[0]) * np.pad(decay(rng, 0.02), (0, len(out)))[: len(out)]
    return resonant(rng, out, 200, 7_000, 2) + out * rng.uniform(0, 1)


def knock(rng: Generator) -> np.ndarray:
    """A bump, a door, something put on a table."""
    body = rng.standard_normal(int(0.4 * SAMPLE_RATE)) * np.pad(decay(rng, rng.uniform(0.02, 0.3)), (0, 6_400))[:6_400]
    return resonant(rng, body, 40, 900, int(rng.integers(1, 5)))


def clink(rng: Generator) -> np.ndarray:
    """Dishes, glasses, keys, coins: high partials without harmony, that ring."""
    size = int(rng.uniform(0.1, 1.0) * SAMPLE_RATE)
    time = np.arange(size) / SAMPLE_RATE
    out = np.zeros(size)
    for _ in range(int(rng.integers(3, 9))):
        hertz = np.exp(rng.uniform(np.log(700), np.log(7_500)))
        out += rng.uniform(0.1, 1) * np.sin(2 * np.pi * hertz * time) * np.exp(-time * rng.uniform(4, 60))
    return out + rng.standard_normal(size) * np.exp(-time * 300) * rng.uniform(0, 2)


def rustle(rng: Generator) -> np.ndarray:
    """Paper, cloth, a hand over the microphone, breath: noise of a band, of uneven strength."""
    size = int(rng.uniform(0.15, 1.2) * SAMPLE_RATE)
    low = np.exp(rng.uniform(np.log(60), np.log(3_000)))
    sos = signal.butter(2, [low, min(7_800, low * rng.uniform(1.5, 8))], "band", fs=SAMPLE_RATE, output="sos")
    points = rng.uniform(0, 1, int(rng.integers(3, 20))) ** rng.uniform(0.5, 3)
    strength = np.interp(np.linspace(0, 1, size), np.linspace(0, 1, len(points)), points)
    return signal.sosfilt(sos, rng.standard_normal(size)) * strength * np.hanning(size) ** 0.3


def beep(rng: Generator) -> np.ndarray:
    """A microwave, a telephone's keys, an alarm, a chime."""
    size = int(rng.uniform(0.05, 0.8) * SAMPLE_RATE)
    time = np.arange(size) / SAMPLE_RATE
    hertz = np.exp(rng.uniform(np.log(250), np.log(5_000), int(rng.integers(1, 4))))
    glide = rng.uniform(-0.3, 0.3) if rng.random() < 0.3 else 0
    out = sum(np.sin(2 * np.pi * h * time * (1 + glide * time / 2)) for h in hertz)
    out = np.sign(out) if rng.random() < 0.3 else out
    return out * (np.exp(-time * rng.uniform(1, 12)) if rng.random() < 0.5 else np.minimum(1, np.minimum(time, time[::-1]) * 300))


def crackle(rng: Generator) -> np.ndarray:
    """Static, a bad contact, rain, fire, fat in a pan: many tiny clicks, as dense as they come."""
    size = int(rng.uniform(0.3, 3) * SAMPLE_RATE)
    density = 10 ** rng.uniform(-3.6, -1.2)
    out = rng.standard_normal(size) ** 3 * (rng.random(size) < density)
    return signal.lfilter([1], [1, -rng.uniform(0, 0.9)], out)


def hum(rng: Generator) -> np.ndarray:
    """Mains, a fan, a motor, a vacuum cleaner: harmonics that waver, and noise."""
    size = int(rng.uniform(2, 6) * SAMPLE_RATE)
    time = np.arange(size) / SAMPLE_RATE
    pitch = rng.choice([50, 60, 100, 120, rng.uniform(30, 600)])
    waver = np.cumsum(1 + rng.uniform(0, 0.03) * np.sin(2 * np.pi * rng.uniform(0.1, 8) * time)) / SAMPLE_RATE
    out = sum(np.sin(2 * np.pi * pitch * k * waver + rng.uniform(0, 6)) * k ** -rng.uniform(0.3, 2) for k in range(1, 25))
    return out + rng.standard_normal(size) * rng.uniform(0, 1)


def cut(rng: Generator) -> np.ndarray:
    """A recording that begins or ends: noise that is switched on or off, a step of the offset, zeros between."""
    size = int(rng.uniform(0.1, 1.5) * SAMPLE_RATE)
    noise = rng.standard_normal(size) * 10 ** rng.uniform(-3, -1)
    if rng.random() < 0.6:
        noise += rng.uniform(-0.5, 0.5) * np.exp(-np.arange(size) / SAMPLE_RATE * rng.uniform(2, 200))
    click_at = rng.choice([0, size - 1])
    noise[click_at] += rng.choice([-1, 1]) * rng.uniform(0.1, 1)
    return noise


def puff(rng: Generator) -> np.ndarray:
    """Wind or a plosive against the microphone."""
    size = int(rng.uniform(0.05, 0.6) * SAMPLE_RATE)
    sos = signal.butter(2, rng.uniform(60, 400), fs=SAMPLE_RATE, output="sos")
    return signal.sosfilt(sos, rng.standard_normal(size)) * np.hanning(size)


KINDS: dict[str, Callable[[Generator], np.ndarray]] = {
    function.__name__: function for function in (click, knock, clink, rustle, beep, crackle, hum, cut, puff)
} | {"call": lambda rng: calls(rng, SAMPLE_RATE)}


def sequence(rng: Generator, kind: str) -> np.ndarray:
    """Sounds of a kind, or of it and others, at random times over a quiet background; [SECONDS * 16000] float32."""
    size = SECONDS * SAMPLE_RATE
    background = coloured_noises(size)[rng.integers(3)]
    out = background * 10 ** rng.uniform(-5, -2.3)
    pace, same = 10 ** rng.uniform(-0.9, 0.6), rng.random() < 0.5
    kept = KINDS[kind](rng)
    at = rng.exponential(pace)
    while at < SECONDS - 0.1:
        name = kind if rng.random() < 0.8 else rng.choice(list(KINDS))
        sound = kept if same and name == kind else KINDS[name](rng)
        first = int(at * SAMPLE_RATE)
        sound = sound[: size - first] * (10 ** rng.uniform(-1.6, -0.1) / (np.abs(sound).max() + 1e-9))
        out[first : first + len(sound)] += sound
        at += rng.exponential(pace) if rng.random() < 0.7 else pace
    return np.clip(out, -1, 1).astype(np.float32)


def write_sounds(out: Path, each: int, seed: int = 1, packages: Path | None = None) -> int:
    """Writes `each` files of every kind, and what is in a folder of Debian packages, with a manifest; returns how many."""
    if packages is not None and not packages.is_dir():
        raise TrainingError(f"no such folder: {packages}; fill it with: apt-get download PACKAGE…")
    rows = []
    jobs = [(kind, number) for kind in KINDS for number in range(each)]
    for kind, number in tqdm(jobs, desc="sounds", unit="file"):
        path = Path(kind, f"{kind}-{number:03d}.flac")
        if not (out / path).exists():
            (out / kind).mkdir(parents=True, exist_ok=True)
            rng = np.random.default_rng([seed, number, list(KINDS).index(kind)])
            soundfile.write(out / path, sequence(rng, kind), SAMPLE_RATE, "PCM_16")
        rows.append([path, "_noise_", "", "train", "sounds made from nothing", "generated", ""])
    for package in sorted(packages.glob("*.deb")) if packages else ():
        rows += unpack(package, out)
    with (out / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("path label speaker split source licence text".split())
        writer.writerows(rows)
    return len(rows)


def unpack(package: Path, out: Path) -> list[list]:
    """The sounds of a Debian package as 16 kHz FLAC, of at least 50 ms and at most 60 s; rows of the manifest."""
    name, rows = package.name.partition("_")[0], []
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["dpkg-deb", "-x", package, folder], capture_output=True, text=True)
        if done.returncode:
            raise TrainingError(f"{package} is no Debian package: {done.stderr.strip()}")
        for number, file in enumerate(sorted(f for f in Path(folder).rglob("*") if f.suffix.lower() in AUDIO)):
            path = Path("packages", name, f"{number:04d}-{''.join(c if c.isalnum() else '-' for c in file.stem)}.flac")
            if not (out / path).exists():
                try:
                    samples, rate = soundfile.read(file, always_2d=True, dtype="float32")
                except (soundfile.LibsndfileError, OSError):
                    continue
                samples = soxr.resample(samples[: 60 * rate].mean(1), rate, SAMPLE_RATE)
                if len(samples) < SAMPLE_RATE // 20 or np.abs(samples).max() < 0.003:
                    continue
                (out / path).parent.mkdir(parents=True, exist_ok=True)
                soundfile.write(out / path, samples, SAMPLE_RATE, "PCM_16")
            licence = "free software, each in the package's copyright file"
            rows.append([path, "_noise_", "", "train", f"Debian package {name}", licence, ""])
    return rows
