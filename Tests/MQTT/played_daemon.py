"""A daemon that says what a test wants said."""

import json
import socket
import threading
import time
from pathlib import Path


class PlayedDaemon:
    """Plays the daemon of PROTOCOL.md on a socket, to say at once whatever a test wants said."""

    def __init__(self, path: Path, words=("alexa", "left")):
        self.path, self.words, self.events, self.muted, self.asked = path, list(words), [], False, []
        self.level, self.readers, self.state = -40.0, [], "listening"
        self.started, self.lock = stamp(0), threading.Lock()
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(path))
        self.listening.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def status(self) -> dict:
        return {
            "type": "status", "state": "muted" if self.muted else self.state, "reason": 'audio "flows"', "since": self.started,
            "device": "played", "level_dbfs": self.level, "keywords": self.words, "uptime_seconds": 1.0, "model": "commands",
            "model_version": "1.3.0", "version": "0.1.0",
        }  # fmt: skip

    def serve(self, connection):
        with self.lock:
            self.send(connection, {
                "type": "hello", "protocol": 1, "version": "0.1.0", "model": "commands", "model_version": "1.3.0",
                "started": self.started, "requests": ["status", "events", "subscribe", "mute", "unmute"],
            })  # fmt: skip
            self.send(connection, self.status())
            self.readers.append(connection)
        try:
            for line in connection.makefile():
                request = json.loads(line)
                self.asked.append(request["request"])
                with self.lock:
                    self.answer(connection, request)
        except OSError:
            pass

    def answer(self, connection, request):
        name, answer = request["request"], {"type": request["request"], "id": request["id"]}
        if name == "status":
            answer |= self.status()
        elif name == "subscribe":
            answer["types"] = request["types"]
        elif name == "events":
            missed = [event for event in self.events if event["id"] > request["since"]][-256:]
            for event in missed:
                self.send(connection, event)
            answer |= {"count": len(missed), "newest_id": len(self.events), "incomplete": len(self.events) - request["since"] > 256}
        elif name in ("mute", "unmute"):
            self.muted = name == "mute"
            answer["muted"] = self.muted
        self.send(connection, answer)
        if name in ("mute", "unmute"):
            self.tell(self.status())

    def send(self, connection, message: dict):
        connection.sendall((json.dumps(message) + "\n").encode())

    def tell(self, message: dict):
        for reader in list(self.readers):
            try:
                self.send(reader, message)
            except OSError:
                self.readers.remove(reader)

    def change(self, **changes):
        with self.lock:
            self.__dict__.update(changes)
            self.tell(self.status())

    def hear(self, word: str, age_seconds: float = 0) -> dict:
        with self.lock:
            event = {
                "type": "keyword", "id": len(self.events) + 1, "keyword": word, "confidence": 0.973, "threshold": 0.8,
                "model": "commands", "model_version": "1.3.0", "timestamp": stamp(age_seconds), "start_sample": 0,
                "end_sample": 16000, "latency_ms": 300.0, "processing_time": 0.001, "level_dbfs": -30.0, "device": "played",
            }  # fmt: skip
            self.events.append(event)
            self.tell(event)
            return event

    def close(self):
        for one in (self.listening, *self.readers):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()


def stamp(age_seconds: float) -> str:
    milliseconds = int((time.time() - age_seconds) * 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000)) + f".{milliseconds % 1000:03}Z"
