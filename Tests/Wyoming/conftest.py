"""The real attune-wyoming, and real clients of it: `make test-wyoming`."""

import asyncio
import functools
import json
import os
import re
import socket
import subprocess
import tempfile
import time
import wave
from pathlib import Path

import pytest
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.error import Error
from wyoming.wake import Detect, Detection, NotDetected

REPOSITORY = Path(__file__).resolve().parents[2]
# Those of a debug build, with ATTUNED_PROGRAMS=.build/debug.
PROGRAMS = REPOSITORY / os.environ.get("ATTUNED_PROGRAMS", ".build/release")
CONFIGURATION = REPOSITORY / "Config/attuned.yaml"
DEMO = REPOSITORY / "Config/demo/demo.wav"


def samples(path: Path) -> bytes:
    """The samples of a recording of 16 kHz, 16 bits, one channel."""
    with wave.open(str(path)) as recording:
        assert recording.getparams()[:3] == (1, 2, 16000)
        return recording.readframes(recording.getnframes())


def demo_words() -> list[tuple[float, float, str]]:
    """Start and end in seconds, and the word."""
    rows = [line.split("\t") for line in (REPOSITORY / "Config/demo/words.tsv").read_text().splitlines()]
    return [(float(start), float(end), word) for start, end, word in rows if word]


@functools.cache
def clip() -> Path:
    """A recording of the word "alexa", with half a second around it."""
    (start, end) = next((start, end) for start, end, word in demo_words() if word == "alexa")
    path = Path(tempfile.mkdtemp()) / "alexa.wav"
    with wave.open(str(path), "wb") as recording:
        recording.setparams((1, 2, 16000, 0, "NONE", None))
        recording.writeframes(samples(DEMO)[int((start - 0.5) * 16000) * 2 : int((end + 0.5) * 16000) * 2])
    return path


WAKE_WORDS = ["alexa", "computer", "jarvis", "smart_mirror", "snowboy", "view_glass"]
# In the order in which they are spoken.
DEMO_WAKE_WORDS = [word for _, _, word in demo_words() if word in WAKE_WORDS]


def until(wanted, seconds: float = 30, what="it"):
    """The first true value of `wanted()`, asked again and again."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := wanted():
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what() if callable(what) else what} did not come in time")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A running attune-wyoming on a free port; settings as `max_connections="2"`."""

    def __init__(self, folder: Path, *options: str, uri: str = "tcp://127.0.0.1:0", before: tuple = (), **settings: str):
        self.log = folder / f"attune-wyoming-{time.monotonic_ns()}.log"
        # A busy machine is no fault of the server's.
        settings = {"longest_delay_ms": "30000"} | settings
        values = {f"ATTUNED_WYOMING_{key.upper()}": value for key, value in settings.items()}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*before, PROGRAMS / "attune-wyoming", "--config", CONFIGURATION, *(["--uri", uri] if uri else []), *options],
                env=os.environ | {"ATTUNED_LOG_FORMAT": "plain"} | values, stdout=log, stderr=log,
            )  # fmt: skip
        found = until(lambda: re.search(r"serving \w+://(.*)", self.text) or self.process.poll() is not None, 60)
        assert found is not True, self.text
        self.address = found[1]

    @property
    def text(self) -> str:
        return self.log.read_text()

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    @property
    def uri(self) -> str:
        return f"unix://{self.address}" if self.address.startswith("/") else f"tcp://{self.address}"

    def says(self, text: str, count: int = 1):
        until(lambda: len(re.findall(text, self.text)) >= count, what=lambda: f"{text} in {self.text}")

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def memory_mb(self) -> float:
        """What it has of its own, which nobody can take from it."""
        rollup = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return int(re.search(r"^Anonymous:\s+(\d+)", rollup, re.MULTILINE)[1]) / 1024

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(30)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def start(tmp_path):
    """Starts servers, and ends them: start("--threshold", "0.7", max_connections="2")."""
    started = []

    def begin(*options, **settings) -> Server:
        started.append(Server(tmp_path, *options, **settings))
        return started[-1]

    yield begin
    for server in started:
        server.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One for all tests that leave it as it was; at the end it stops in good order."""
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    assert server.stop() == 0, server.text
    assert "stopped" in server.text


async def send(client, audio: bytes, rate=16000, width=2, channels=1, chunk=0.08, pace=0.0, timestamp=None, begin=True, end=True):
    """Sends samples in chunks of so many seconds, `pace` times as slow as they are."""
    step = max(1, round(chunk * rate)) * width * channels
    if begin:
        await client.write_event(AudioStart(rate, width, channels, timestamp).event())
    for place in range(0, len(audio), step):
        piece = audio[place : place + step]
        time = None if timestamp is None else timestamp + place * 1000 // (rate * width * channels)
        await client.write_event(AudioChunk(rate, width, channels, piece, time).event())
        if pace:
            await asyncio.sleep(pace * chunk)
    if end:
        await client.write_event(AudioStop().event())


async def answers(client, seconds: float = 120) -> list:
    """What comes after the client has sent all that it will, until the server closes."""
    client._writer.write_eof()
    found = []
    while event := await asyncio.wait_for(client.read_event(), seconds):
        found += [kind.from_event(event) for kind in (Detection, NotDetected, Error) if kind.is_type(event.type)]
    return found


def hear(uri: str, audio: bytes, names=None, detect=True, **options) -> list:
    """What one client is told of a stream."""

    async def run():
        async with AsyncClient.from_uri(uri) as client:
            if detect:
                await client.write_event(Detect(names).event())
            await send(client, audio, **options)
            return await answers(client)

    return asyncio.run(run())


def names(found: list) -> list[str]:
    return [word.name for word in found if isinstance(word, Detection)]


def frame(kind: str, data: dict | None = None, payload: bytes = b"", **line) -> bytes:
    """A frame as clients write it."""
    content = json.dumps(data).encode() if data is not None else b""
    head = {"type": kind} | ({"data_length": len(content)} if content else {}) | ({"payload_length": len(payload)} if payload else {})
    return json.dumps(head | line).encode() + b"\n" + content + payload


def read_frames(connection: socket.socket) -> list[tuple[str, dict]]:
    """All that comes until the server closes."""
    bytes = b""
    while piece := connection.recv(65536):
        bytes += piece
    frames = []
    while bytes:
        line, _, bytes = bytes.partition(b"\n")
        head = json.loads(line)
        length = head.get("data_length", 0)
        frames.append((head["type"], json.loads(bytes[:length]) if length else {}))
        bytes = bytes[length:]
    return frames
