"""What is heard, and how it is told."""

import array
import asyncio
import struct

import pytest
from conftest import (
    DEMO, DEMO_WAKE_WORDS, WAKE_WORDS, answers, clip, demo_words, hear, names, samples, send,
)  # fmt: skip
from wyoming.audio import AudioChunk
from wyoming.client import AsyncClient
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.wake import Detect, Detection, NotDetected


def test_every_wake_word_is_heard_with_its_place_in_the_clients_time(server):
    found = hear(server.uri, samples(DEMO), timestamp=5_000_000)
    assert names(found) == DEMO_WAKE_WORDS
    for heard, (start, end, _) in zip(found, [row for row in demo_words() if row[2] in WAKE_WORDS]):
        assert heard.timestamp is not None and abs(heard.timestamp - (5_000_000 + end * 1000)) < 250
        assert heard.timestamp == heard.context["end"]
        assert abs(heard.context["start"] - (5_000_000 + start * 1000)) < 400
        assert heard.context["threshold"] <= heard.context["confidence"] <= 1


def test_a_fast_upload_and_a_live_stream_give_the_same_words(server):
    audio = samples(DEMO)[: 16 * 32000]
    fast = hear(server.uri, audio)
    live = hear(server.uri, audio, pace=1, chunk=0.064)
    assert names(fast) == [word for start, _, word in demo_words() if start < 15 and word in WAKE_WORDS]
    assert fast == live


def test_a_word_is_told_at_once(server):
    """Before the end of the stream, of which nothing is said."""

    async def run():
        async with AsyncClient.from_uri(server.uri) as client:
            await send(client, samples(clip()) + bytes(32000), end=False)
            return Detection.from_event(await asyncio.wait_for(client.read_event(), 60))

    assert asyncio.run(run()).name == "alexa"


def test_a_stream_without_a_word_is_told_so_after_all_of_it_was_heard(server):
    assert hear(server.uri, bytes(2 * 32000)) == [NotDetected()]
    assert names(hear(server.uri, bytes(40 * 32000) + samples(clip()))) == ["alexa"]


def test_a_word_at_the_very_end_is_heard(server):
    spoken = samples(DEMO)[: int(1.66 * 32000)]
    assert names(hear(server.uri, spoken)) == ["computer"]


@pytest.mark.parametrize("asked", [["jarvis"], ["jarvis", "no such word"], ["Jarvis"], ["jarvis_v0.1"]])
def test_only_what_was_asked_for_is_told_as_it_was_asked_for(server, asked):
    assert names(hear(server.uri, samples(DEMO), asked)) == asked[:1]


@pytest.mark.parametrize("asked", [None, []])
def test_without_names_every_wake_word_is_meant(server, asked):
    assert names(hear(server.uri, samples(DEMO), asked)) == DEMO_WAKE_WORDS


def test_what_nobody_knows_is_an_error_that_says_what_there_is(server):
    async def run():
        async with AsyncClient.from_uri(server.uri) as client:
            await client.write_event(Detect(["hey_you"]).event())
            return Error.from_event(await client.read_event()), await client.read_event()

    error, end = asyncio.run(run())
    assert error.code == "unknown-name" and "hey_you" in error.text and "view_glass" in error.text
    assert end is None


def test_chunks_alone_are_enough(server):
    """Without detect and audio-start; and some clients ask only what there is before."""

    async def run():
        async with AsyncClient.from_uri(server.uri) as client:
            await client.write_event(Describe().event())
            assert Info.is_type((await client.read_event()).type)
            await send(client, samples(clip()), begin=False)
            return await answers(client)

    assert names(asyncio.run(run())) == ["alexa"]


FORMATS = [(8000, 2, 1), (48000, 2, 2), (44100, 3, 1), (16000, 1, 1), (96000, 4, 2), (22050, 2, 6), (11025, 2, 1), (192000, 4, 2)]


