"""The real daemon on the demo's words, the real attune-web beside it, and a real Chromium: `make test-web`."""

import contextlib
import functools
import hashlib
import io
import json
import math
import os
import re
import shutil
import socket
import struct
import subprocess
import time
import wave
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy
import pytest
import soundfile
from playwright.sync_api import expect, sync_playwright

# A busy machine takes longer than the five seconds that httpx waits.
for name in ("get", "post", "put", "delete", "head", "options", "request", "stream"):
    setattr(httpx, name, functools.partial(getattr(httpx, name), timeout=60))

REPOSITORY = Path(__file__).resolve().parents[2]
# Those of a debug build, with ATTUNED_PROGRAMS=.build/debug.
PROGRAMS = REPOSITORY / os.environ.get("ATTUNED_PROGRAMS", ".build/release")
DEMO = REPOSITORY / "Config/demo/demo.wav"
TOKEN = "0123456789abcdef0123"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
TAKES = sorted((REPOSITORY / "Config/demo/hey-pantry/takes").glob("*.flac"))


def clip() -> Path:
    """A clip of the word "alexa", an older model's own."""
    return REPOSITORY / "Config/models/commands/1.0.0/selftest.wav"


def shipped_model() -> Path:
    return sorted((REPOSITORY / "Config/models/commands").glob("*/model.json"))[-1].parent


def copy_model(folder: Path, version: str, deaf_to: str | None = None) -> Path:
    """The shipped model under another version, in a folder of models; it can be one that never hears a command."""
    place = shutil.copytree(shipped_model(), folder / "commands" / version, ignore=shutil.ignore_patterns("*.md", "*.svg"))
    description = place / "model.json"
    text = re.sub(r'"version": "[^"]*"', f'"version": "{version}"', description.read_text(), count=1)
    if deaf_to:
        model = json.loads(text)
        model["thresholds"][deaf_to] = 1
        text = json.dumps(model)
    description.write_text(text)
    sums = place / "SHA256SUMS"
    names = [line.split("  ")[1] for line in sums.read_text().splitlines()]
    sums.write_text("".join(f"{hashlib.sha256((place / name).read_bytes()).hexdigest()}  {name}\n" for name in names))
    return place


