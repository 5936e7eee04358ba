"""Splits, transcripts, folders with and without a manifest, and errors that name what is wrong."""

from pathlib import Path

import pytest
import soundfile
from conftest import speakers, utterance, write_manifest

from attuned_training.data import Clip, DataError, background_split, check_splits, list_clips, official_split
from attuned_training.words import KEYWORDS, WORDS, label, spoken_keywords


def clip(label: str, split: str, **more) -> Clip:
    return Clip(f"{label}.wav", label, "word", split, "recordings", "CC0", **more)


BOTH = [clip("yes", "train"), clip("yes", "validation")]


def test_the_official_split_follows_the_speaker():
    # Names of the data set's own validation and training lists; what follows `_nohash_` does not matter.
    assert official_split("067f61e2_nohash_0_deda0d") == official_split("067f61e2_nohash_4") == "validation"
    assert official_split("0165e0e8_nohash_0_54fc9f") == "train"
    splits = [official_split(f"{speaker:08x}_nohash_0") for speaker in range(2000)]
    assert 0.07 < splits.count("validation") / 2000 < 0.13 and 0.07 < splits.count("test") / 2000 < 0.13


def test_calibration_words_are_kept_by_speaker(recordings):
    words = [clip for clip in list_clips(recordings) if clip.kind == "word"]
    for split, count in (("train", 5), ("calibration", 2), ("validation", 2)):
        assert {clip.speaker for clip in words if clip.split == split} == set(speakers(split, count))


def test_running_speech_is_split_by_speaker_where_there_are_several(tmp_path):
    rows = [
        {"path": f"{source}/{number}.opus", "label": "", "speaker": f"s{number % count}", "split": "train", "source": source}
        for source, count in (("many", 40), ("two", 2))
        for number in range(400)
    ]
    write_manifest(tmp_path, rows)
    splits = {}
    for clip in list_clips(tmp_path):
        splits.setdefault((clip.source, clip.speaker), set()).add(clip.split)
    assert all(len(found) == 1 for (source, _), found in splits.items() if source == "many")
    assert {name for (source, _), found in splits.items() if source == "many" for name in found} == {
        "train",
        "calibration",
        "held_out",
    }
    assert splits["two", "s0"] == {"train", "calibration", "held_out"}


def test_held_out_speech_does_not_depend_on_the_folder():
    part = [background_split(f"{number}.opus") for number in range(2000)]
    assert 0.22 < part.count("calibration") / 2000 < 0.28 and 0.12 < part.count("held_out") / 2000 < 0.18


def test_a_wake_word_speaker_who_is_known_stays_in_one_split(tmp_path):
    rows = [
        {"path": f"{n}.wav", "label": "jarvis", "speaker": f"s{n % 30}", "split": "train"} for n in range(600)
    ] + [{"path": "v.wav", "label": "jarvis", "speaker": "v", "split": "validation"}]
    write_manifest(tmp_path, rows)
    clips = list_clips(tmp_path)
    check_splits(clips)
    assert "calibration" in {clip.split for clip in clips}


def test_one_speaker_in_two_splits_is_refused_by_name():
    clips = [clip("yes", "train", speaker="anna"), clip("no", "validation", speaker="anna"), *BOTH]
    with pytest.raises(DataError, match=r"1 speakers are in more than one split, such as anna of recordings.*manifest.csv"):
        check_splits(clips)


@pytest.mark.parametrize("split", ["train", "validation"])
def test_a_missing_split_is_named(split):
    with pytest.raises(DataError, match=f"no recordings of words in the {split} split"):
        check_splits([one for one in BOTH if one.split != split])


def test_what_else_is_odd_is_said():
    remarks = " ".join(check_splits([*BOTH, clip("marvin", "train")]))
    assert "other words, learned as _unknown_: marvin" in remarks
    assert "never recognised: backward bed" in remarks and "yes" not in remarks.split("never recognised:")[1].split("other")[0]
    assert "no running speech: expect" in remarks and "no noise: expect" in remarks


def test_a_transcript_says_which_keywords_may_be_heard():
    assert spoken_keywords("Turn LEFT, please, by the smart mirror; you know it.") == {"left", "smart_mirror", "no"}
    assert spoken_keywords("a mirror that is smart, for cats to use") == set()
    speech = Clip("", "", "speech", "train", "", "", text="go home")
    assert speech.may_contain == {"go"}
    speech.text = ""
    assert speech.may_contain == set(KEYWORDS[:28])  # every command, no wake word


def test_other_words_are_unknown():
    assert label("yes") == "yes" and label("marvin") == "_unknown_"
    assert len(WORDS) == 36 and WORDS[-2:] == ["_unknown_", "_silence_"]


def test_a_folder_without_a_manifest_is_read_by_its_names(tmp_path):
    for name in ("yes/067f61e2_nohash_0.wav", "yes/0165e0e8_nohash_0.wav", "_background_noise_/hum.wav"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(file, utterance("yes", 1), 16_000)
    found = {(clip.kind, clip.label, clip.split, clip.speaker) for clip in list_clips(tmp_path) if clip.kind == "word"}
    assert found == {("word", "yes", "validation", "067f61e2"), ("word", "yes", "train", "0165e0e8")}
    assert [Path(clip.path).name for clip in list_clips(tmp_path) if clip.kind == "noise"] == ["hum.wav"]


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(DataError, match="no such folder: .*nowhere"):
        list_clips(tmp_path / "nowhere")
    with pytest.raises(DataError, match="no clips in .*one folder a word"):
        list_clips(tmp_path)
    (tmp_path / "manifest.csv").write_text("path,word\na.wav,yes\n")
    with pytest.raises(DataError, match="manifest.csv lacks the columns label, split"):
        list_clips(tmp_path)
