"""As a service: sockets that systemd passes, addresses that cannot be had, the end."""

import os
import shutil
import socket
import subprocess

import pytest
from conftest import CONFIGURATION, PROGRAMS, clip, frame, free_port, hear, names, samples, until


def run(*options: str, **environment: str) -> tuple[int, str]:
    """How it ends, and what it says."""
    process = subprocess.run(
        [PROGRAMS / "attune-wyoming", "--config", CONFIGURATION, *options],
        env=os.environ | {"ATTUNED_LOG_FORMAT": "plain"} | environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return process.returncode, process.stderr


@pytest.mark.parametrize(
    "options, code, text",
    [
        (("--uri", "stdio://"), 78, "--uri: \"stdio://\" begins with neither tcp:// nor unix://; give addresses like"),
        (("--uri", "tcp://192.0.2.1:10400"), 69, "cannot listen on tcp://192.0.2.1:10400: Cannot assign requested address"),
        (("--uri", "tcp://no.such.host.invalid:1"), 69, "there is no such host"),
        (("--uri", ""), 78, "wyoming.uri names no address"),
        (("--uri", "unix:///proc/x/y.sock"), 73, "/proc/x"),
        (("--threshold", "1.5"), 78, "--threshold: 1.5 is out of range; give a number from 0.001 to 0.999"),
        (("--trigger-level", "0"), 78, "--trigger-level: 0 is out of range; give a whole number from 1 to 8"),
        (("--refractory-seconds=-1",), 64, "from 0 to 60"),
        (("--refractory-seconds=nan",), 64, "from 0 to 60"),
        (("--config", "/nowhere.yaml"), 78, "/nowhere.yaml"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_with_what_to_do(options, code, text):
    ended, said = run(*options)
    assert (ended, text in said) == (code, True), (ended, said)


def test_a_port_that_somebody_has_is_said(server):
    ended, said = run("--uri", f"tcp://127.0.0.1:{server.port}")
    assert ended == 69 and "Address already in use" in said and "wyoming.uri" in said


def test_a_model_that_is_not_there_is_said():
    ended, said = run(ATTUNED_MODEL_PATH="/nowhere")
    assert ended == 66 and "/nowhere: no model there" in said


def test_it_listens_where_systemd_says(tmp_path):
    activate = shutil.which("systemd-socket-activate") or pytest.skip("left out: a passed socket, which needs systemd")
    port, path = free_port(), tmp_path / "passed.sock"
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [activate, "-l", f"127.0.0.1:{port}", "-l", path, PROGRAMS / "attune-wyoming", "--config", CONFIGURATION],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        until(path.exists)
        assert names(hear(f"tcp://127.0.0.1:{port}", samples(clip()))) == ["alexa"]
        assert names(hear(f"unix://{path}", samples(clip()))) == ["alexa"]
    finally:
        process.terminate()
        assert process.wait(30) == 0
    assert path.exists(), "it is not ours to remove"


def test_several_addresses_at_once(start, tmp_path):
    port = free_port()
    server = start(uri=f"unix://{tmp_path}/a.sock tcp://127.0.0.1:{port} tcp://[::1]:{port}" if has_ipv6() else
                   f"unix://{tmp_path}/a.sock tcp://127.0.0.1:{port}")  # fmt: skip
    for uri in (f"unix://{tmp_path}/a.sock", f"tcp://127.0.0.1:{port}"):
        assert names(hear(uri, samples(clip()))) == ["alexa"]
    assert server.stop() == 0


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
            return True
    except OSError:
        return False


def test_it_ends_in_good_order_whoever_is_connected(start):
    server = start()
    clients = [server.connect() for _ in range(20)]
    for client in clients:
        client.sendall(frame("audio-chunk", {"rate": 16000, "width": 2, "channels": 1}, bytes(64000))[:-100])
    assert server.stop() == 0
    for client in clients:
        try:
            assert client.recv(10) == b""
        except ConnectionResetError:
            pass


def test_systemd_is_told_that_it_serves_and_that_it_lives(start, tmp_path):
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(str(tmp_path / "notify"))
    told.settimeout(60)
    os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"] = str(tmp_path / "notify"), "600000"
    try:
        start()
    finally:
        del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]
    lines = "".join(told.recv(4096).decode() + "\n" for _ in range(4))
    assert "READY=1" in lines and "STATUS=Serving tcp://127.0.0.1:" in lines and lines.count("WATCHDOG=1") >= 2
