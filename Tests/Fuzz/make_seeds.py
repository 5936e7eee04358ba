"""Writes the inputs from which fuzzing starts: `python Tests/Fuzz/make_seeds.py`, with the packages of Training installed.

What fuzzing found since is in `found.tar.gz`, see `keep`.
"""

import io
import json
import random
import struct
from math import prod
from pathlib import Path

import numpy
import soundfile

REPOSITORY = Path(__file__).resolve().parents[2]
CORPORA = Path(__file__).parent / "corpora"


def seed(target: str, name: str, content: bytes) -> None:
    folder = CORPORA / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"seed-{name}").write_bytes(content)


def model() -> None:
    """The shipped description with the smallest network, and weights for it."""
    latest = sorted((REPOSITORY / "Config/models/commands").glob("*/model.json"))[-1]
    shipped = json.loads(latest.read_text())
    description = {key: shipped[key] for key in ("format", "name", "version", "front_end", "calibration", "sha256")} | {
        "words": ["yes", "_unknown_", "_silence_"], "wake_words": ["yes"], "scarce_words": [], "thresholds": {"yes": 0.5},
        "window": {"frames": 24, "hop_frames": 4}, "self_test": "yes",
        "network": {
            "bands": 4, "stem": [{"channels": 16, "kernel": 3, "stride": 2, "band_stride": 2}], "channels": 16,
            "blocks": [{"kernel": 3}], "reduction": {"channels": 16, "kernel": 3, "stride": 2}, "lstm": {"units": 16},
            "attention": {"heads": 1}, "embedding": {"units": 16},
        },
    }  # fmt: skip
    description["front_end"] = description["front_end"] | {"mel_bands": 8, "coefficients": 4}
    shapes = {
        "front_end.mean": [4], "front_end.scale": [4], "bands.weight": [4, 4], "stem.0.weight": [16, 1, 3, 3],
        "stem.0.bias": [16], "projection.weight": [16, 32], "projection.bias": [16],
        "blocks.0.depthwise.weight": [16, 3], "blocks.0.pointwise.weight": [16, 16], "blocks.0.pointwise.bias": [16],
        "reduction.depthwise.weight": [16, 3], "reduction.pointwise.weight": [16, 16], "reduction.pointwise.bias": [16],
        "lstm.weight_ih": [64, 16], "lstm.weight_hh": [64, 16], "lstm.bias": [64], "attention.queries": [1, 16],
        "embedding.weight": [16, 32], "embedding.bias": [16], "output.weight": [3, 16], "output.bias": [3],
    }  # fmt: skip
    header, data, chooser = {}, b"", random.Random(1)
    for name, shape in shapes.items():
        numbers = struct.pack(f"<{prod(shape)}f", *(chooser.choice((-0.5, 0, 0.25)) for _ in range(prod(shape))))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(numbers)]}
        data += numbers
    text, head = json.dumps(description).encode(), json.dumps(header).encode()
    seed("model", "tiny", struct.pack("<I", len(text)) + text + struct.pack("<Q", len(head)) + head + data)


def configuration() -> None:
    lines = (REPOSITORY / "Config/attuned.yaml").read_text().splitlines()
    settings = "\n".join(line.split("  # ")[0] for line in lines if line.split("#")[0].strip())
    seed("configuration", "shipped", settings.encode())
    seed("configuration", "words", b"words:\n  default: {enabled: no}\n  left: {threshold: 0.9, after: [yes, on], within_seconds: 2}\n")
    seed("configuration", "anchors", b"words: {left: &a {threshold: 0.7}, right: *a, up: {<<: *a}}\n")
    seed("configuration", "keys", b"a: &a [x, x]\nb: &b [*a, *a]\n? *b\n: {*a : 1}\n")
    seed("configuration", "waiting", b"words:\r\n  default: {after: wake_words}\r\n  left: {after: right}\r\n  right: {after: left}\r\n")


def protocol() -> None:
    requests = [
        {"id": 1, "request": "status"}, {"id": "a", "request": "events", "since": 7}, {"id": 1.5, "request": "mute"},
        {"id": None, "request": "subscribe", "types": ["keyword", "near_miss"]},
        {"id": 2, "request": "audio", "event": 7, "before_ms": 500, "duration_ms": 2000},
        {"id": 3, "request": "audio", "start_sample": 16000}, {"request": "selftest"}, {"request": "x"}, [1], 7,
    ]  # fmt: skip
    seed("protocol", "requests", b"\x10" + b"".join(json.dumps(request).encode() + b"\r\n" for request in requests))
    keyword = {
        "type": "keyword", "id": 7, "keyword": "left", "confidence": 0.9, "threshold": 0.8, "model": "commands",
        "model_version": "1.0.0", "timestamp": "2026-11-22T10:30:00.123Z", "start_sample": 731200, "end_sample": 741760,
        "latency_ms": 118, "processing_time": 0.0004, "level_dbfs": -31.2, "device": "default",
    }  # fmt: skip
    messages = [keyword, {"type": "error", "code": "failed", "error": "no", "id": 3}, {"type": "gap", "start_sample": 1, "samples": 2}]
    seed("protocol", "messages", b"\xff" + b"".join(json.dumps(message).encode() + b"\n" for message in messages))


