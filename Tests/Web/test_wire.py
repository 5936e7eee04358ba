"""HTTP as it is on the wire: old clients, HEAD, expectations, names, clients that leave, and the end."""

import itertools
import os
import resource
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

import httpx
import pytest
from conftest import PROGRAMS, REPOSITORY, clip


def talk(web, text: str, body: bytes = b"") -> bytes:
    """Everything that is answered until the other side closes."""
    with socket.create_connection(web.address, timeout=20) as connection:
        connection.sendall(text.replace("\n", "\r\n").encode() + body)
        received = b""
        while more := connection.recv(65536):
            received += more
        return received


@pytest.mark.parametrize("path", ["/", "/livez", "/metrics", "/openapi.json", "/api/events", "/api/predict", "/nothing"])
def test_head_is_answered_as_get_without_its_body(service, path):
    answer = talk(service, f"HEAD {path} HTTP/1.1\nHost: localhost\n\nGET /livez HTTP/1.1\nHost: localhost\nConnection: close\n\n")
    first, second, alive = answer.split(b"\r\n\r\n")
    assert alive == b'{"status":"alive"}' and second.startswith(b"HTTP/1.1 200")
    status = {"/api/predict": 405, "/nothing": 404}.get(path, 200)
    assert first.startswith(f"HTTP/1.1 {status}".encode())
    if path != "/api/events" and status == 200:
        length = len(httpx.get(service.url + path).content)
        head = httpx.head(service.url + path)
        assert head.status_code == 200 and (path == "/metrics" or int(head.headers["content-length"]) == length)


