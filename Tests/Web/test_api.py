"""What the routes answer, and what they refuse."""

import concurrent.futures
import contextlib
import io
import json
import socket
import struct
import threading
import time
import wave
from pathlib import Path

import httpx
import numpy
import pytest
import soundfile
from conftest import DEMO, REPOSITORY, TOKEN, clip, copy_model, shipped_model
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client import parser as prometheus

AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


def wav(samples, rate=16000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file.getvalue()


TONE = wav([8000 if n % 40 < 20 else -8000 for n in range(16000)])


def test_a_clip_is_answered_with_its_word_as_body_and_as_form(service):
    began = time.monotonic()
    body = httpx.post(service.url + "/api/predict", content=clip().read_bytes()).json()
    form = httpx.post(service.url + "/api/predict", files={"file": clip().open("rb")}).json()
    passed = time.monotonic() - began
    for answer in (body, form):
        assert answer["keyword"] == "alexa" and answer["confidence"] > 0.9
        assert 0 < answer["processing_time"] < passed and answer["timestamp"].endswith("Z")
        assert answer["top"][0] == {"keyword": "alexa", "confidence": answer["confidence"]} and len(answer["top"]) == 5
    assert body["model_version"] == httpx.get(service.url + "/api/model-info").json()["version"]


def test_a_batch_has_a_result_or_an_error_for_each_file_in_order(service):
    files = [("files", ("a.wav", clip().read_bytes())), ("files", ("../../etc/b\r\n.wav", b"no sound")), ("files", ("c", TONE))]
    answer = httpx.post(service.url + "/api/batch-predict", files=files).json()
    assert [result["index"] for result in answer["results"]] == [0, 1, 2] and answer["failed"] == 1
    assert answer["results"][0]["keyword"] == "alexa" and answer["results"][1]["status"] == 415
    assert "/" not in answer["results"][1]["file"] and "error" in answer["results"][1]
    lines = httpx.post(service.url + "/api/batch-predict", files=files, headers={"Accept": "application/x-ndjson"}).text
    lines = [json.loads(line) for line in lines.splitlines()]
    assert [line.get("keyword") for line in lines[:2]] == ["alexa", None] and lines[3] == {"files": 3, "failed": 1}
    events = httpx.post(service.url + "/api/batch-predict", files=files, headers={"Accept": "text/event-stream"}).text
    assert [json.loads(event[6:]) for event in events.strip().split("\n\n")][3] == lines[3]


def test_results_of_a_batch_come_before_the_last_file_has_been_sent(service):
    first_result = threading.Event()

    def body():
        part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n' + clip().read_bytes() + b"\r\n"
        yield part + part
        assert first_result.wait(10), "no result while the upload goes on"
        yield part + b"--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b", "Accept": "application/x-ndjson"}
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = "POST /api/batch-predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        connection.sendall((head + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n").encode())
        pieces = body()
        received = b""
        for _ in range(2):
            piece = next(pieces)
            connection.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            while received.count(b'"index"') < 1:
                received += connection.recv(65536)
            first_result.set()
        connection.sendall(b"0\r\n\r\n")
        while b'"failed"' not in received:
            received += connection.recv(65536)
    assert received.count(b'"alexa"') >= 3 and b'"files":3,"failed":0' in received


def test_keywords_of_a_recording_have_their_places(service):
    answer = httpx.post(service.url + "/api/spot", content=DEMO.read_bytes()).json()
    words = [line.split("\t") for line in (REPOSITORY / "Config/demo/words.tsv").read_text().splitlines()][:-1]
    assert [found["keyword"] for found in answer["detections"]] == [word[2] for word in words]
    for found, (start, end, _) in zip(answer["detections"], words, strict=True):
        assert abs(found["start"] - float(start)) < 0.3 and abs(found["end"] - float(end)) < 0.3
    # Whoever heard the first hears the others: what was heard before has no part in it.
    for _ in range(3):
        again = httpx.post(service.url + "/api/spot", content=DEMO.read_bytes()).json()
        assert again["detections"] == answer["detections"]