@dataclass
class Service:
    """A running attune-web, and the microphone of the daemon behind it."""

    url: str
    process: subprocess.Popen
    log: Path
    control: Path | None = None

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", int(self.url.rpartition(":")[2])

    def tell(self, command: str) -> None:
        with self.control.open("a") as control:
            control.write(command + "\n")

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def has_read(self, connection: socket.socket) -> bool:
        """Whether it has read all that came over a connection to it."""
        ports = f":{self.address[1]:04X}", f":{connection.getsockname()[1]:04X}"
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
        waiting = [row[4] for row in rows if row[1].endswith(ports[0]) and row[2].endswith(ports[1])]
        return [queue.split(":")[1] for queue in waiting] == ["00000000"]

    def until(self, wanted, seconds: float = 60):
        """The first true value of `wanted()`, asked again and again."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := wanted():
                return value
            time.sleep(0.05)
        raise AssertionError("it did not come in time")


def heard() -> bytes:
    """What the microphone gives, again and again: the demo, a pause, and a command that follows no wake word."""
    samples = DEMO.read_bytes()[44:]

    def part(start: float, end: float) -> bytes:
        return samples[2 * int(16000 * start) : 2 * int(16000 * end)]

    return samples + part(6.6, 9.8) + part(5.2, 6.4) + part(6.6, 7.6)


def too_loud() -> bytes:
    """A second of a tone that is cut off."""
    return b"".join(
        struct.pack("<h", max(-32768, min(32767, round(65536 * math.sin(2 * math.pi * 440 * place / 16000))))) for place in range(16000)
    )


def start_daemon(folder: Path, sound: bytes | None = None, **settings: str) -> tuple[subprocess.Popen, Path, Path]:
    """The daemon, with a second microphone beside the one that it hears; settings as `learn_keep="true"`."""
    microphones = {"demo": sound or heard(), "loud": too_loud()}
    configuration = f'</usr/share/alsa/alsa.conf>\npcm_type.attuned_fake {{ lib "{PROGRAMS}/libFakeMicrophone.so" }}\n'
    for name, sound in microphones.items():
        (folder / f"{name}.raw").write_bytes(sound)
        (folder / f"{name}.control").touch()
        configuration += (
            f'pcm.{name} {{ type attuned_fake loop 1 file "{folder}/{name}.raw" control "{folder}/{name}.control"'
            f' hint {{ show on description "The {name} one" }} }}\n'
        )
    (folder / "asound.conf").write_text(configuration)
    (folder / "state").mkdir(exist_ok=True)
    socket = folder / "attuned.sock"
    environment = os.environ | {"ALSA_CONFIG_PATH": str(folder / "asound.conf"), "ATTUNED_SOCKET_GROUP": "", "STATE_DIRECTORY": str(folder / "state")}
    environment |= {f"ATTUNED_{name.upper()}": value for name, value in settings.items()}
    with (folder / "daemon.log").open("w") as log:
        process = subprocess.Popen(
            [PROGRAMS / "attuned", "--config", REPOSITORY / "Config/attuned.yaml", "--device", "demo", "--socket", socket],
            env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    return process, socket, folder / "demo.control"


def start_web(folder: Path, socket: Path, port: int = 0, **settings: str) -> Service:
    """Starts attune-web, without a port on a free one; settings as `requests_per_minute=60`."""
    environment = os.environ | {f"ATTUNED_WEB_{name.upper()}": value for name, value in settings.items()}
    log = folder / f"web-{time.monotonic_ns()}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [PROGRAMS / "attune-web", "--config", REPOSITORY / "Config/attuned.yaml", "--port", str(port), "--socket", socket],
            env=environment | {"ATTUNED_LOG_FORMAT": "json"}, stdout=output, stderr=output,
        )  # fmt: skip
    end = time.monotonic() + 60
    while not (found := re.search(r"serving (http://127\.0\.0\.1:\d+)", log.read_text())):
        assert process.poll() is None and time.monotonic() < end, log.read_text()
        time.sleep(0.05)
    return Service(found[1], process, log)


@contextlib.contextmanager
def running_service(folder: Path, sound: bytes | None = None, **settings: str):
    """Daemon, with settings of its own, and web side, with a token and without a limit of requests."""
    (folder / "token").write_text(TOKEN + "\n")
    models = [copy_model(folder / "models", version) for version in ("1.0.0", "2.0.0")]
    os.environ["ATTUNED_MODEL_PATH"] = str(models[0])
    daemon, socket, control = start_daemon(folder, sound, **settings)
    web = start_web(folder, socket, requests_per_minute="0", token_file=str(folder / "token"))
    del os.environ["ATTUNED_MODEL_PATH"]
    web.control = control
    web.until(lambda: httpx.get(web.url + "/readyz").status_code == 200)
    yield web
    web.process.terminate()
    assert web.process.wait(60) == 0
    daemon.terminate()
    daemon.wait(60)


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    """The one of all tests."""
    with running_service(tmp_path_factory.mktemp("service")) as web:
        yield web


def laughter() -> bytes:
    """A voice that says "computer", and another one "laughed", which is taken for "left"."""
    speaker = shutil.which("espeak-ng")
    if not speaker:
        pytest.skip("left out: what is learned from a false alarm, which needs espeak-ng")
    spoken = subprocess.run([speaker, "-v", "en-us", "--stdout", "laughed"], capture_output=True, check=True).stdout
    samples, rate = soundfile.read(io.BytesIO(spoken), dtype="int16")
    places = numpy.arange(0, len(samples) - 1, rate / 16000)
    laughed = numpy.interp(places, numpy.arange(len(samples)), samples).astype("<i2").tobytes()
    return bytes(32_000) + DEMO.read_bytes()[44:][: 2 * 35_200] + laughed + bytes(32_000)


@pytest.fixture(scope="module")
def learning_service(tmp_path_factory):
    """One that keeps the sound of what is marked, and again and again hears a word that nobody said."""
    with running_service(tmp_path_factory.mktemp("learning"), laughter(), learn_keep="true") as web:
        yield web


@pytest.fixture
def own_service(tmp_path):
    """One for a test that leaves nothing as it was."""
    with running_service(tmp_path) as web:
        yield web


@pytest.fixture
def lone_web(tmp_path):
    """Makes web sides without a daemon, with the settings of a test."""
    started = []

    def start(port: int = 0, **settings: str) -> Service:
        started.append(start_web(tmp_path, tmp_path / "none.sock", port, **settings))
        return started[-1]

    yield start
    for web in started:
        web.process.terminate()
        assert web.process.wait(60) == 0


@pytest.fixture(scope="session")
def taught(tmp_path_factory) -> Path:
    """The demo's word as a file."""
    file = tmp_path_factory.mktemp("word") / "pantry.word"
    subprocess.run([PROGRAMS / "attune", "enroll", "--output", file, "hey pantry", *TAKES], check=True, timeout=300)
    return file


