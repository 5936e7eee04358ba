"""From a folder of recordings to events of the daemon: a tiny model is trained, exported, and listens to a microphone."""

import json
import os
import socket
import subprocess
import time
from pathlib import Path
from shutil import which

import numpy as np
import pytest
import soundfile

from attuned_training.command_line import main

BUILD = Path(__file__).parents[2] / ".build/release"
NEEDED = [BUILD / "attuned", BUILD / "libFakeMicrophone.so"]

pytestmark = [
    pytest.mark.skipif(not which("espeak-ng"), reason="espeak-ng is missing: apt-get install espeak-ng"),
    pytest.mark.skipif(
        not all(file.exists() for file in NEEDED),
        reason="swift build -c release --product attuned, and --product FakeMicrophone",
    ),
]

RECIPE = [
    "words.epochs=8",
    "streams.epochs=1",
    "batch=48",
    "average_decay=0.97",
    "words.balance.keyword_draws=500",
    "words.balance.other_word_draws=60",
    "words.balance.most_copies=30",
    "streams.balance.keyword_draws=200",
    "streams.balance.other_word_draws=40",
    "streams.balance.most_copies=10",
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A folder with `words`, `speech`, and the model that was made of them by the commands of the README."""
    from spoken import write_speech, write_words

    folder = tmp_path_factory.mktemp("end-to-end")
    write_words(folder / "recordings/words")
    write_speech(folder / "recordings/speech")
    cache, run, model = folder / "cache", folder / "run", folder / "model"
    changes = [text for change in RECIPE for text in ("--set", change)]
    for words in (
        ["prepare", folder / "recordings/words", folder / "recordings/speech", "--cache", cache, "--rooms", 20],
        ["train", "--cache", cache, "--run", run, *changes],
        ["export", "--cache", cache, "--run", run, "--out", model, "--name", "tiny", "--version", "0.0.1"],
    ):
        assert main([str(word) for word in words]) == 0
    return folder


class Daemon:
    """The real `attuned` on a fake microphone that plays samples in real time; its socket is read."""

    def __init__(self, folder: Path, model: Path, samples: np.ndarray):
        self.log = folder / "log"
        (folder / "sound.raw").write_bytes(np.round(samples * 32767).astype("<i2").tobytes())
        (folder / "asound.conf").write_text(
            "</usr/share/alsa/alsa.conf>\n"
            f'pcm_type.attuned_fake {{ lib "{BUILD / "libFakeMicrophone.so"}" }}\n'
            f'pcm.tiny {{ type attuned_fake file "{folder / "sound.raw"}" }}\n'
        )
        (folder / "attuned.yaml").write_text(f"model:\n  path: {model}\nwords:\n  default: {{enabled: true}}\n")
        self.path = folder / "attuned.sock"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [BUILD / "attuned", "--config", folder / "attuned.yaml", "--device", "tiny", "--socket", self.path],
                env=os.environ | {"ALSA_CONFIG_PATH": str(folder / "asound.conf"), "ATTUNED_SOCKET_GROUP": ""},
                stdout=log,
                stderr=log,
            )

    def __enter__(self) -> "Daemon":
        return self

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait()

    def keywords(self, seconds: float) -> list[dict]:
        """The keyword events of so many seconds."""
        end = time.monotonic() + seconds
        while not self.path.exists():
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text()
            time.sleep(0.02)
        events, text = [], b""
        with socket.socket(socket.AF_UNIX) as reader:
            reader.connect(str(self.path))
            while (left := end - time.monotonic()) > 0:
                reader.settimeout(left)
                try:
                    text += reader.recv(65_536)
                except TimeoutError:
                    break
                *lines, text = text.split(b"\n")
                events += [event for line in lines if (event := json.loads(line))["type"] == "keyword"]
        return events


def test_a_word_of_a_speaker_never_heard_becomes_an_event(trained, tmp_path):
    from conftest import speakers

    voice = speakers("validation", 1)[0]
    sound, ends = [0.002 * np.random.default_rng(1).standard_normal(64_000)], {}
    for word in ("computer", "stop"):
        spoken, _ = soundfile.read(trained / f"recordings/words/{word}/{voice}_nohash_0.wav")
        sound += [spoken]
        ends[word] = sum(map(len, sound))
        sound += [0.002 * np.random.default_rng(2).standard_normal(32_000)]
    with Daemon(tmp_path, trained / "model", np.concatenate(sound)) as daemon:
        events = daemon.keywords(seconds=sum(map(len, sound)) / 16_000 + 2)
    assert [event["keyword"] for event in events] == ["computer", "stop"], daemon.log.read_text()
    for event in events:
        assert event["model"] == "tiny" and event["model_version"] == "0.0.1"
        assert 0.5 < event["confidence"] <= 1
        assert abs(event["end_sample"] - (ends[event["keyword"]] - 1_600)) < 8_000


def test_the_product_measures_the_model_as_training_did(trained):
    attune = BUILD / "attune"
    if not attune.exists():
        pytest.skip("swift build -c release --product attune")
    words = [attune, "predict", "--model", trained / "model", "--json"]
    clips = sorted((trained / "recordings/words").glob("computer/*.wav"))
    done = subprocess.run([*words, *clips], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    labels = [json.loads(line)["label"] for line in done.stdout.splitlines()]
    assert labels.count("computer") >= 0.9 * len(clips)