def test_the_form_answers_with_a_page_without_javascript(service):
    page = httpx.post(service.url + "/transcribe", files={"file": ("<b>.wav", clip().read_bytes())})
    assert page.status_code == 200 and "text/html" in page.headers["content-type"]
    assert "<strong>alexa</strong>" in page.text and "<b>" not in page.text and "&lt;b&gt;.wav" in page.text
    assert httpx.post(service.url + "/transcribe", files={"file": b"no"}).status_code == 415


def test_health_tells_of_the_daemon_and_is_503_while_it_hears_nothing(service):
    health = httpx.get(service.url + "/health").json()
    assert health["status"] == "healthy" and health["model_available"] and health["daemon"]["state"] == "listening"
    assert {"uptime_seconds", "total_predictions", "avg_processing_time"} <= health.keys()
    service.tell("vanish")
    answer = service.until(lambda: (got := httpx.get(service.url + "/readyz")).status_code == 503 and got)
    assert answer.json()["daemon"]["state"] == "no_device" and httpx.get(service.url + "/livez").status_code == 200
    service.tell("return")
    service.until(lambda: httpx.get(service.url + "/readyz").status_code == 200)


def test_without_a_daemon_uploads_work_and_health_says_what_is_missing(lone_web):
    web = lone_web()
    health = httpx.get(web.url + "/health")
    assert health.status_code == 503 and health.json()["daemon"]["state"] == "unreachable"
    assert httpx.post(web.url + "/api/predict", content=clip().read_bytes()).json()["keyword"] == "alexa"
    assert httpx.get(web.url + "/metrics").text.count("attuned_up 0") == 1


def test_events_come_live_with_replay(service):
    def read(count, headers=None, path="/api/events"):
        found = []
        with httpx.stream("GET", service.url + path, headers=headers, timeout=30) as stream:
            assert stream.headers["content-type"] == "text/event-stream"
            event = {}
            for line in stream.iter_lines():
                if not line:
                    if event.get("event") == "keyword":
                        found.append((int(event["id"]), json.loads(event["data"])))
                    event = {}
                    if len(found) == count:
                        return found
                else:
                    name, value = line.split(": ", 1)
                    event[name] = value

    live = read(2)
    assert [event["id"] for _, event in live] == [number for number, _ in live]
    last = live[-1][0]
    replayed = read(1, {"Last-Event-ID": str(last - 1)})
    assert replayed[0] == live[-1] and read(1, path=f"/api/events?since={last - 2}")[0] == live[0]
    assert httpx.get(service.url + "/api/events?since=x").status_code == 400


def test_metrics_are_what_prometheus_reads(service):
    httpx.post(service.url + "/api/predict", content=clip().read_bytes())
    text = httpx.get(service.url + "/metrics")
    families = {family.name: family for family in prometheus.text_string_to_metric_families(text.text)}
    assert families["attuned_up"].samples[0].value == 1 and "attuned_audio_samples" in families
    assert any(s.labels == {"keyword": "alexa"} and s.value >= 1 for s in families["attuned_web_predictions"].samples)
    opened = httpx.get(service.url + "/metrics", headers={"Accept": "application/openmetrics-text"})
    assert {family.name for family in openmetrics.text_string_to_metric_families(opened.text)} == families.keys()
    numbers = httpx.get(service.url + "/api/metrics").json()
    assert numbers["web"]["recent"][0]["keyword"] == "alexa" and numbers["daemon"]["samples"] > 0


