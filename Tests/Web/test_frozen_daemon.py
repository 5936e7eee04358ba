"""A daemon that stops and goes on: the web side says so, and never passes on what is old as if it were new."""

import signal
import time

import httpx
import pytest
from conftest import start_daemon, start_web

# What the web side promises, in seconds.
TOLD_WITHIN, WELL_WITHIN = 5, 3


@pytest.fixture
def pair(tmp_path):
    daemon, socket, _ = start_daemon(tmp_path)
    web = start_web(tmp_path, socket)
    yield daemon, web
    daemon.send_signal(signal.SIGCONT)
    for process in (web.process, daemon):
        process.terminate()
        process.wait(15)


@pytest.fixture
def client():
    # One for all requests: to make one takes longer than what is measured here.
    with httpx.Client(timeout=20) as client:
        yield client


def test_a_daemon_that_stands_still_is_told_and_found_again(pair, client):
    daemon, web = pair
    ready = lambda: client.get(web.url + "/readyz").status_code == 200  # noqa: E731
    web.until(ready, seconds=20)
    # The second time is another connection, and another task that must not have died.
    for _ in range(2):
        daemon.send_signal(signal.SIGSTOP)
        stopped = time.monotonic()
        # What it said last, perhaps that it was just stopped, is passed on while it is young.
        while (told := client.get(web.url + "/health").json()["daemon"])["state"] != "unreachable":
            assert told["age_seconds"] < TOLD_WITHIN
            assert time.monotonic() - stopped < 3 * TOLD_WITHIN, "nobody noticed"
            time.sleep(0.05)
        assert client.get(web.url + "/health").status_code == 503 and "did not answer" in told["reason"]
        began = time.monotonic()
        text, numbers = client.get(web.url + "/metrics").text, client.get(web.url + "/api/metrics").json()
        assert time.monotonic() - began < 2, "a scrape waited for the daemon"
        assert "attuned_up 0" in text and "attuned_audio_samples" not in text and "daemon" not in numbers
        assert numbers["status"]["state"] == "unreachable"
        assert client.post(web.url + "/api/predict", content=b"x").status_code == 415
        # Long enough for a few attempts in vain.
        time.sleep(5)
        daemon.send_signal(signal.SIGCONT)
        returned = time.monotonic()
        web.until(ready, seconds=20)
        assert time.monotonic() - returned < WELL_WITHIN
    heard = [client.get(web.url + "/api/metrics").json()["daemon"] for _ in range(2) if not time.sleep(1.5)]
    assert heard[1]["uptime_seconds"] > heard[0]["uptime_seconds"] and heard[1]["samples"] > heard[0]["samples"]
    assert all(0 <= numbers["age_seconds"] < TOLD_WITHIN for numbers in heard)


def test_a_scrape_never_waits_for_the_daemon(pair, client):
    daemon, web = pair
    web.until(lambda: "attuned_age_seconds" in client.get(web.url + "/metrics").text, seconds=20)
    daemon.send_signal(signal.SIGSTOP)
    end = time.monotonic() + 6
    while time.monotonic() < end:
        began = time.monotonic()
        client.get(web.url + "/metrics")
        assert time.monotonic() - began < 2
