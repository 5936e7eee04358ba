"""Words that somebody taught, beside those of the model."""

import asyncio
import base64
import hashlib
import json
import shutil
import struct
from pathlib import Path

import pytest
from conftest import REPOSITORY, WAKE_WORDS, clip, hear, names, samples
from wyoming.client import AsyncClient
from wyoming.info import Describe, Info

SIZE = 4


def write_sums(folder: Path, *files: str):
    sums = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in files]
    (folder / "SHA256SUMS").write_text("".join(sums))


@pytest.fixture
def model(tmp_path) -> Path:
    """The shipped model with an embedding that is the same for every sound."""
    shipped = sorted((REPOSITORY / "Config/models/commands").glob("*/model.json"))[-1].parent
    place = shutil.copytree(shipped, tmp_path / "model")
    description = json.loads((place / "model.json").read_text())
    weights = (place / "model.safetensors").read_bytes()
    size = struct.unpack("<Q", weights[:8])[0]
    shipped_header, shipped_data = json.loads(weights[8 : 8 + size]), weights[8 + size :]
    header, data = {}, b""
    for name, tensor in shipped_header.items():
        if name == "__metadata__" or name.startswith("own_words."):
            continue
        first, last = tensor["data_offsets"]
        header[name] = tensor | {"data_offsets": [len(data), len(data) + last - first]}
        data += shipped_data[first:last]
    states = (description["network"]["attention"]["heads"] + 1) * description["network"]["lstm"]["units"]
    for name, shape, values in [
        ("own_words.offset", [SIZE], [1.0] + [0.0] * (SIZE - 1)),
        ("own_words.projection", [SIZE, states], [0.0] * (SIZE * states)),
    ]:
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * len(values)]}
        data += struct.pack(f"<{len(values)}f", *values)
    text = json.dumps(header).encode()
    (place / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    description["sha256"] = hashlib.sha256((place / "model.safetensors").read_bytes()).hexdigest()
    description["own_words"] = {"size": SIZE, "second_size": description["own_words"]["second_size"]}
    (place / "model.json").write_text(json.dumps(description))
    listed = [line.split("  ")[1] for line in (place / "SHA256SUMS").read_text().splitlines()]
    # The bank is of another embedding.
    write_sums(place, *(name for name in listed if name != "own-words.safetensors"))
    return place


def teach(words: Path, model: Path, name: str, score: float, **fields):
    """A word whose score is the same whatever is heard."""
    folder = words / f"{len(list(words.glob('*'))) if words.exists() else 0}"
    folder.mkdir(parents=True)
    trunk = json.loads((model / "model.json").read_text())["sha256"]
    weights = base64.b64encode(struct.pack(f"<{SIZE}f", *[0.0] * SIZE)).decode()
    word = {
        "format": 1, "name": name, "model": "commands", "model_version": "1", "threshold_score": 5,
        "first": {"trunk": trunk, "weights": weights, "bias": score},
    }  # fmt: skip
    (folder / "word.json").write_text(json.dumps(word | fields))
    write_sums(folder, "word.json")


async def offered(uri: str) -> list[str]:
    async with AsyncClient.from_uri(uri) as client:
        await client.write_event(Describe().event())
        info = Info.from_event(await client.read_event())
    return [word.name for word in info.wake[0].models]


@pytest.mark.parametrize("where", ["option", "state"])
def test_a_word_of_ones_own_is_offered_and_heard(start, tmp_path, model, monkeypatch, where):
    words = tmp_path / "state/words"
    teach(words, model, "Hey Pantry", 5.5)
    teach(words, model, "кладовая", -20.0)
    teach(words, model, "never", 20.0, first={"trunk": "0" * 64, "weights": "AAAA", "bias": 0})
    monkeypatch.setenv("ATTUNED_MODEL_PATH", str(model))
    if where == "state":
        monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    server = start(*(["--words", str(words)] if where == "option" else []))
    server.says("2 words of one's own")
    server.says("the word 2 is not heard|the word never is not heard")
    assert asyncio.run(offered(server.uri)) == WAKE_WORDS + ["Hey Pantry", "кладовая"]
    # It is just over its threshold from the beginning on; the model's word is so by more.
    audio = samples(clip())
    assert names(hear(server.uri, audio, ["hey_pantry"])) == ["hey_pantry"]
    assert names(hear(server.uri, audio, ["Hey Pantry", "alexa"])) == ["Hey Pantry", "alexa"]
    assert names(hear(server.uri, audio, ["кладовая"])) == []
    assert server.stop() == 0
