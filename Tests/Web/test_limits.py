"""Nobody gets more than there is, and no client gets everything."""

import contextlib
import io
import socket
import time

import httpx
import pytest
from conftest import clip
from flood import PART, connect, flood

FORM = {"Content-Type": "multipart/form-data; boundary=b"}


def test_uploads_of_many_clients_stay_within_the_memory_of_the_unit(lone_web):
    web = lone_web(requests_per_minute="0")
    found = flood(web, seconds=10)
    assert found["peak_mb"] < 256 and found["answers"].get("503", 0) > 0, found
    recognised = lambda: httpx.post(web.url + "/api/predict", content=clip().read_bytes()).status_code == 200  # noqa: E731
    web.until(recognised, seconds=30)


def test_a_form_holds_no_more_than_one_recording(lone_web):
    web = lone_web(max_upload_mb="1")
    httpx.post(web.url + "/api/predict", content=clip().read_bytes())
    before = web.resident_mb()
    body = (PART % (b"file", bytes(990_000))) * 150 + b"--b--\r\n"
    with contextlib.suppress(httpx.WriteError):
        assert httpx.post(web.url + "/api/predict", content=body, headers=FORM, timeout=60).status_code in (413, 422)
    assert web.resident_mb() < before + 30


def test_a_form_has_a_bounded_number_of_parts(lone_web):
    web = lone_web(requests_per_minute="0")
    for name in (b"files", b"other"):
        body = (PART % (name, b"x")) * 1001 + b"--b--\r\n"
        answer = httpx.post(web.url + "/api/batch-predict", content=body, headers=FORM, timeout=60)
        assert answer.status_code == 413 and "1000 parts" in answer.json()["detail"]


def test_each_file_of_a_batch_costs_as_much_as_a_request(lone_web):
    web = lone_web(requests_per_minute="20")
    files = [("files", (f"{number}.wav", b"no sound")) for number in range(60)]
    began = time.monotonic()
    results = httpx.post(web.url + "/api/batch-predict", files=files, timeout=60).json()["results"]
    refilled = (time.monotonic() - began) / 3
    statuses = [result["status"] for result in results]
    assert len(statuses) == 60 and 20 <= statuses.count(415) <= 21 + refilled and set(statuses) == {415, 429}
    assert httpx.post(web.url + "/api/batch-predict", files=files).status_code in (200, 429)


def test_one_client_leaves_places_of_live_events_to_others(lone_web):
    web = lone_web()

    def listen(number: int) -> socket.socket:
        connection = connect(web, number)
        connection.sendall(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return connection

    mine = [listen(1) for _ in range(12)]
    codes = [connection.recv(4096)[9:12] for connection in mine]
    assert sorted(codes) == [b"200"] * 8 + [b"429"] * 4
    with listen(2) as other:
        assert other.recv(4096).startswith(b"HTTP/1.1 200")
    for connection in mine:
        connection.close()

    def is_free() -> bool:
        with listen(1) as again:
            return again.recv(4096).startswith(b"HTTP/1.1 200")

    web.until(is_free)


def test_one_client_leaves_connections_to_others(lone_web):
    web = lone_web(max_connections="8")
    mine = [connect(web, 1) for _ in range(3)]
    for connection in mine:
        with contextlib.suppress(ConnectionError):
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert sorted(connection.recv(4096)[9:12] for connection in mine) == [b"200", b"200", b"503"]
    with connect(web, 2) as other:
        other.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert other.recv(4096).startswith(b"HTTP/1.1 200")
    for connection in mine:
        connection.close()


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"\0\0\0\x1cftypM4A \0\0\0\0M4A mp42isom", "MPEG-4"), (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01webm", "WebM"), (b"\xff\xf1\x50\x80", "AAC")],
)  # fmt: skip
def test_what_telephones_and_browsers_write_is_named_with_what_to_do(service, content, name):
    for answer in (
        httpx.post(service.url + "/api/predict", content=content + bytes(2000)),
        httpx.post(service.url + "/api/spot", files={"file": ("memo.m4a", io.BytesIO(content + bytes(2000)))}),
    ):
        assert answer.status_code == 415 and name in answer.json()["detail"] and "ffmpeg" in answer.json()["detail"]
