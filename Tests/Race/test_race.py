"""The race's scoring, intervals, streams and tables, on a few made recordings and detections; no peer is needed."""

import csv
import json
import subprocess
import sys
from collections import Counter
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

sys.path.insert(0, str(Path(__file__).parent))
from contestants import Contestant, LeftOut, Run, run
from scoring import Detection, poisson_rate, score, wilson
from streams import FRAME_SAMPLES, PAUSE_SAMPLES, RATE, Passage, Recording, at_most, level, list_recordings, read, write_streams
from table import Result, aligned, as_json, main_table, word_table

RACE = Path(__file__).with_name("race")
ALEXA = Passage("a.wav", RATE, 2 * RATE, Recording(Path("alexa.wav"), "alexa", False, ""))
SPEECH = Passage("a.wav", 3 * RATE, 13 * RATE, Recording(Path("talk.wav"), "", False, "Alexa, said the smart mirror."))
NOISE = Passage("a.wav", 14 * RATE, 24 * RATE, Recording(Path("hum.wav"), "", True, ""))
PASSAGES = [ALEXA, SPEECH, NOISE]


def at(second: float, word: str) -> Detection:
    return Detection("a.wav", round(second * RATE), word)


def tone(seconds: float, amplitude: float = 0.1) -> np.ndarray:
    return (amplitude * np.sin(np.arange(round(seconds * RATE)) * 0.3)).astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two recordings of "alexa", one to train with; speech of which one is held out; noise; one that is no recording."""
    rows = [
        ("one.wav", "alexa", "validation", ""),
        ("two.wav", "alexa", "train", ""),
        ("talk.wav", "", "train", "ask alexa"),
        ("trained.wav", "", "train", ""),
        ("hum.wav", "_noise_", "train", ""),
        ("broken.wav", "jarvis", "validation", ""),
    ]
    with (tmp_path / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("path,label,speaker,split,source,licence,text".split(","))
        writer.writerows((path, label, "", split, "made", "CC0", text) for path, label, split, text in rows)
    for path, *_ in rows[:-1]:
        soundfile.write(tmp_path / path, tone(0.7, 0.02 if path == "one.wav" else 0.1), RATE)
    (tmp_path / "broken.wav").write_bytes(b"RIFF and nothing else")
    return tmp_path


def test_a_hit_is_in_the_recording_or_a_second_after_it():
    for second, hits in ((0.9, 0), (1.0, 1), (2.9, 1), (3.0, 0)):
        assert score([ALEXA], [at(second, "alexa")], ["alexa"]).hits["alexa"] == hits
    assert score([ALEXA], [at(1.5, "jarvis")], ["alexa", "jarvis"]).missed(["alexa", "jarvis"]) == (1, 1)


def test_a_word_of_the_transcript_is_no_false_alarm_and_its_time_does_not_count():
    found = score(PASSAGES, [at(5, "alexa"), at(6, "smart_mirror"), at(7, "jarvis"), at(15, "alexa")],
                  ["alexa", "smart_mirror", "jarvis"])  # fmt: skip
    assert dict(found.alarms) == {"jarvis": 1, "alexa": 1}
    assert (found.seconds["alexa"], found.seconds["jarvis"]) == (10, 20)
    assert found.false_alarms(["alexa", "jarvis"]) == (2, pytest.approx(15 / 3600))
    places = [(place["word"], place["path"], place["second"]) for place in found.places]
    assert places == [("jarvis", "talk.wav", 4.0), ("alexa", "hum.wav", 1.0)]


def test_the_dead_time_is_a_second_from_what_counted_and_for_each_word_by_itself():
    detections = [at(second, "jarvis") for second in (16.0, 15.0, 15.5, 15.9)] + [at(15.5, "computer")]
    assert dict(score([NOISE], detections, ["jarvis", "computer"]).alarms) == {"jarvis": 2, "computer": 1}


def test_a_word_that_is_not_listened_for_counts_nowhere():
    found = score(PASSAGES, [at(5, "four"), at(1.5, "alexa")], ["alexa"])
    assert not found.alarms and found.hits["alexa"] == 1


def test_intervals_are_those_of_the_tables():
    assert wilson(10, 100) == pytest.approx((0.0552, 0.1744), abs=1e-4)
    assert wilson(0, 10)[0] == 0 and wilson(0, 0) == (0, 1)
    # Garwood's for 0 and 10 events.
    assert poisson_rate(0, 2) == pytest.approx((0, 3.6889 / 2), abs=1e-4)
    assert poisson_rate(10, 1) == pytest.approx((4.7954, 18.3904), abs=1e-4)


def test_the_split_and_the_held_out_list_choose_the_recordings(folder: Path):
    def names(held_out: set[str]) -> set[str]:
        return {each.path.name for each in list_recordings(folder, "validation", held_out, ["alexa", "jarvis"])}

    assert names({"talk.wav", "hum.wav"}) == {"one.wav", "broken.wav", "talk.wav", "hum.wav"}
    assert names({"elsewhere.wav"}) == {"one.wav", "broken.wav", "talk.wav", "trained.wav", "hum.wav"}


def test_limits_hold_for_each_word_and_for_speech_and_noise(folder: Path):
    recordings = list_recordings(folder, "validation", set(), ["alexa", "jarvis"])
    few = at_most(recordings, 0, 0.7 / 3600)
    assert sorted(each.is_noise for each in few) == [False, True]
    assert {each.path for each in at_most(recordings, None, None)} == {each.path for each in recordings}


def test_passages_say_where_the_recordings_are_in_whole_frames(folder: Path, tmp_path: Path):
    recordings = list_recordings(folder, "validation", {"talk.wav", "hum.wav"}, ["alexa", "jarvis"])
    streams = write_streams(recordings, tmp_path, lambda: None)
    for name, passages in streams.conditions.items():
        noise = {"hum.wav"} if name == "as recorded" else set()
        assert {each.recording.path.name for each in passages} == {"one.wav", "talk.wav"} | noise
        pcm, _ = soundfile.read(passages[0].piece, dtype="float32")
        assert len(pcm) % FRAME_SAMPLES == 0
        assert passages[0].start == PAUSE_SAMPLES
        assert all(after.start - before.end == PAUSE_SAMPLES for before, after in zip(passages, passages[1:]))
        for passage in passages if name == "as recorded" else []:
            assert np.abs(pcm[passage.start : passage.end] - read(passage.recording.path)).max() < 1e-4
    assert len(streams.unreadable) == 1 and "broken.wav" in streams.unreadable[0]
    assert streams.seconds == sum(soundfile.info(file).duration for file in streams.files)


def test_in_noise_every_recording_is_10_db_louder_than_what_goes_on_in_the_pauses(folder: Path, tmp_path: Path):
    streams = write_streams(list_recordings(folder, "validation", {"talk.wav"}, ["alexa"]), tmp_path, lambda: None)
    passages = streams.conditions["at 10 dB"]
    pcm, _ = soundfile.read(passages[0].piece, dtype="float32")
    pause = level(pcm[:PAUSE_SAMPLES])
    for passage in passages:
        spoken = level(pcm[passage.start : passage.end])
        assert 20 * np.log10(np.sqrt(spoken**2 - pause**2) / pause) == pytest.approx(10, abs=0.5)


def contestant(program: str, words: list[str] | None = None) -> Contestant:
    return Contestant("made", "as it is", [sys.executable, "-c", program], words)


def test_a_run_has_the_words_the_decisions_and_the_costs():
    program = """