@pytest.fixture
def own_words(service):
    """Asks which words of one's own there are: none before and after."""

    def own() -> list[str]:
        return [word["keyword"] for word in httpx.get(service.url + "/api/words").json()["words"] if word["own"]]

    def clear() -> None:
        for name in own():
            httpx.post(service.url + "/api/words/remove", json={"name": name}, headers=AUTHORIZED).raise_for_status()

    clear()
    yield own
    clear()


def go(page, view: str) -> None:
    """Looks at another view of the page."""
    page.evaluate(f"location.hash = '#/{view}'")
    expect(page.locator(f"#{view}")).to_be_visible()


def wait(page, condition: str, seconds: float = 60) -> None:
    """Waits until something is so in the page. (What Playwright itself waits for, the page's policy forbids to evaluate.)"""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"it did not come: {condition}"
        page.wait_for_timeout(50)


def spoken(folder: Path) -> Path:
    """The clip with a second of silence before it and after it."""
    path = folder / "spoken.wav"
    with wave.open(str(clip())) as source, wave.open(str(path), "wb") as target:
        target.setparams(source.getparams())
        silence = bytes(2 * source.getframerate())
        target.writeframes(silence + source.readframes(source.getnframes()) + silence)
    return path


@pytest.fixture(scope="session")
def start_chromium():
    """Starts Chromium with arguments of its own. One process can have one driver only."""
    # Nothing that is waited for is a matter of time.
    expect.set_options(timeout=60_000)
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not program:
        pytest.skip("left out: the page, which needs Chromium")
    with sync_playwright() as playwright:
        yield lambda *options: playwright.chromium.launch(executable_path=program, args=["--no-sandbox", *options])


@pytest.fixture(scope="session")
def browser(start_chromium, tmp_path_factory):
    """Chromium. Its microphone hears the clip again and again, so that a machine which is late misses one at most."""
    chromium = start_chromium(
        "--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={spoken(tmp_path_factory.mktemp('browser'))}",
    )  # fmt: skip
    yield chromium
    chromium.close()


@pytest.fixture
def open_page(browser, service):
    """Opens the page; whatever the browser complains of fails the test."""
    contexts, complaints = [], []

    def open_page(width=1280, scheme="light", url=service.url, script="", **options):
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, permissions=["microphone"],
            # What a service worker answers, no test could route.
            **({"service_workers": "block"} | options),
        )  # fmt: skip
        contexts.append(context)
        # A word that is held back comes once in half a minute.
        context.set_default_timeout(120_000)
        context.add_init_script(script)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(url)
        return page

    open_page.complaints = complaints
    yield open_page
    for context in contexts:
        context.close()
    assert not complaints
