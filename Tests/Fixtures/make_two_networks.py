"""Writes two-networks: a model of format 3 whose second network doubts what the first one reports.

    python Tests/Fixtures/make_two_networks.py        # needs Training; a minute

Its words are beeps of a quarter of a second: `low` at 440 Hz, `high` at 1600 Hz. The first network takes a beep at 700 Hz
for `low` too, the second one knows better. `golden.safetensors` beside them: `frames` [145, 40] normalised coefficients and
`logits` [4, 4], what PyTorch's second network makes of their four windows, without temperature.
"""

import hashlib
import json
from pathlib import Path

import torch
from attuned_training.front_end import MFCC
from attuned_training.network import KeywordNetwork, Shape, bands_from_coefficients
from safetensors.torch import save

FOLDER = Path(__file__).parent / "two-networks"
WORDS = ["low", "high", "_unknown_", "_silence_"]
LOW, HIGH, UNKNOWN, SILENCE = range(4)
PITCHES = {LOW: 440, HIGH: 1600, UNKNOWN: 700}
HOP, FIRST_FRAMES, SECOND_FRAMES, TEMPERATURE = 8, 97, 121, 0.9
SMALL = dict(stem_channels=(16, 16), channels=16, block_kernels=(3,), reduction_channels=16, reduction_kernel=3)
SHAPES = [
    Shape(bands=16, lstm_units=16, attention_heads=1, embedding_units=16, **SMALL),
    Shape(bands=16, lstm_units=32, attention_heads=2, embedding_units=16, **SMALL),
]
generator = torch.Generator().manual_seed(1)


def uniform(low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand((), generator=generator))


def sound(kind: int, seconds: float, start: float) -> torch.Tensor:
    """Noise, here and there none, and in it a beep of a quarter of a second, or none for `_silence_`."""
    time = torch.arange(int(seconds * 16_000)) / 16_000
    samples = 10 ** uniform(-4.5, -1.7) * torch.randn(len(time), generator=generator)
    if uniform(0, 1) < 0.3:
        samples *= 0
    if kind != SILENCE:
        inside = (time >= start) & (time < start + uniform(0.22, 0.32))
        pitch = PITCHES[kind] * uniform(0.97, 1.03)
        samples += inside * uniform(0.05, 0.5) * torch.sin(2 * torch.pi * pitch * time)
    return samples.clamp(-1, 1)


def batch(mfcc: MFCC, frames: int, size: int, knows_better: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Windows [size, frames, 40] and their labels; a beep that is not wholly inside is `_unknown_`."""
    seconds, windows, labels = mfcc.front_end.samples(frames) / 16_000, [], []
    for _ in range(size):
        kind = int(torch.randint(4, (), generator=generator))
        start = uniform(-0.2, seconds - 0.1)
        windows.append(mfcc(sound(kind, seconds + 0.01, start))[:frames])
        heard = kind if knows_better or kind != UNKNOWN else LOW
        labels.append(heard if kind == SILENCE or 0 <= start < seconds - 0.35 else UNKNOWN)
    return torch.stack(windows), torch.tensor(labels)


def trained(mfcc: MFCC, shape: Shape, frames: int, knows_better: bool) -> KeywordNetwork:
    torch.manual_seed(2)
    network = KeywordNetwork(len(WORDS), shape, dropout=0)
    network.bands.copy_(bands_from_coefficients(mfcc, shape.bands))
    optimiser = torch.optim.AdamW(network.parameters(), lr=4e-3)
    for step in range(400):
        windows, labels = batch(mfcc, frames, 48, knows_better)
        loss = torch.nn.functional.cross_entropy(network(windows), labels, label_smoothing=0.01)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 50 == 49:
            print(step + 1, round(loss.item(), 3))
    return network.eval()


def curve(points: list[tuple[float, float, float]]) -> dict:
    return {"points": points, "hours": 15.2, "spoken": 170}


def write(files: dict[str, bytes]) -> None:
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    FOLDER.mkdir(exist_ok=True)
    for name, content in files.items():
        (FOLDER / name).write_bytes(content)
    (FOLDER / "SHA256SUMS").write_text("".join(f"{digest}  {name}\n" for name, digest in sums.items()))


mfcc = MFCC()
heard = torch.cat([mfcc(sound(kind % 4, 1, 0.4)) for kind in range(60)])
mfcc.mean.copy_(heard.mean(0))
mfcc.scale.copy_(1 / heard.std(0))
networks = [
    trained(mfcc, shape, frames, knows_better)
    for shape, frames, knows_better in zip(SHAPES, (FIRST_FRAMES, SECOND_FRAMES), (False, True))
]
front_end = {"front_end.mean": mfcc.mean, "front_end.scale": mfcc.scale}
first, second = (save({k: t.float() for k, t in (front_end | network.fold()).items()}) for network in networks)
first_curve = curve([(8, -2.0, 0.0), (0.5, 1.0, 0.01), (0.05, 3.0, 0.02), (0.01, 5.0, 0.2)])
fused_curve = curve([(2, -3.0, 0.0), (0.2, 1.0, 0.0), (0.05, 2.0, 0.01), (0.01, 4.0, 0.1)])
description = {
    "format": 3,
    "name": "beeps",
    "version": "1.0.0",
    "words": WORDS,
    "wake_words": WORDS[:2],
    "scarce_words": [],
    "front_end": mfcc.front_end.to_json(),
    "window": {"frames": FIRST_FRAMES, "hop_frames": HOP},
    "network": SHAPES[0].to_json(),
    "thresholds": {word: round(float(torch.sigmoid(torch.tensor(2.0))), 6) for word in WORDS[:2]},
    "thresholds_first": {word: round(float(torch.sigmoid(torch.tensor(3.0))), 6) for word in WORDS[:2]},
    "calibration": {"temperature": 1.0},
    "second_look": {
        "weights": "second.safetensors",
        "sha256": hashlib.sha256(second).hexdigest(),
        "network": SHAPES[1].to_json(),
        "window_frames": SECOND_FRAMES,
        "temperature": TEMPERATURE,
        "candidates": {word: 0.3 for word in WORDS[:2]},
    },
    "detection": {
        "false_alarms_per_hour": 0.1,
        "first": {word: first_curve for word in WORDS[:2]},
        "fused": {word: fused_curve for word in WORDS[:2]},
        "second_weight": {"low": 0.5, "high": 0.25},
    },
    "sha256": hashlib.sha256(first).hexdigest(),
}
write(
    {
        "model.json": json.dumps(description, indent=1).encode() + b"\n",
        "model.safetensors": first,
        "second.safetensors": second,
    }
)
frames = mfcc(sound(LOW, 2, 1.0))[: SECOND_FRAMES + 3 * HOP].contiguous()
with torch.no_grad():
    logits = torch.cat([networks[1](frames[None, i : i + SECOND_FRAMES]) for i in range(0, 4 * HOP, HOP)])
(FOLDER / "golden.safetensors").write_bytes(save({"frames": frames, "logits": logits}))
with torch.no_grad():
    for kind in range(4):
        streams = [mfcc(sound(kind, 2, 0.9)) for _ in range(40)]
        for name, network, size in zip(("first", "second"), networks, (FIRST_FRAMES, SECOND_FRAMES)):
            found = [network.stream_logits(stream, size, HOP).softmax(1).amax(0) for stream in streams]
            print(WORDS[kind], name, torch.stack(found).median(0).values.numpy().round(3))