def test_an_old_client_gets_no_chunks_and_the_end_of_the_connection(service):
    head, body = talk(service, "GET /livez HTTP/1.0\n\n").split(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.0 200") and body == b'{"status":"alive"}'
    with socket.create_connection(service.address, timeout=20) as connection:
        connection.sendall(b"GET /api/events HTTP/1.0\r\n\r\n")
        received = b""
        while received.count(b"\n\n") < 2:
            received += connection.recv(65536)
    head, body = received.split(b"\r\n\r\n")
    assert b"chunked" not in head.lower() and body.startswith(b"event: status\ndata: {")


def test_who_asks_before_sending_is_told_to_go_on(service):
    content = clip().read_bytes()
    head = f"POST /api/predict HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: {len(content)}\r\n\r\n"
    with socket.create_connection(service.address, timeout=20) as connection:
        for _ in range(2):
            connection.sendall(head.encode())
            assert connection.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(content)
            answer = connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200") and b'"alexa"' in answer
    run = subprocess.run(
        ["curl", "-sv", "--expect100-timeout", "20", "-H", "Expect: 100-continue", "--max-time", "15", "--data-binary",
         f"@{clip()}", service.url + "/api/predict"], capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0 and '"alexa"' in run.stdout and "100 Continue" in run.stderr


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [("/api/predict", "Host: localhost\nContent-Length: 20000000\n", 413), ("/api/mute", "Host: localhost\nContent-Length: 9\n", 401),
     ("/api/predict", "Host: evil.example\nContent-Length: 9\n", 421), ("/health", "Host: localhost\nContent-Length: 9\n", 405)],
)  # fmt: skip
def test_who_is_refused_need_not_send(service, path, headers, status):
    answer = talk(service, f"POST {path} HTTP/1.1\nExpect: 100-continue\n{headers}\n")
    assert answer.startswith(f"HTTP/1.1 {status}".encode()) and b"connection: close" in answer.lower()


def test_a_name_of_a_stranger_is_not_answered(lone_web):
    web = lone_web(allowed_hosts="attuned.example 192.0.2.7")
    for path in ("/", "/api/events", "/api/metrics", "/api/model-info", "/openapi.json", "/nothing"):
        answer = httpx.get(web.url + path, headers={"Host": "evil.example:8080"})
        assert answer.status_code == 421 and "web.allowed_hosts" in answer.json()["detail"], path
    assert httpx.post(web.url + "/api/predict", content=b"x", headers={"Host": "evil.example"}).status_code == 421
    for host in ("attuned.example", "Attuned.Example:80", "192.0.2.7", "localhost", "127.0.0.1:1", "[::1]:8080"):
        assert httpx.get(web.url + "/livez", headers={"Host": host}).status_code == 200, host


def test_a_client_that_leaves_is_no_error(lone_web):
    web = lone_web()
    for path, kind in (("/api/predict", "audio/wav"), ("/api/batch-predict", "multipart/form-data; boundary=b")):
        for resets in (False, True):
            connection = socket.create_connection(web.address)
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: 30000\r\n\r\n"
            connection.sendall(head.encode() + b"x" * 100)
            web.until(lambda: web.has_read(connection))  # noqa: B023
            if resets:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
    counted = web.until(lambda: (requests := httpx.get(web.url + "/api/metrics").json()["web"]["requests"]) and (
        requests.get("/api/predict 499") == requests.get("/api/batch-predict 499") == 2 and requests))  # fmt: skip
    assert not any(key.endswith(" 500") for key in counted)
    assert '"error"' not in web.log.read_text()


def test_strange_paths_are_one_entry_of_the_metrics(lone_web):
    web = lone_web()
    for path in ("/nothing", "/wp-login.php", "/api/predict/x"):
        httpx.get(web.url + path)
    httpx.get(web.url + "/api/predict")
    requests = httpx.get(web.url + "/api/metrics").json()["web"]["requests"]
    assert requests == {"/api/predict 405": 1, "other 404": 3}


def test_half_an_upload_does_not_hold_up_the_end(lone_web):
    web = lone_web()
    halves = []
    for path, kind in (("/api/predict", "audio/wav"), ("/api/batch-predict", "multipart/form-data; boundary=b")):
        halves.append(socket.create_connection(web.address, timeout=20))
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: 30000\r\n\r\n"
        halves[-1].sendall(head.encode() + b"--b\r\n")
    web.until(lambda: all(web.has_read(half) for half in halves))
    web.process.send_signal(signal.SIGTERM)
    answer = halves[0].recv(4096)
    assert answer.startswith(b"HTTP/1.1 503") and b"told to end" in answer
    assert web.process.wait(15) == 0  # what the unit allows
    assert "stopped" in web.log.read_text()


@pytest.mark.parametrize("host", ["[::1]", "no.such.host.invalid", "192.0.2.1"])
def test_a_host_that_cannot_be_had_is_told(host):
    run = subprocess.run([PROGRAMS / "attune-web", "--host", host, "--port", "0"], capture_output=True, text=True, timeout=60)
    last = run.stderr.strip().splitlines()[-1]
    assert run.returncode == 69 and f"cannot listen on {host}" in last and "web.host" in last


def test_too_few_descriptors_are_told_at_the_start():
    command = [PROGRAMS / "attune-web", "--config", REPOSITORY / "Config/attuned.yaml", "--port", "0"]
    for allowed in (16, 32, 64):
        run = subprocess.run(
            command, capture_output=True, text=True, timeout=60,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed)),
        )  # fmt: skip
        assert run.returncode == 78 and "LimitNOFILE" in run.stderr and len(run.stderr.splitlines()) == 1, run.stderr
    # With room for some clients it serves those, and says for how many.
    web = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200)),
    )  # fmt: skip
    told = "".join(itertools.takewhile(lambda line: " serving http" not in line, web.stdout))
    assert "connections of 256: raise LimitNOFILE" in told, told
    web.terminate()
    assert web.wait(60) == 0


def test_without_free_descriptors_clients_wait_and_then_are_answered(lone_web):
    web = lone_web()
    assert httpx.get(web.url + "/livez").status_code == 200
    _, hard = resource.prlimit(web.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(web.process.pid, resource.RLIMIT_NOFILE, (3, hard))
    waiting = [socket.create_connection(web.address, timeout=30) for _ in range(5)]
    for connection in waiting:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
    web.until(lambda: "they wait" in web.log.read_text())

    def spent() -> float:
        fields = Path(f"/proc/{web.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = spent()
    time.sleep(3)
    assert spent() - before < 1, "it tries without a pause"
    resource.prlimit(web.process.pid, resource.RLIMIT_NOFILE, (hard, hard))
    for connection in waiting:
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        connection.close()
    assert web.log.read_text().count("they wait") == 1