def test_control_needs_the_token(service):
    assert httpx.post(service.url + "/api/mute").status_code == 401
    assert httpx.post(service.url + "/api/mute", headers={"Authorization": "Bearer 0123456789abcdef"}).status_code == 401
    assert httpx.post(service.url + "/api/mute", headers=AUTHORIZED).status_code == 200
    service.until(lambda: httpx.get(service.url + "/health").json()["daemon"]["state"] == "muted")
    assert httpx.get(service.url + "/readyz").status_code == 200
    assert httpx.post(service.url + "/api/unmute", headers=AUTHORIZED).status_code == 200
    service.until(lambda: httpx.get(service.url + "/health").json()["daemon"]["state"] == "listening")


def test_another_model_takes_over_in_the_daemon_and_for_uploads(service):
    def activate(**wish):
        return httpx.post(service.url + "/api/models/activate", json=wish, headers=AUTHORIZED, timeout=30)

    def used():
        models = httpx.get(service.url + "/api/models").json()["models"]
        return {model["version"] for model in models if model["active"]}, {model["version"] for model in models if model["daemon"]}

    assert httpx.post(service.url + "/api/models/activate", json={"version": "2.0.0"}).status_code == 401
    for wish, status in (({"version": "9"}, 404), ({"version": 2}, 400), ({}, 400), ({"version": "2.0.0", "name": "x"}, 404)):
        assert activate(**wish).status_code == status and used() == ({"1.0.0"}, {"1.0.0"})
    gaps = []
    # A busy machine makes gaps of its own, but not in each of three rounds.
    for version, previous in (("2.0.0", "1.0.0"), ("1.0.0", "2.0.0")) * 3:
        before = httpx.get(service.url + "/api/metrics").json()["daemon"]
        answer = activate(version=version).json()
        assert answer == {"name": "commands", "version": version, "previous_version": previous, "daemon": "active"}
        service.until(lambda: used() == ({version}, {version}))
        assert httpx.post(service.url + "/api/predict", content=clip().read_bytes()).json()["model_version"] == version
        after = httpx.get(service.url + "/api/metrics").json()["daemon"]
        assert after["model_activations"] == before["model_activations"] + 1
        gaps.append(after["gaps"] - before["gaps"])
        if version == "1.0.0" and 0 in gaps:
            break
    assert 0 in gaps


def test_a_model_on_trial_answers_its_part_of_the_clients_and_each_always(lone_web, tmp_path):
    web = lone_web(trial_path=str(copy_model(tmp_path, "2.0.0")), trial_percent="30")
    versions = {}
    for number in range(1, 101):
        with httpx.Client(transport=httpx.HTTPTransport(local_address=f"127.0.0.{number}")) as client:
            asked = {client.post(web.url + "/api/predict", content=clip().read_bytes()).json()["model_version"] for _ in range(2)}
            versions[number] = asked.pop()
            assert not asked
    part = sum(version == "2.0.0" for version in versions.values())
    assert 20 <= part <= 40
    counted = httpx.get(web.url + "/api/metrics").json()["web"]["versions"]
    assert counted["2.0.0"]["predictions"] == counted["2.0.0"]["words"] == 2 * part
    shipped = counted[shipped_model().name]
    assert shipped["predictions"] == 200 - 2 * part and shipped["mean_confidence"] > 0.9


def test_recordings_are_searched_for_words_of_ones_own_whichever_model_they_go_to(own_service, taught):
    another = (REPOSITORY / "Config/demo/hey-pantry/another.wav").read_bytes()

    def found() -> set[tuple[str, str]]:
        answer = httpx.post(own_service.url + "/api/spot", content=another).json()
        return {(word["keyword"], answer["model_version"]) for word in answer["detections"]}

    assert found() == set()
    httpx.post(own_service.url + "/api/words/install", content=taught.read_bytes(), headers=AUTHORIZED).raise_for_status()
    own_service.until(lambda: found() == {("hey pantry", "1.0.0")})
    httpx.post(own_service.url + "/api/models/activate", json={"version": "2.0.0"}, headers=AUTHORIZED).raise_for_status()
    own_service.until(lambda: found() == {("hey pantry", "2.0.0")})
    httpx.post(own_service.url + "/api/words/remove", json={"name": "hey pantry"}, headers=AUTHORIZED).raise_for_status()
    own_service.until(lambda: found() == set())


