"""What happened, what was nearly a word, and how it sounded."""

import io
import json
from datetime import UTC, datetime

import httpx
import numpy
import pytest
import soundfile
from conftest import TOKEN, heard

AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


def entries(service, *types):
    found = httpx.get(service.url + "/api/history").json()["entries"]
    return [entry for entry in found if entry["type"] in types]


def test_the_last_day_has_words_near_words_and_states_in_order(service):
    service.until(lambda: entries(service, "suppressed"), seconds=120)
    service.until(lambda: entries(service, "keyword"))
    history = httpx.get(service.url + "/api/history").json()
    times = [entry["timestamp"] for entry in history["entries"]]
    assert times == sorted(times) and history["known_since"] <= history["now"]
    states = entries(service, "status")
    assert states[-1]["state"] == "listening" and states[-1]["reason"]
    assert ("stop", "not_after") in {(word["keyword"], word["cause"]) for word in entries(service, "suppressed")}


def test_a_word_is_heard_from_before_its_first_syllable_on(service):
    word = service.until(lambda: next(iter(entry for entry in reversed(entries(service, "keyword")) if "clip" in entry), None))
    answer = httpx.get(f"{service.url}/api/clip?number={word['clip']}", headers=AUTHORIZED)
    assert answer.headers["content-type"] == "audio/wav" and answer.headers["cache-control"] == "no-store"
    samples, rate = soundfile.read(io.BytesIO(answer.content), dtype="int16")
    lead = min(word["start_sample"], 16000)
    wanted = lead + min(word["end_sample"] - word["start_sample"], 48000) + 9600
    assert rate == 16000 and 0 <= len(samples) - wanted < 16
    # It is what the microphone gave, which begins anew when it has come to its end.
    assert httpx.get(service.url + "/api/clip", headers=AUTHORIZED).content[:4] == b"RIFF"
    twice = numpy.frombuffer(2 * heard(), dtype="int16").astype(float)
    part = samples[lead : lead + 4000].astype(float)
    size = len(twice) + len(part)
    match = numpy.fft.irfft(numpy.fft.rfft(twice, size) * numpy.conj(numpy.fft.rfft(part, size)), size)
    place = int(match.argmax())
    assert numpy.array_equal(twice[place : place + len(part)], part)


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [("number=1", {}, 401), ("number=x", AUTHORIZED, 400), ("number=-1", AUTHORIZED, 404), ("number=900000", AUTHORIZED, 404)],
)  # fmt: skip
def test_a_clip_is_only_for_who_has_the_token_and_names_one_that_there_is(service, query, headers, status):
    assert httpx.get(f"{service.url}/api/clip?{query}", headers=headers).status_code == status


def test_without_a_token_in_the_configuration_no_sound_is_kept(lone_web):
    web = lone_web()
    assert httpx.get(web.url + "/api/clip?number=1").status_code == 403
    history = httpx.get(web.url + "/api/history").json()
    # Without a daemon the day has that alone.
    assert [entry["state"] for entry in history["entries"]] == ["unreachable"]


def test_levels_and_what_the_machine_spends_are_told_over_time(service):
    def traces():
        return httpx.get(service.url + "/api/traces").json()

    known = service.until(lambda: len([v for v in traces()["level_dbfs"]["values"] if v is not None]) > 2 and traces())
    assert known["level_dbfs"]["seconds"] == 1 and len(known["level_dbfs"]["values"]) <= 600
    assert all(-120 <= value <= 0 for value in known["level_dbfs"]["values"] if value is not None)
    service.until(lambda: any(traces()["processor_percent"]["values"]))
    now = traces()
    assert 1 < now["memory_mb"]["values"][-1] < 500
    assert now["lowest_level_dbfs"]["values"][-1] <= now["highest_level_dbfs"]["values"][-1]
    assert (datetime.now(UTC) - datetime.fromisoformat(now["now"])).total_seconds() < 60


def test_the_stream_tells_near_words_too(service):
    with httpx.stream("GET", service.url + "/api/events", timeout=200) as stream:
        kind = None
        for line in stream.iter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            if name == "data" and kind in ("near_miss", "suppressed"):
                told = json.loads(value)
                break
    assert told["type"] == kind and told["keyword"] and told["timestamp"]


def test_the_microphone_is_closed_for_a_time_and_a_reason(service):
    def mute(**terms):
        return httpx.post(service.url + "/api/mute", json=terms, headers=AUTHORIZED)

    for terms in ({"seconds": 0}, {"seconds": "x"}, {"reason": "x" * 201}, {"seconds": 604801}):
        assert mute(**terms).status_code == 400
    assert mute(seconds=2, reason="guests").status_code == 200
    told = service.until(lambda: (now := httpx.get(service.url + "/health").json()["daemon"])["state"] == "muted" and now)
    assert told["mute_reason"] == "guests" and "(guests)" in told["reason"] and told["muted_until"] > told["since"]
    service.until(lambda: httpx.get(service.url + "/health").json()["daemon"]["state"] == "listening")
    assert {"muted", "listening"} <= {entry["state"] for entry in entries(service, "status")}


def test_the_self_test_and_a_reload_are_asked_for_with_the_token(service):
    for path in ("/api/selftest", "/api/reload"):
        assert httpx.post(service.url + path).status_code == 401
    tested = httpx.post(service.url + "/api/selftest", headers=AUTHORIZED).json()
    assert tested["detected"] and tested["keyword"] and tested["confidence"] > 0.5
    assert httpx.post(service.url + "/api/reload", headers=AUTHORIZED).json()["summary"]
