"""The real daemon on a fake microphone, the real attune-mqtt, and a real mosquitto: `make test-mqtt`."""

import os
import queue
import re
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest
from played_daemon import PlayedDaemon

REPOSITORY = Path(__file__).resolve().parents[2]
# Those of a debug build, with ATTUNED_PROGRAMS=.build/debug.
PROGRAMS = REPOSITORY / os.environ.get("ATTUNED_PROGRAMS", ".build/release")
DEMO = REPOSITORY / "Config/demo/demo.wav"
CONFIGURATION = REPOSITORY / "Config/attuned.yaml"
PATH = f"{os.environ['PATH']}:/usr/sbin:{REPOSITORY}/.build/mosquitto/usr/sbin"


def program(name: str) -> str:
    return shutil.which(name, path=PATH) or pytest.skip(f"left out: MQTT, which needs {name}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(wanted, seconds: float = 20, what="it"):
    """The first true value of `wanted()`, asked again and again."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := wanted():
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what() if callable(what) else what} did not come in time")


class Broker:
    """A mosquitto of its own, on a free port, that can be killed and come back."""

    def __init__(self, folder: Path, lines: str = "allow_anonymous true", listener: str | None = None, before: tuple = ()):
        self.folder, self.port, self.before = folder, free_port(), before
        self.log = folder / "mosquitto.log"
        self.configuration = folder / "mosquitto.conf"
        # As another user it could not write where the tests do.
        self.configuration.write_text(f"{listener or f'listener {self.port} 127.0.0.1'}\n{lines}\nuser root\nlog_type all\n")
        self.subscriptions: list[Subscription] = []
        self.start()

    def start(self):
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*self.before, program("mosquitto"), "-v", "-c", self.configuration], stdout=log, stderr=log
            )
        until(lambda: "running" in self.log.read_text().rpartition("terminating")[2] or self.process.poll() is not None)
        assert self.process.poll() is None, self.log.read_text()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.log.write_text("")

    def subscribe(self, *topics: str, options: tuple = ()) -> "Subscription":
        self.subscriptions.append(Subscription(self, topics, options))
        return self.subscriptions[-1]

    def publish(self, topic: str, payload: str, *options: str):
        command = [program("mosquitto_pub"), "-p", str(self.port), "-t", topic, "-m", payload, *options]
        subprocess.run(command, check=True, timeout=20)

    def close(self):
        for subscription in self.subscriptions:
            subscription.close()
        self.process.kill()
        self.process.wait()


class Subscription:
    """What `mosquitto_sub` gets: topic, payload, whether it was retained, and when."""

    def __init__(self, broker: Broker, topics: tuple, options: tuple):
        # Base64 would hide nothing; %x is the payload in hexadecimal digits, so that no character disturbs.
        command = [program("mosquitto_sub"), "-p", str(broker.port), "-q", "1", "-F", "%r %x %t", *options]
        command += [part for topic in topics for part in ("-t", topic)]
        self.messages, self.arrived = [], queue.Queue()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        if not options:
            subscriber = "SUBACK to auto-"
            until(lambda: subscriber in broker.log.read_text(), what="the subscription")

    def read(self):
        for line in self.process.stdout:
            retained, payload, topic = line.rstrip("\n").split(" ", 2)
            self.messages.append((topic, bytes.fromhex(payload).decode(), retained == "1", time.time()))

    def payloads(self, ending: str) -> list[str]:
        return [payload for topic, payload, _, _ in self.messages if topic.endswith(ending)]

    def wait(self, ending: str, wanted=lambda payload: True, seconds: float = 20) -> str:
        """The first payload of a topic with that ending which is `wanted`."""
        find = lambda: next(([p] for p in self.payloads(ending) if wanted(p)), None)  # noqa: E731
        return until(find, seconds, lambda: f"{ending} among {self.messages}")[0]

    def close(self):
        self.process.kill()
        self.process.wait()
        self.thread.join()


class Listener:
    """A running attune-mqtt; settings as `base_topic="x"`."""

    def __init__(self, folder: Path, server: str, socket: Path, name: str | None = "kitchen", environment: dict | None = None,
                 configuration: Path = CONFIGURATION, **settings: str):  # fmt: skip
        self.log = folder / f"attune-mqtt-{time.monotonic_ns()}.log"
        values = {f"ATTUNED_MQTT_{key.upper()}": value for key, value in settings.items()}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [PROGRAMS / "attune-mqtt", "--config", configuration, "--server", server, "--socket", socket,
                 *(["--name", name] if name is not None else [])],
                env=os.environ | {"ATTUNED_LOG_FORMAT": "plain"} | values | (environment or {}), stdout=log, stderr=log,
            )  # fmt: skip

    def says(self, text: str, count: int = 1, seconds: float = 20):
        until(lambda: len(re.findall(text, self.log.read_text())) >= count, seconds, lambda: f"{text} in {self.log.read_text()}")

    def memory_mb(self, kind: str = "Anonymous") -> float:
        """What it has of its own, which nobody can take from it; "Pss" is its part of all that it uses."""
        rollup = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return int(re.search(rf"^{kind}:\s+(\d+)", rollup, re.MULTILINE)[1]) / 1024

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(15)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def place(tmp_path):
    """Starts brokers, listeners and daemons, and ends them: place(Broker), place(Listener, server, socket)."""
    started = []

    def start(kind, *arguments, **options):
        started.append(kind(*((tmp_path,) if kind is not PlayedDaemon else ()), *arguments, **options))
        return started[-1]

    yield start
    for one in reversed(started):
        one.close()


@pytest.fixture
def broker(place) -> Broker:
    return place(Broker)


@pytest.fixture
def daemon(place, tmp_path) -> PlayedDaemon:
    return place(PlayedDaemon, tmp_path / "played.sock")


@pytest.fixture
def server(broker) -> str:
    return f"mqtt://127.0.0.1:{broker.port}"


@pytest.fixture
def listener(place, server, daemon) -> Listener:
    listener = place(Listener, server, daemon.path)
    listener.says("connected to mqtt")
    return listener


class Daemon:
    """The real attuned, on the words of the demo."""

    def __init__(self, folder: Path):
        (folder / "demo.raw").write_bytes(DEMO.read_bytes()[44:])
        (folder / "asound.conf").write_text(
            f'</usr/share/alsa/alsa.conf>\npcm_type.attuned_fake {{ lib "{PROGRAMS}/libFakeMicrophone.so" }}\n'
            f'pcm.demo {{ type attuned_fake loop 1 file "{folder}/demo.raw" control "{folder}/control" }}\n'
        )
        (folder / "control").touch()
        self.folder, self.socket = folder, folder / "attuned.sock"
        self.start()

    def start(self):
        environment = os.environ | {"ALSA_CONFIG_PATH": str(self.folder / "asound.conf"), "ATTUNED_SOCKET_GROUP": ""}
        with (self.folder / "daemon.log").open("a") as log:
            self.process = subprocess.Popen(
                [PROGRAMS / "attuned", "--config", CONFIGURATION, "--device", "demo", "--socket", self.socket],
                env=environment | {"STATE_DIRECTORY": str(self.folder)}, stdout=log, stderr=log,
            )  # fmt: skip

    def tell(self, command: str):
        with (self.folder / "control").open("a") as control:
            control.write(command + "\n")

    def close(self):
        self.process.kill()
        self.process.wait()