def convert(audio: bytes, rate: int, width: int, channels: int) -> bytes:
    """Samples of 16 kHz at another rate by straight lines, in another width, the same in every channel."""
    source = array.array("h", audio)
    result = bytearray()
    for place in range(len(source) * rate // 16000 - rate // 16000 - 1):
        at = place * 16000 / rate
        index, part = int(at), at % 1
        value = source[index] * (1 - part) + source[index + 1] * part
        sample = {
            1: lambda: struct.pack("B", round(value / 256) + 128 if value < 32512 else 255),
            2: lambda: struct.pack("<h", round(value)),
            3: lambda: struct.pack("<i", round(value * 256))[:3],
            4: lambda: struct.pack("<i", round(value * 65536)),
        }[width]()  # fmt: skip
        result += sample * channels
    return bytes(result)


@pytest.mark.parametrize("rate, width, channels", FORMATS)
def test_any_rate_width_and_number_of_channels_is_heard(server, rate, width, channels):
    audio = convert(samples(clip()) + bytes(16000), rate, width, channels)
    assert names(hear(server.uri, audio, rate=rate, width=width, channels=channels)) == ["alexa"]


@pytest.mark.parametrize("chunk", [1 / 16000, 0.0101, 3.0, 60.0])
def test_chunks_of_any_size_give_the_same(server, chunk):
    audio = samples(clip()) + bytes(16000) if chunk < 0.001 else samples(DEMO)
    expected = ["alexa"] if chunk < 0.001 else DEMO_WAKE_WORDS
    assert names(hear(server.uri, audio, chunk=chunk)) == expected


def test_a_stream_may_change_its_format(server):
    async def run():
        async with AsyncClient.from_uri(server.uri) as client:
            word = samples(clip()) + bytes(32000)
            await send(client, word, end=False)
            await send(client, convert(word, 48000, 2, 2), 48000, 2, 2, begin=False)
            return await answers(client)

    assert names(asyncio.run(run())) == ["alexa", "alexa"]


def test_dead_times_go_by_the_audio(start):
    audio = (samples(clip()) + bytes(16000)) * 3
    seconds = len(audio) / 32000
    for options, expected in [((), 3), (("--refractory-seconds", f"{seconds}"), 1)]:
        server = start(*options)
        assert names(hear(server.uri, audio)) == ["alexa"] * expected


def test_a_stream_that_begins_anew_remembers_nothing(start):
    """Neither half a word nor when words were told: with audio-start, and with detect alone, as satellites do it."""
    server = start("--refractory-seconds", "60")
    word = samples(clip()) + bytes(16000)

    async def run(begin):
        async with AsyncClient.from_uri(server.uri) as client:
            await send(client, word, end=False)
            await send(client, word[: len(word) // 3], begin=False, end=False)
            if begin == "detect":
                await client.write_event(Detect(["alexa"]).event())
            await send(client, word, begin=begin == "audio-start")
            return await answers(client)

    for begin in ("audio-start", "detect"):
        assert names(asyncio.run(run(begin))) == ["alexa", "alexa"]
    # As one stream it would be told once.
    assert names(asyncio.run(run("nothing"))) == ["alexa"]


def test_the_context_of_detect_comes_back(server):
    async def run(audio):
        async with AsyncClient.from_uri(server.uri) as client:
            await client.write_event(Detect(["alexa"], {"room": "kitchen", "n": [1, None]}).event())
            await send(client, audio)
            return await answers(client)

    assert asyncio.run(run(bytes(3200))) == [NotDetected({"room": "kitchen", "n": [1, None]})]
    (word,) = asyncio.run(run(samples(clip())))
    assert word.context["room"] == "kitchen" and word.context["n"] == [1, None] and word.context["confidence"] > 0.9


def test_times_are_the_clients_whatever_their_unit(server):
    """The satellite's are nanoseconds."""

    async def run():
        async with AsyncClient.from_uri(server.uri) as client:
            audio = samples(DEMO)[: 4 * 32000]
            for place in range(0, len(audio), 2048):
                time = 7_000_000_000_000 + place * 1_000_000_000 // 32000
                await client.write_event(AudioChunk(16000, 2, 1, audio[place : place + 2048], time).event())
            return Detection.from_event(await asyncio.wait_for(client.read_event(), 60))

    (_, end, _) = demo_words()[0]
    assert abs(asyncio.run(run()).timestamp - 7_000_000_000_000 - end * 1e9) < 250e6


def test_a_ping_is_answered_and_unknown_events_are_dropped(server):
    async def run():
        async with AsyncClient.from_uri(server.uri) as client:
            for kind, data, payload in [("select-program", {"name": "attuned"}, None), ("x", {"rate": "y"}, bytes(100_000))]:
                await client.write_event(Event(kind, data, payload))
            await client.write_event(Ping("hello").event())
            return Pong.from_event(await asyncio.wait_for(client.read_event(), 60))

    assert asyncio.run(run()) == Pong("hello")


def test_info_tells_of_every_word(server):
    async def run():
        async with AsyncClient.from_uri(server.uri) as client:
            await client.write_event(Describe().event())
            return Info.from_event(await client.read_event())

    (program,) = asyncio.run(run()).wake
    assert program.installed and program.version and program.name == "attuned"
    assert [word.name for word in program.models] == WAKE_WORDS
    for word in program.models:
        assert word.installed and word.languages == ["en"] and word.version
        assert word.phrase == word.description == word.name.replace("_", " ").title()


def test_commands_are_offered_where_that_is_wanted_and_count_after_a_wake_word(start):
    server = start(commands="true")

    async def run():
        async with AsyncClient.from_uri(server.uri) as client:
            await client.write_event(Describe().event())
            return Info.from_event(await client.read_event())

    offered = [word.name for word in asyncio.run(run()).wake[0].models]
    assert offered[:6] == WAKE_WORDS and "left" in offered and "_unknown_" not in offered
    assert names(hear(server.uri, samples(DEMO), ["left", "stop", "computer"])) == ["computer", "left", "stop"]
    # What opens a command need not be asked for.
    assert names(hear(server.uri, samples(DEMO), ["left"])) == ["left"]
    assert names(hear(server.uri, samples(DEMO))) == DEMO_WAKE_WORDS


def test_a_higher_threshold_and_level_hear_less(start):
    assert names(hear(start("--threshold", "0.5", "--trigger-level", "1").uri, samples(DEMO))) == DEMO_WAKE_WORDS
    assert hear(start("--threshold", "0.999").uri, samples(clip()) + bytes(32000))[0] == NotDetected()
    assert 0 < len(names(hear(start("--trigger-level", "8").uri, samples(DEMO)))) < len(DEMO_WAKE_WORDS)


def test_options_of_other_servers_are_taken_and_told_of(start):
    server = start("--preload-model", "ok_nabu", "--custom-model-dir", "/x", "--debug", "--zeroconf")
    server.says("--preload-model changes nothing")
    server.says("--zeroconf changes nothing")


def test_over_a_unix_socket(start, tmp_path):
    server = start(uri=f"unix://{tmp_path}/wyoming.sock")
    assert names(hear(server.uri, samples(clip()))) == ["alexa"]
    assert server.stop() == 0
    assert not (tmp_path / "wyoming.sock").exists()