def events() -> None:
    """For the record of events, timestamps, and the client's side of the protocol."""
    keyword = {
        "type": "keyword", "id": 7, "keyword": "left", "confidence": 0.9, "threshold": 0.8, "model": "commands",
        "model_version": "1.0.0", "timestamp": "2026-11-22T10:30:00.123Z", "start_sample": 731200, "end_sample": 741760,
        "latency_ms": 118, "processing_time": 0.0004, "level_dbfs": -31.2, "device": "default",
    }  # fmt: skip
    ids = [7, 8, 2**52, 2**53, 2**64 - 1]
    times = [keyword["timestamp"], "9999-12-31T23:59:59.999Z", "0000-01-01T00:00:00.000Z", "2147483647-1-1-1-1-1-000"]
    lines = [keyword | {"id": number} for number in ids] + [keyword | {"timestamp": time} for time in times]
    seed("record", "events", b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    for index, time in enumerate(times):
        seed("timestamp", str(index), time.encode())
    messages = [
        {"type": "hello", "protocol": 1, "version": "0.1.0", "model": "commands", "model_version": "1.0.0", "started": times[0],
         "requests": ["status"]},
        {"type": "status", "state": "listening", "reason": "x", "since": times[0], "device": "x", "keywords": ["left"],
         "uptime_seconds": 1e300, "model": "commands", "model_version": "1.0.0", "version": "0.1.0"},
        keyword, {"type": "audio", "start_sample": 7, "samples": 1, "end": True, "data": "AAA="},
        {"type": "gap", "cause": "overrun", "sample": 1, "lost_samples": 2**64 - 1, "timestamp": times[0]},
        {"type": "error", "id": 1, "code": "failed", "error": "no"}, {"type": "events", "count": 1, "newest_id": 9, "incomplete": True},
    ]  # fmt: skip
    seed("client", "messages", b"\x20" + b"".join(json.dumps(message).encode() + b"\n" for message in messages))


def wyoming() -> None:
    def frame(kind: str, data: dict | None = None, payload: bytes = b"") -> bytes:
        content = json.dumps(data).encode() if data is not None else b""
        return json.dumps({"type": kind, "data_length": len(content), "payload_length": len(payload)}).encode() + b"\n" + content + payload

    audio = [{"rate": rate, "width": width, "channels": channels, "timestamp": 10} for rate, width, channels in
             [(16000, 2, 1), (48000, 2, 2), (8000, 1, 1), (44100, 3, 1), (96000, 4, 4), (1, 2, 1), (4_000_000_000, 2, 1)]]  # fmt: skip
    for index, format in enumerate(audio):
        chunks = frame("audio-chunk", format, bytes(range(240))) + frame("audio-chunk", format | {"timestamp": 2**53}, bytes(12))
        seed("wyoming", f"audio-{index}", b"\x10" + frame("audio-start", format) + chunks + frame("audio-stop"))
    others = [
        frame("describe"), frame("detect", {"names": ["alexa"], "context": {"a": [1, None, "\u00e4"]}}), frame("detect", {"names": None}),
        frame("ping", {"text": "x"}), frame("select-program", {"name": "x"}, b"payload"),
        b'{"type":"detect","data":{"names":["a"]},"data_length":14}\n{"names":null}',
    ]  # fmt: skip
    seed("wyoming", "events", b"\x03" + b"".join(others))


def form() -> None:
    parts = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n' + bytes(50) \
        + b'\r\n--b\r\nContent-Disposition: form-data; name=files; filename*=UTF-8\'\'%c3%a4\r\n\r\n' + bytes(200) + b"\r\n--b--\r\n"
    seed("form", "two", b"\x07multipart/form-data; boundary=b\n" + parts)
    seed("form", "quoted", b'\xffmultipart/form-data; boundary="b c"; x=y\npreamble\r\n--b c  \r\n\r\nx\r\n--b c--')


def recording() -> None:
    tone = (0.3 * numpy.sin(numpy.arange(400) / 3)).astype("float32")
    kinds = [("WAV", "PCM_16", 16000), ("WAV", "FLOAT", 48000), ("WAV", "ULAW", 8000), ("WAV", "IMA_ADPCM", 16000),
             ("FLAC", "PCM_16", 44100), ("OGG", "VORBIS", 16000), ("OGG", "OPUS", 48000), ("MP3", "MPEG_LAYER_III", 44100),
             ("AIFF", "PCM_24", 16000), ("CAF", "ALAC_16", 16000), ("AU", "PCM_16", 8000)]  # fmt: skip
    for container, coding, rate in kinds:
        for channels in (1, 2):
            file = io.BytesIO()
            soundfile.write(file, numpy.stack([tone] * channels, axis=1), rate, coding, format=container)
            seed("recording", f"{container}-{coding}-{channels}".lower(), file.getvalue())


if __name__ == "__main__":
    for target in (model, configuration, protocol, recording, form, events, wyoming):
        target()