def test_without_a_token_there_is_no_control(lone_web):
    answer = httpx.post(lone_web().url + "/api/mute", headers=AUTHORIZED)
    assert answer.status_code == 403 and "web.token_file" in answer.json()["detail"]


BAD = {
    "empty": (b"", 422), "text": (b"this is no sound at all", 415), "silence": (wav([0] * 16000), 422),
    "too long": (wav([9000, -9000] * 88000), 422), "cut short": (TONE[: len(TONE) // 2], 422), "large": (bytes(10_000_001), 413),
    "not a number": (TONE[:20] + b"\x03\0" + TONE[22:34] + b"\x20\0" + TONE[36:44] + struct.pack("<f", float("nan")) * 8000, 415),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_clip_is_a_problem_that_says_why(service, name):
    content, status = BAD[name]
    answers = [httpx.post(service.url + "/api/predict", content=content)]
    if content:
        answers.append(httpx.post(service.url + "/api/predict", files={"file": content}))
    for answer in answers:
        problem = answer.json()
        assert answer.status_code == status == problem["status"], problem
        assert answer.headers["content-type"] == "application/problem+json" and len(problem["detail"]) > 20
        assert problem["request_id"] == answer.headers["x-request-id"] and str(REPOSITORY) not in answer.text


def test_a_small_file_that_decodes_to_hours_is_refused_at_once(lone_web):
    web = lone_web()
    httpx.post(web.url + "/api/predict", content=clip().read_bytes())
    before, bomb = web.resident_mb(), io.BytesIO()
    with soundfile.SoundFile(bomb, "w", 16000, 1, format="FLAC") as file:
        for _ in range(180):
            file.write(numpy.zeros(16000 * 60, dtype="int16"))
    assert len(bomb.getvalue()) < 2_000_000
    for path in ("/api/predict", "/api/spot"):
        took = []
        for _ in range(3):
            began = time.monotonic()
            answer = httpx.post(web.url + path, content=bomb.getvalue(), timeout=60)
            took.append(time.monotonic() - began)
            assert answer.status_code == 422 and "longest" in answer.json()["detail"]
        assert min(took) < 2, took
    assert web.resident_mb() < before + 20


def test_who_sends_slowly_or_goes_away_holds_nobody_up(lone_web):
    web = lone_web(upload_seconds="1", requests_per_minute="0")
    address = ("127.0.0.1", int(web.url.rpartition(":")[2]))
    head = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30000\r\nContent-Type: %s\r\n\r\n"
    plain, form = head % (b"/api/predict", b"audio/wav"), head % (b"/api/batch-predict", b"multipart/form-data; boundary=b")
    slow = [socket.create_connection(address) for _ in range(40)]
    for number, connection in enumerate(slow):
        connection.sendall((form + b"--b\r\n" if number % 2 else plain) + b"x" * 100)
    assert httpx.post(web.url + "/api/predict", content=clip().read_bytes()).json()["keyword"] == "alexa"
    assert b"408" in slow[0].recv(4096)
    # A byte from time to time is no recording either.
    answer = b""
    for _ in range(600):
        slow[1].sendall(b"x")
        slow[1].settimeout(0.1)
        with contextlib.suppress(TimeoutError):
            answer += slow[1].recv(4096)
        if answer:
            break
    assert b"408" in answer
    for connection in slow:
        connection.close()
    web.until(lambda: len(list(Path(f"/proc/{web.process.pid}/fd").iterdir())) < 40)
    assert httpx.get(web.url + "/livez").status_code == 200


FORMS = [
    (b"", "multipart/form-data; boundary=b", 400), (b"--b\r\n", "multipart/form-data; boundary=b", 400),
    (b"x", "multipart/form-data", 400), (b"--b--\r\n", "multipart/form-data; boundary=b", 422),
    (b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b", 400),
    (b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx', "multipart/form-data; boundary=b", 400),
    (b"--b\r\n" + b"a: b\r\n" * 5000, "multipart/form-data; boundary=b", 400),
    (b"--bx\r\n\r\n--b--", "multipart/form-data; boundary=b", 400),
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS, ids=range(len(FORMS)))
def test_a_broken_form_is_refused(service, form):
    content, kind, status = form
    for path in ("/api/predict", "/api/spot", "/api/batch-predict", "/transcribe"):
        assert httpx.post(service.url + path, content=content, headers={"Content-Type": kind}).status_code == status


def test_wrong_methods_and_paths_are_told(service):
    answer = httpx.get(service.url + "/api/predict")
    assert answer.status_code == 405 and answer.headers["allow"] == "POST"
    assert httpx.delete(service.url + "/health").status_code == 405
    for path in ("/nothing", "/api/../etc/passwd", "/%2e%2e/etc/passwd", "/api/models/activate/x"):
        assert httpx.get(service.url + path).status_code == 404
    assert httpx.get(service.url + "/health", headers={"X": "y" * 100_000}).status_code in (400, 431)


def test_a_client_that_asks_too_much_is_told_when_to_come_back(lone_web):
    web = lone_web(requests_per_minute="30")
    with httpx.Client() as client:
        began = time.monotonic()
        answers = [client.get(web.url + "/livez") for _ in range(80)]
        refilled = (time.monotonic() - began) / 2
    limited = [answer for answer in answers if answer.status_code == 429]
    assert 30 <= len(answers) - len(limited) <= 31 + refilled and 1 <= int(limited[0].headers["retry-after"]) <= 3


def test_more_at_once_than_can_be_worked_on_is_refused_and_the_rest_answered(lone_web):
    web = lone_web(requests_per_minute="0", workers="1")
    recording = wav([(n * 7919) % 20000 - 10000 for n in range(16000 * 9)])
    with concurrent.futures.ThreadPoolExecutor(60) as pool:
        codes = list(pool.map(lambda _: httpx.post(web.url + "/api/predict", content=recording, timeout=60).status_code, range(60)))
    assert set(codes) <= {200, 503} and codes.count(200) >= 16


def test_only_configured_origins_may_use_it(lone_web):
    web = lone_web(cors_origins="https://a.example https://b.example")
    for origin, allowed in (("https://b.example", "https://b.example"), ("https://c.example", None)):
        assert httpx.get(web.url + "/livez", headers={"Origin": origin}).headers.get("access-control-allow-origin") == allowed
    preflight = httpx.options(web.url + "/api/predict", headers={"Origin": "https://a.example", "Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 204 and "POST" in preflight.headers["access-control-allow-methods"]


def test_the_watchdog_is_pinged_while_recordings_can_be_recognised(lone_web, tmp_path, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "300000")
        web = lone_web()
        told = [manager.recv(4096).decode() for _ in range(5)]
        assert told.count("WATCHDOG=1") >= 3 and any(line.startswith("READY=1") for line in told)
        web.process.terminate()
        while not manager.recv(4096).decode().startswith("STOPPING=1"):
            pass


def test_what_runs_is_finished_before_the_end(lone_web):
    web = lone_web()
    host, port = web.url.removeprefix("http://").split(":")
    content = clip().read_bytes()
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content[:100])
        web.until(lambda: web.has_read(connection))
        web.process.terminate()

        def is_closed() -> bool:
            with socket.socket() as another:
                return another.connect_ex((host, int(port))) != 0

        web.until(is_closed)
        connection.sendall(content[100:])
        connection.settimeout(60)
        received = b""
        while b"alexa" not in received and (more := connection.recv(65536)):
            received += more
    assert b"200 OK" in received and b'"alexa"' in received
