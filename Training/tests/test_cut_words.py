"""Words cut out of running speech."""

import csv
from shutil import which

import numpy as np
import pytest
import soundfile
from conftest import write_manifest
from spoken import say

from attuned_training.command_line import main
from attuned_training.cut_words import spoken

pytestmark = pytest.mark.skipif(not which("espeak-ng"), reason="espeak-ng is missing: apt-get install espeak-ng")

PAUSE = 8_000  # samples


def test_a_transcript_is_taken_apart():
    assert spoken("Don't turn 'it' off -- SIX times!") == ["don't", "turn", "it", "off", "six", "times"]


def test_a_word_is_cut_where_it_was_said(tmp_path, capsys):
    """Between two pauses, so that it is known where it is."""
    parts = [say(text, "en-us+f2", tmp_path / f"{text[:4]}.wav") for text in ("please turn the radio", "off", "this evening")]
    folder = tmp_path / "speech"
    folder.mkdir()
    soundfile.write(folder / "a.wav", np.concatenate([np.pad(part, PAUSE // 2) for part in parts]), 16_000)
    soundfile.write(folder / "lies.wav", 0.01 * np.random.default_rng(1).standard_normal(32_000), 16_000)
    row = {"label": "", "split": "train", "licence": "CC0", "source": "here"}
    write_manifest(
        folder,
        [
            row | {"path": "a.wav", "text": "Please turn the radio off this evening."},
            row | {"path": "lies.wav", "text": "please turn it off"},
            row | {"path": "lost.wav", "text": "off"},
        ],
    )
    assert main(["cut-words", str(folder), "--out", str(tmp_path / "cut"), "--word", "off", "--processes", "1"]) == 0
    assert "cut: 1 off\nleft out: 2 utterances" in capsys.readouterr().out
    with (tmp_path / "cut/manifest.csv").open(newline="") as table:
        (cut,) = csv.DictReader(table)
    assert (cut["label"], cut["licence"], cut["source"], cut["split"]) == ("off", "CC0", "here", "train")
    samples, rate = soundfile.read(tmp_path / "cut" / cut["path"])
    said = parts[1]
    assert rate == 16_000 and 0.2 * rate < len(samples) < len(said) + PAUSE
    energy = np.square(said).sum()
    assert 0.7 * energy < np.square(samples).sum() < 1.05 * energy


def test_speech_without_the_word_is_told(tmp_path, capsys):
    folder = tmp_path / "speech"
    folder.mkdir()
    write_manifest(folder, [{"path": "a.wav", "label": "", "split": "train", "text": "nothing of it"}])
    assert main(["cut-words", str(folder), "--out", str(tmp_path / "cut")]) == 1
    assert "no transcribed running speech" in capsys.readouterr().err
