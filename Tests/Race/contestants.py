"""Who takes part, and how each is run over the streams: in a process of its own, of which time and memory are taken."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scoring import Detection
from streams import RATE

REPOSITORY = Path(__file__).parents[2]


class LeftOut(Exception):
    """A contestant that cannot be run; says why."""


@dataclass(frozen=True)
class Contestant:
    """`command` takes WAV files and prints lines as `attune spot --json`; `words` None if it says itself what it hears."""

    name: str
    setting: str
    command: list[str]
    words: list[str] | None = None


@dataclass
class Run:
    """What one contestant heard, and what it cost: processor time a second of audio, and resident memory at its most."""

    words: list[str]
    detections: list[Detection]
    milliseconds_per_second: float
    resident_mb: float


def field(attune: Path, model: Path, words: list[str]) -> list[Contestant]:
    """Everybody, in the order of the table. Raises LeftOut if the model cannot be read."""
    try:
        description = json.loads((model / "model.json").read_text())
        ours = [word for word in words if word in description["words"]]
    except (OSError, ValueError, KeyError) as error:
        raise LeftOut(f"{model} is no folder of a model: {error}") from error

    def peer(name: str, setting: float = 0) -> list[str]:
        program = str(Path(__file__).with_name("peer.py"))
        return [sys.executable, program, name, "--setting", str(setting), "--words", ",".join(words)]

    command = [str(attune), "spot", "--json", "--model", str(model)]
    return [
        Contestant(f"attuned, model {description['version']}", "its thresholds", command, ours),
        *(
            Contestant("Porcupine 1.9.5", f"sensitivity {value}", peer("porcupine", value))
            for value in (0.3, 0.5, 0.7, 0.9)
        ),
        Contestant("microWakeWord 2.5.0", "its threshold", peer("microwakeword")),
        Contestant("openWakeWord 1.1.0", "threshold 0.5", peer("openwakeword", 0.5)),
    ]


def run(contestant: Contestant, files: list[Path], seconds: float, advance: Callable[[int, float], None]) -> Run:
    """Raises LeftOut if it cannot be started, or fails.

    - `seconds`: how long all files are.
    - `advance`: called with the index of a file and the seconds of it that are done.
    """
    index_of = {str(path): index for index, path in enumerate(files)}
    words, start_seconds, detections = contestant.words, 0.0, []
    with tempfile.TemporaryFile("w+") as complaints:
        try:
            process = subprocess.Popen([*contestant.command, *index_of], stdout=subprocess.PIPE, stderr=complaints, text=True)
        except OSError as error:
            raise LeftOut(f"{contestant.command[0]}: {error.strerror}") from error
        memory = PeakMemory(process.pid)
        for text in process.stdout:
            memory.look()
            line = json.loads(text)
            if "words" in line:
                words, start_seconds = line["words"], line["start_seconds"]
                continue
            advance(index_of[line["file"]], line["end"])
            if "keyword" in line:
                decided = line["end"] + line.get("latency_ms", 0) / 1000
                detections.append(Detection(line["file"], round(decided * RATE), line["keyword"]))
        # Not Popen.wait(), which throws the usage away.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            complaints.seek(0)
            reason = (complaints.read().strip().splitlines() or [f"ended with {process.returncode}"])[-1]
            raise LeftOut(reason)
    processor_seconds = usage.ru_utime + usage.ru_stime - start_seconds
    return Run(words or [], detections, 1000 * processor_seconds / seconds, memory.finish())


class PeakMemory:
    """Looks ten times a second, and when it is told to, how much memory a process has had resident at most.

    What the kernel gives at a process's end also counts the one that it was forked from.
    """

    def __init__(self, pid: int):
        self._status, self._kib = Path(f"/proc/{pid}/status"), 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def finish(self) -> float:
        """In MB."""
        self._ended.set()
        self._thread.join()
        return self._kib / 1024

    def look(self) -> bool:
        """Whether the process is still there to be looked at."""
        try:
            peak = [line for line in self._status.read_text().splitlines() if line.startswith("VmHWM:")]
        except OSError:
            return False
        if peak:
            self._kib = int(peak[0].split()[1])
        return True

    def _watch(self) -> None:
        while self.look() and not self._ended.wait(0.1):
            pass