import json, sys
print(json.dumps({"words": ["alexa"], "start_seconds": 0}))
print(json.dumps({"file": sys.argv[2], "keyword": "alexa", "end": 1.5, "latency_ms": 250}))
print(json.dumps({"file": sys.argv[2], "end": 2}))
sum(range(3_000_000))
"""
    seen = []
    done = run(contestant(program), [Path("a.wav"), Path("b.wav")], 10, lambda *place: seen.append(place))
    assert done.words == ["alexa"] and done.detections == [Detection("b.wav", 28_000, "alexa")]
    assert seen == [(1, 1.5), (1, 2)]
    assert done.milliseconds_per_second > 0 and 1 < done.resident_mb < 200


def test_who_cannot_be_had_is_left_out_with_the_reason():
    with pytest.raises(LeftOut, match="no such sound"):
        run(contestant("import sys; sys.exit('no such sound')"), [], 1, lambda *_: None)
    with pytest.raises(LeftOut, match="/nowhere/attune: No such file"):
        run(Contestant("made", "", ["/nowhere/attune"]), [], 1, lambda *_: None)


def test_a_peer_that_is_not_installed_says_where_it_is_listed():
    program = f"""
import runpy, sys
sys.modules["pvporcupine"] = None
sys.argv = ["peer.py", "porcupine", "--words", "alexa", "a.wav"]
runpy.run_path({str(RACE.with_name("peer.py"))!r}, run_name="__main__")
"""
    with pytest.raises(LeftOut, match="pvporcupine.*Tests/Race/peers.txt"):
        run(contestant(program), [], 1, lambda *_: None)


def results() -> list[Result]:
    detections = [at(1.5, "alexa"), at(15, "alexa")]
    rows = []
    for name, words in (("both", ["alexa", "jarvis"]), ("one", ["alexa"])):
        scores = {"as recorded": score(PASSAGES, detections, words), "at 10 dB": score([ALEXA], [], words)}
        rows.append(Result(Contestant(name, "0.5", []), Run(words, detections, 1.42, 33), scores))
    return rows


def test_the_table_has_rates_counts_and_intervals():
    head, _, both, one = (
        [cell.strip() for cell in line.strip("|").split("|")] for line in main_table(results()).splitlines()
    )
    assert head[3:] == ["missed as recorded", "missed at 10 dB", "false alarms an hour as recorded",
                        "false alarms an hour at 10 dB", "CPU a second", "resident"]  # fmt: skip
    assert both[:5] == ["both", "0.5", "2", "0.0 % (0.0-79.3), 0/1", "100.0 % (20.7-100.0), 1/1"]
    assert both[5].startswith("240.00 (6.08-") and both[5].endswith("), 1")
    assert both[6:] == ["-", "1.42 ms", "33 MB"]
    assert one[2] == "alexa"


def test_the_table_of_words_says_what_nobody_taught_a_peer():
    table = word_table(results(), ["alexa", "jarvis"])
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert rows[2] == ["both", "0.5", "0 and 1 of 1, 1", "0 and 0 of 0, 0"]
    assert rows[3] == ["one", "0.5", "0 and 1 of 1, 1", "-"]
    assert len({len(line) for line in aligned([["a", "long"], ["longer", "b"]]).splitlines()}) == 1


def test_the_report_for_programs_has_every_false_alarm_and_is_json():
    report = json.loads(json.dumps(as_json(results()[0], ["alexa", "jarvis"])))
    as_recorded = report["conditions"]["as recorded"]
    assert (as_recorded["missed"], as_recorded["said"], as_recorded["false_alarms"]) == (0, 1, 1)
    assert as_recorded["false_alarm_places"] == [{"word": "alexa", "path": "hum.wav", "second": 1.0}]
    assert report["conditions"]["at 10 dB"]["false_alarms_an_hour_interval"] is None


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["/nowhere"], "no such folder: /nowhere"),
        (["{folder}", "--split", "none", "--most", "0", "--hours", "0"], "no wake words in the split none"),
        (["{folder}", "--held-out", "/nowhere.txt"], "/nowhere.txt"),
        (["{folder}", "--model", "/nowhere"], "/nowhere is no folder of a model"),
    ],
)
def test_what_cannot_be_raced_is_said_in_a_line(folder: Path, arguments: list[str], complaint: str):
    done = subprocess.run(
        [sys.executable, RACE, *(each.format(folder=folder) for each in arguments)], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("race: ") and complaint in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.fixture
def race_own():
    loader = SourceFileLoader("race_own", str(RACE.with_name("race-own")))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def test_the_threshold_of_a_peer_is_the_lowest_with_so_few_alarms(race_own):
    listener = SimpleNamespace(hop=RATE // 2)
    # Two words; what is over a threshold on end is one alarm.
    speech = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.3], [0.2, 0.2], [0.1, 0.1], [0.1, 0.1], [0.7, 0.6]])
    assert race_own.threshold_for(speech, listener, 1) == pytest.approx(0.7)
    assert race_own.threshold_for(speech, listener, 3) == pytest.approx(0.3)
    assert race_own.threshold_for(speech, listener, 0) == pytest.approx(0.9)


def test_peers_hear_what_attuned_heard_and_no_take(race_own):
    recordings = [(f"{word}/{speaker}/{n}.wav", word, speaker) for word in ("a", "b") for speaker in ("x", "y") for n in range(3)]
    lesson = {"word": "a", "speakers": ["x"], "takes": ["a/x/0.wav"], "left_out": ["a/x/1.wav"]}
    drawn = race_own.trials([lesson], recordings, 100)
    assert {name for _, kind, name in drawn if kind == "same_speaker"} == {"a/x/2.wav"}
    assert Counter(kind for _, kind, _ in drawn) == Counter(same_speaker=1, others=3, same_speakers_word=3, others_word=3)
