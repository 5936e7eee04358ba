"""A daemon that stops and goes on: the web side says so, and never passes on what is old as if it were new."""

import signal
import time

import httpx
import pytest
from conftest import start_daemon, start_web

# What the web side promises, in seconds. A machine that is busy makes one round late, not every one: the best counts.
TOLD_WITHIN, WELL_WITHIN = 5, 3
# A scrape takes some milliseconds, and one that waited for the daemon some seconds.
SCRAPED_WITHIN = 2


@pytest.fixture
def pair(tmp_path):
    daemon, socket, _ = start_daemon(tmp_path)
    web = start_web(tmp_path, socket)
    yield daemon, web
    daemon.send_signal(signal.SIGCONT)
    for process in (web.process, daemon):
        process.terminate()
        process.wait(60)


@pytest.fixture
def client():
    # One for all requests: to make one takes longer than what is measured here.
    with httpx.Client(timeout=20) as client:
        yield client


def seconds(work) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def test_a_daemon_that_stands_still_is_told_and_found_again(pair, client):
    daemon, web = pair
    ready = lambda: client.get(web.url + "/readyz").status_code == 200  # noqa: E731
    web.until(ready)
    oldest, noticed, well = [], [], []
    # The second time is another connection, and another task that must not have died.
    for _ in range(2):
        daemon.send_signal(signal.SIGSTOP)
        stopped = time.monotonic()
        ages = [0]
        # What it said last, perhaps that it was just stopped, is passed on while it is young.
        while (told := client.get(web.url + "/health").json()["daemon"])["state"] != "unreachable":
            ages.append(told["age_seconds"])
            assert time.monotonic() - stopped < 60, "nobody noticed"
            time.sleep(0.05)
        oldest.append(max(ages))
        noticed.append(time.monotonic() - stopped)
        assert client.get(web.url + "/health").status_code == 503 and "did not answer" in told["reason"]
        for path in ("/metrics", "/api/metrics"):
            scrapes = [seconds(lambda path=path: client.get(web.url + path)) for _ in range(3)]
            assert min(scrapes) < SCRAPED_WITHIN, f"{path} waited for the daemon"
        text, numbers = client.get(web.url + "/metrics").text, client.get(web.url + "/api/metrics").json()
        assert "attuned_up 0" in text and "attuned_audio_samples" not in text and "daemon" not in numbers
        assert numbers["status"]["state"] == "unreachable"
        assert client.post(web.url + "/api/predict", content=b"x").status_code == 415
        # Long enough for a few attempts in vain.
        time.sleep(5)
        daemon.send_signal(signal.SIGCONT)
        well.append(seconds(lambda: web.until(ready)))
    assert min(oldest) < TOLD_WITHIN and min(noticed) < 2 * TOLD_WITHIN and min(well) < WELL_WITHIN, (oldest, noticed, well)
    heard = [client.get(web.url + "/api/metrics").json()["daemon"] for _ in range(2) if not time.sleep(1.5)]
    assert heard[1]["uptime_seconds"] > heard[0]["uptime_seconds"] and heard[1]["samples"] > heard[0]["samples"]
    assert 0 <= min(numbers["age_seconds"] for numbers in heard) < TOLD_WITHIN


def test_a_scrape_never_waits_for_the_daemon(pair, client):
    daemon, web = pair
    slowest = []
    while not slowest or min(slowest) >= SCRAPED_WITHIN:
        assert len(slowest) < 3, slowest
        web.until(lambda: "attuned_age_seconds" in client.get(web.url + "/metrics").text)
        daemon.send_signal(signal.SIGSTOP)
        end, scrapes = time.monotonic() + 6, []
        while time.monotonic() < end:
            scrapes.append(seconds(lambda: client.get(web.url + "/metrics")))
        slowest.append(max(scrapes))
        daemon.send_signal(signal.SIGCONT)
