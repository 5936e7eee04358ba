"""What a cache holds, which clips it leaves out, and that only a finished one replaces another."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import write_manifest, write_recordings

from attuned_training import cache as cache_module
from attuned_training.cache import Cache, prepare
from attuned_training.codecs import CODECS, through_a_codec
from attuned_training.data import DataError
from attuned_training.decoding import active_span, mixed
from attuned_training.rooms import BEFORE_SAMPLES, simulate_rooms


def test_the_cache_has_every_clip_at_16_khz(cache, recordings):
    assert len(cache.clips) == len((recordings / "manifest.csv").read_text().splitlines()) - 1
    word = cache.select("word", "train")[0]
    heard, _ = soundfile.read(word.path, dtype="float32")
    np.testing.assert_allclose(cache.samples(word), heard, atol=1e-4)
    assert 4_800 - 1_600 < word.span_start < 5_600 and 10_400 < word.span_end < 11_200 + 1_600


def test_a_training_word_is_there_a_second_time_after_a_codec(cache):
    word = cache.select("word", "train")[0]
    plain, coded = cache.samples(word), cache.samples(word, coded=True)
    assert len(plain) == len(coded) and 0.5 < np.corrcoef(plain, coded)[0, 1] < 0.99999


def test_bad_clips_are_listed(tmp_path):
    folder = write_recordings(tmp_path / "data")
    rows = list(csv.DictReader((folder / "manifest.csv").open()))
    words = [row for row in rows if row["label"] == "yes" and row["split"] == "train"]
    silent, clipped, broken = (row["path"] for row in words[:3])
    soundfile.write(folder / silent, np.full(16_000, 1e-4), 16_000)
    soundfile.write(folder / clipped, np.sign(np.sin(np.arange(16_000) / 9)), 16_000)
    (folder / broken).write_text("not audio")
    silent_validation = next(row["path"] for row in rows if row["split"] == "validation")
    soundfile.write(folder / silent_validation, np.zeros(16_000), 16_000)
    soundfile.write(folder / "empty.wav", np.zeros(0), 16_000)
    write_manifest(folder, [*rows, {"path": "empty.wav", "label": "no", "split": "train"}])
    prepare([folder], tmp_path / "cache", processes=1, rooms=0)
    with (tmp_path / "cache/bad_clips.csv").open() as file:
        found = {Path(row["path"]).name: (row["reason"].split()[0], row["action"]) for row in csv.DictReader(file)}
    assert found == {
        silent: ("nearly", "left out"),
        clipped: ("clipped", "kept"),
        broken: ("cannot", "left out"),
        silent_validation: ("nearly", "kept"),  # results are measured on it: leaving it out would flatter
        "empty.wav": ("empty", "left out"),
    }
    kept = {Path(clip.path).name for clip in Cache(tmp_path / "cache").clips}
    assert {clipped, silent_validation} <= kept and not {silent, broken, "empty.wav"} & kept


def test_a_failed_prepare_leaves_the_cache_and_the_next_one_goes_on(recordings, cache_folder, tmp_path, monkeypatch):
    shutil.copytree(cache_folder, tmp_path / "cache")
    before = {file.name: file.read_bytes() for file in (tmp_path / "cache").iterdir()}
    monkeypatch.setattr("attuned_training.decoding.JOURNAL_CLIPS", 4)
    monkeypatch.setattr(cache_module, "simulate_rooms", lambda count: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(OSError, match="No space"):
        prepare([recordings], tmp_path / "cache", processes=1, rooms=3)
    assert {file.name: file.read_bytes() for file in (tmp_path / "cache").iterdir()} == before

    # Killed in the middle: the journal has 8 clips, the files of samples more, the journal's last line is cut.
    journal = tmp_path / "cache.part/decoded.csv"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(True)[:9])[:-5])
    decoded = []
    monkeypatch.setattr(cache_module, "simulate_rooms", simulate_rooms)
    real = cache_module.decode
    monkeypatch.setattr(
        cache_module, "decode", lambda *all: decoded.append(len(journal.read_bytes().splitlines())) or real(*all)
    )
    prepare([recordings], tmp_path / "cache", processes=1, rooms=3)
    assert decoded == [9]
    assert {file.name: file.read_bytes() for file in (tmp_path / "cache").iterdir()} == before
    assert [file.name for file in tmp_path.iterdir()] == ["cache"]


def test_a_folder_of_something_else_is_never_overwritten(recordings, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match="exists and is not a cache"):
        prepare([recordings], tmp_path, processes=1, rooms=0)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_broken_cache_is_told(cache_folder, tmp_path):
    with pytest.raises(DataError, match="no cache in .*attuned-training prepare"):
        Cache(tmp_path)
    shutil.copytree(cache_folder, tmp_path / "cache")
    with (tmp_path / "cache/samples.int16").open("r+b") as file:
        file.truncate(1000)
    with pytest.raises(DataError, match="samples.int16 is incomplete: 500 samples"):
        Cache(tmp_path / "cache")


def test_the_span_is_the_loud_part():
    samples = np.zeros(16_000, np.int16)
    samples[5_000:9_000] = 8_000 * np.sin(np.arange(4_000))
    first, last = active_span(samples)
    assert 3_900 <= first <= 5_000 and 9_000 <= last <= 10_200
    assert active_span(np.full(16_000, 100, np.int16)) == (0, 16_000)


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: f"{codec[1]}-{codec[3]}")
def test_a_codec_keeps_length_and_place(codec, monkeypatch):
    monkeypatch.setattr("attuned_training.codecs.CODECS", [codec])
    # A chirp has one place only.
    time = np.arange(16_000) / 16_000
    samples = np.round(9_000 * np.sin(2 * np.pi * (300 * time + 600 * time**2))).astype(np.int16)
    heard = through_a_codec(samples, np.random.default_rng(1))
    assert heard.dtype == np.int16 and len(heard) == len(samples)
    spectra = [np.fft.rfft(signal.astype(float), 32_768) for signal in (heard, samples)]
    correlation = np.fft.irfft(spectra[0] * spectra[1].conj())
    lag = (int(correlation.argmax()) + 16_384) % 32_768 - 16_384
    assert abs(lag) <= 16  # 1 ms


def test_the_direct_sound_of_a_room_is_where_it_should_be():
    rooms = simulate_rooms(3)
    assert rooms.shape == (3, 6_400)
    assert (np.abs(rooms).argmax(1) == BEFORE_SAMPLES).all()
    np.testing.assert_allclose(np.square(rooms).sum(1), 1, rtol=1e-5)


@pytest.mark.parametrize("gains", [[1], [1, -1], [0.2, -1], [1, -1, 1, -1], [1, 0, 0, -1]])
def test_opposite_channels_do_not_cancel(gains):
    sound = np.random.default_rng(1).normal(0, 0.1, 16000).astype(np.float32)
    samples = mixed(np.outer(sound, gains).astype(np.float32))
    assert np.allclose(np.abs(samples), np.abs(sound) * np.abs(gains).mean(), atol=1e-6)
    other = np.random.default_rng(2).normal(0, 0.1, 16000).astype(np.float32)
    assert np.allclose(mixed(np.stack([sound, other], axis=1)), (sound + other) / 2)
