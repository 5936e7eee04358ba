"""Clients that together try to have a web side hold more than it may."""

import collections
import contextlib
import itertools
import socket
import threading
import time

UPLOAD = bytes(9_900_000)
PART = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="a.wav"\r\n\r\n%s\r\n'


def connect(web, number: int) -> socket.socket:
    """A connection of a client of its own: every address of 127.0.0.0/8 is one."""
    connection = socket.socket()
    connection.settimeout(5)
    connection.bind((f"127.0.1.{number % 250 + 1}", 0))
    connection.connect(web.address)
    return connection


def head(path: str, length: int, kind: str = "audio/wav") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n".encode()


def almost_whole(connection: socket.socket) -> None:
    """All but the last byte, which never comes."""
    connection.sendall(head("/api/predict", len(UPLOAD)) + UPLOAD[:-1])


def many_parts(connection: socket.socket) -> None:
    body = b"".join(PART % (name, UPLOAD[:900_000]) for name in [b"file"] * 6 + [b"files"] * 4)
    path = "/api/batch-predict" if connection.getsockname()[1] % 2 else "/api/predict"
    connection.sendall(head(path, len(body) * 3, "multipart/form-data; boundary=b") + body * 3)


def flood(web, seconds: float, clients: int = 40) -> dict:
    """Uploads from so many clients at once, again and again; how they were answered, and the most memory meanwhile."""
    answers, end = collections.Counter(), time.monotonic() + seconds

    def keep_sending(number: int) -> None:
        for way in itertools.cycle((almost_whole, many_parts) if number % 2 else (many_parts, almost_whole)):
            if time.monotonic() > end:
                return
            answer = b""
            with contextlib.suppress(OSError), connect(web, number) as connection:
                with contextlib.suppress(ConnectionError):
                    way(connection)
                answer = connection.recv(4096)
            answers[answer[9:12].decode() or "none"] += 1

    threads = [threading.Thread(target=keep_sending, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    peak = 0.0
    while any(thread.is_alive() for thread in threads):
        peak = max(peak, web.resident_mb())
        time.sleep(0.05)
    return {"peak_mb": round(peak, 1), "answers": dict(answers)}
