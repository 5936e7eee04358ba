"""Real clients, unmodified."""

import asyncio
import json
import os
import subprocess
import sys
import types
import urllib.request

import homeassistant_client
import pytest
from conftest import DEMO, DEMO_WAKE_WORDS, REPOSITORY, WAKE_WORDS, clip, free_port, samples, until
from wyoming.client import AsyncClient
from wyoming.event import Event

VENV = REPOSITORY / ".venv-wyoming"
# Its wheel, got by `make test-mqtt` and `make test-wyoming`.
HOME_ASSISTANT = REPOSITORY / ".venv-mqtt/homeassistant"


@pytest.fixture(scope="module")
def home_assistant():
    if not HOME_ASSISTANT.is_dir():
        pytest.skip("left out: the client of Home Assistant, which could not be had")
    return homeassistant_client.load(HOME_ASSISTANT)


def provider(home_assistant, server):
    """As Home Assistant sets it up: it asks what there is, then has an entity that listens."""

    async def run():
        service = await home_assistant.Service.create("127.0.0.1", server.port)
        assert service.has_services() and service.platforms
        assert service.get_name() == "attuned"
        entry = types.SimpleNamespace(entry_id="1")
        entity = home_assistant.Provider(None, entry, types.SimpleNamespace(data=service.info), service)
        return entity, await entity.get_supported_wake_words()

    return asyncio.run(run())


async def spoken(audio: bytes, pace: float = 0.0):
    """Chunks of 10 ms with their time, as Home Assistant's pipelines give them."""
    for place in range(0, len(audio), 320):
        yield audio[place : place + 320], place // 32
        await asyncio.sleep(pace)


def test_home_assistant_finds_every_wake_word(home_assistant, server):
    entity, words = provider(home_assistant, server)
    assert [word.id for word in words] == WAKE_WORDS
    assert [word.name for word in words][:4] == ["Alexa", "Computer", "Jarvis", "Smart Mirror"]
    assert all(word.phrase == word.name for word in words)
    assert entity._attr_unique_id == "1-wake_word"


@pytest.mark.parametrize("asked", [None, "computer", "alexa", "view_glass"])
def test_home_assistant_hears_the_word(home_assistant, server, asked):
    entity, _ = provider(home_assistant, server)
    # Sound goes on after the word: it never says that a stream has ended, and closes when it has heard.
    audio = samples(DEMO) if asked != "alexa" else samples(clip()) + bytes(64000)
    found = asyncio.run(entity._async_process_audio_stream(spoken(audio, 0.0005), asked))
    assert found.wake_word_id == (asked or DEMO_WAKE_WORDS[0])
    assert found.wake_word_phrase == found.wake_word_id.replace("_", " ").title()
    assert 0 < found.timestamp < len(audio) // 32


def test_home_assistant_listens_again_and_again_each_time_over_a_new_connection(home_assistant, server):
    entity, _ = provider(home_assistant, server)
    audio = samples(clip()) + bytes(64000)
    for _ in range(5):
        assert asyncio.run(entity._async_process_audio_stream(spoken(audio, 0.0005), "alexa")).wake_word_id == "alexa"


def test_home_assistant_is_told_why_nothing_is_heard(home_assistant, server, caplog):
    entity, _ = provider(home_assistant, server)
    assert asyncio.run(entity._async_process_audio_stream(spoken(bytes(64000), 0.0005), "hey_you")) is None
    assert "there is no word hey_you" in caplog.text and "unknown-name" in caplog.text


def test_wyoming_satellite_hears_the_word_and_listens_again(server, tmp_path):
    """The satellite with a microphone of its own; this test plays Home Assistant, and ends each command."""
    port = free_port()
    (tmp_path / "say").write_text(
        f"#!/bin/sh\nwhile :; do tail -c +45 '{clip()}'; head -c 96000 /dev/zero; sleep 0.5; done\n"
    )
    (tmp_path / "say").chmod(0o755)
    log = tmp_path / "satellite.log"
    with log.open("w") as output:
        satellite = subprocess.Popen(
            [sys.executable, "-m", "wyoming_satellite", "--uri", f"tcp://127.0.0.1:{port}", "--no-zeroconf", "--debug",
             "--mic-command", str(tmp_path / "say"), "--wake-uri", server.uri, "--wake-word-name", "alexa",
             "--detection-command", f"tee -a {tmp_path}/heard"],
            env=os.environ | {"PYTHONPATH": str(VENV / "satellite")}, stdout=output, stderr=output,
        )  # fmt: skip

    async def run():
        client = AsyncClient.from_uri(f"tcp://127.0.0.1:{port}")
        for _ in range(200):
            try:
                await client.connect()
                break
            except OSError:
                await asyncio.sleep(0.1)
        await client.write_event(Event("run-satellite"))
        for _ in range(3):
            while event := await asyncio.wait_for(client.read_event(), 60):
                if event.type == "run-pipeline":
                    break
            await client.write_event(Event("transcript", {"text": "turn it off"}))
        await client.disconnect()

    try:
        asyncio.run(run())
        until(lambda: (tmp_path / "heard").read_text().startswith("alexa"), what=lambda: log.read_text())
    finally:
        satellite.terminate()
        satellite.wait(30)
    assert "Traceback" not in log.read_text(), log.read_text()


def test_the_http_wake_server_hears_the_word(server):
    """It sends everything before it reads."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "wyoming.http.wake_server", "--host", "127.0.0.1", "--port", str(port), "--uri", server.uri],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def ask(path: str, body: bytes | None = None):
        try:
            request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, {"Content-Type": "audio/wav"})
            return json.loads(urllib.request.urlopen(request, timeout=60).read())
        except urllib.error.URLError as error:
            return None if isinstance(error.reason, ConnectionRefusedError) else pytest.fail(str(error))

    try:
        (program,) = until(lambda: ask("/api/info"), 60)["wake"]
        assert [word["name"] for word in program["models"]] == WAKE_WORDS
        found = ask("/api/detect-wake-word?wake_words=alexa", clip().read_bytes())
        assert found["type"] == "detection" and found["data"]["name"] == "alexa"
        found = ask("/api/detect-wake-word?wake_words=view_glass", DEMO.read_bytes())
        assert found["data"]["name"] == "view_glass" and found["data"]["context"]["confidence"] > 0.9
        assert ask("/api/detect-wake-word?wake_words=jarvis", clip().read_bytes())["type"] == "not-detected"
    finally:
        process.terminate()
        process.wait(30)
