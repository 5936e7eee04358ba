#!/usr/bin/env python3
"""One listener of PyPI in a process of its own. Prints lines as `attune spot --json` does: file, keyword, end in seconds
(of the samples that it had when it told); before them its words and the processor time that its start took, and each
minute of audio a line without a keyword. Ends with 3 if the listener is not installed."""

import argparse
import json
import resource
import sys
import wave

RATE = 16_000


class Porcupine:
    """Porcupine with its bundled keyword files, all with one sensitivity."""

    def __init__(self, words: list[str], setting: float):
        import pvporcupine

        self.words = [word for word in words if word.replace("_", " ") in pvporcupine.KEYWORDS]
        names = [word.replace("_", " ") for word in self.words]
        self.engine = pvporcupine.create(keywords=names, sensitivities=[setting] * len(names))
        self.frame_samples = self.engine.frame_length

    def process(self, frame: bytes) -> list[str]:
        index = self.engine.process(memoryview(frame).cast("h"))
        return [self.words[index]] if index >= 0 else []


class MicroWakeWord:
    """microWakeWord with its bundled models and their own thresholds."""

    frame_samples = 160

    def __init__(self, words: list[str], setting: float):
        from pymicro_wakeword import MicroWakeWord as Model
        from pymicro_wakeword import MicroWakeWordFeatures
        from pymicro_wakeword import Model as Bundled

        self.features = MicroWakeWordFeatures()
        self.models = {word: Model.from_builtin(Bundled(word)) for word in words if word in list(Bundled)}
        self.words = list(self.models)

    def process(self, frame: bytes) -> list[str]:
        features = list(self.features.process_streaming(frame))
        # Not any(): every model must get every feature.
        return [word for word, model in self.models.items() if True in [model.process_streaming(each) for each in features]]


class OpenWakeWord:
    """openWakeWord with its bundled models; the setting is the threshold."""

    frame_samples = 1280

    def __init__(self, words: list[str], setting: float):
        from pyopen_wakeword import Model as Bundled
        from pyopen_wakeword import OpenWakeWord as Model
        from pyopen_wakeword import OpenWakeWordFeatures

        self.threshold = setting
        self.features = OpenWakeWordFeatures.from_builtin()
        self.models = {word: Model.from_builtin(Bundled(word)) for word in words if word in list(Bundled)}
        self.words = list(self.models)

    def process(self, frame: bytes) -> list[str]:
        embeddings = list(self.features.process_streaming(frame))
        return [word for word, model in self.models.items() if self._highest(model, embeddings) > self.threshold]

    @staticmethod
    def _highest(model, embeddings) -> float:
        return max((score for each in embeddings for score in model.process_streaming(each)), default=0.0)


PEERS = {"porcupine": Porcupine, "microwakeword": MicroWakeWord, "openwakeword": OpenWakeWord}


def tell(**line) -> None:
    print(json.dumps(line), flush=True)


def listen(peer, path: str) -> None:
    with wave.open(path) as file:
        samples, frame_bytes = 0, 2 * peer.frame_samples
        while len(frame := file.readframes(peer.frame_samples)) == frame_bytes:
            samples += peer.frame_samples
            for word in peer.process(frame):
                tell(file=path, keyword=word, end=samples / RATE)
            if samples % (60 * RATE) < peer.frame_samples:
                tell(file=path, end=samples / RATE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--setting", type=float, default=0, help="sensitivity or threshold")
    parser.add_argument("--words", required=True, help="separated by commas; those that it does not know are left out")
    parser.add_argument("files", nargs="+", help="16 kHz, 16 bits, mono")
    arguments = parser.parse_args()
    try:
        peer = PEERS[arguments.peer](arguments.words.split(","), arguments.setting)
    except ImportError as error:
        print(f"{error}: see Tests/Race/peers.txt", file=sys.stderr)
        sys.exit(3)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    tell(words=peer.words, start_seconds=usage.ru_utime + usage.ru_stime)
    for path in arguments.files:
        listen(peer, path)


if __name__ == "__main__":
    main()
