"""Splits, masks, folders without a manifest, and errors that name what is wrong."""

import numpy as np
import pytest
import soundfile

from attuned_training.data import Cache, Clip, DataError, active_span, held_out, list_clips, official_split, prepare
from attuned_training.words import WORDS, contains_keyword, label


def test_the_official_split_follows_the_speaker():
    # Names of the data set's own validation and training lists; what follows `_nohash_` does not matter.
    assert official_split("067f61e2_nohash_0_deda0d") == official_split("067f61e2_nohash_4") == "validation"
    assert official_split("0165e0e8_nohash_0_54fc9f") == "train"
    splits = [official_split(f"{speaker:08x}_nohash_0") for speaker in range(2000)]
    assert 0.07 < splits.count("validation") / 2000 < 0.13 and 0.07 < splits.count("test") / 2000 < 0.13


def test_a_fifth_of_the_running_speech_is_held_out_by_its_name():
    part = sum(held_out(f"speech/{number}.opus") for number in range(2000)) / 2000
    assert 0.17 < part < 0.23
    assert held_out("a/b.opus") == held_out("elsewhere/b.opus")


def test_transcripts_with_a_keyword_are_masked():
    assert contains_keyword("Turn LEFT, please.")
    assert contains_keyword("a smart mirror")
    assert contains_keyword("you know")
    assert not contains_keyword("a mirror that is smart, to be used for cats")
    masked = Clip("", "", "speech", "train", "", "", text="go home")
    assert masked.masked and not Clip("", "go", "word", "train", "", "", text="go home").masked


def test_other_words_are_unknown():
    assert label("yes") == "yes" and label("marvin") == "_unknown_"
    assert len(WORDS) == 28 and WORDS[:20] == sorted(WORDS[:20]) and WORDS[-2:] == ["_unknown_", "_silence_"]


def test_the_span_is_the_loud_part():
    samples = np.zeros(16_000, np.int16)
    samples[5_000:9_000] = 8_000 * np.sin(np.arange(4_000))
    first, last = active_span(samples)
    assert 3_900 <= first <= 5_000 and 9_000 <= last <= 10_200
    assert active_span(np.full(16_000, 100, np.int16)) == (0, 16_000)


def test_folders_are_labels_and_unreadable_clips_are_left_out(tmp_path, capsys):
    for name in ("yes/067f61e2_nohash_0.wav", "yes/0165e0e8_nohash_0.wav", "_background_noise_/hum.wav"):
        file = tmp_path / "data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(file, 0.1 * np.random.default_rng(1).standard_normal(8_000), 8_000)
    (tmp_path / "data/yes/0165e0e8_nohash_1.wav").write_text("not audio")
    clips = {(clip.kind, clip.label, clip.split) for clip in list_clips(tmp_path / "data")}
    assert clips == {("word", "yes", "validation"), ("word", "yes", "train"), ("noise", "_noise_", "train")}
    assert len(prepare([tmp_path / "data"], tmp_path / "cache", processes=1)) == 3
    assert "0165e0e8_nohash_1.wav" in capsys.readouterr().out
    cache = Cache(tmp_path / "cache")
    assert [len(cache.samples(clip)) for clip in cache.clips] == [16_000] * 3


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(DataError, match="no such folder: .*nowhere"):
        list_clips(tmp_path / "nowhere")
    with pytest.raises(DataError, match="no clips in"):
        list_clips(tmp_path)
    with pytest.raises(DataError, match="attuned-training prepare"):
        Cache(tmp_path)
