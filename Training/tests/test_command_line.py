"""What a person is told on the command line: one line, what to do, and nothing overwritten."""

import json
from pathlib import Path

import pytest
from conftest import TINY
from test_run import no_file_over

from attuned_training import ablation, command_line
from attuned_training.ablation import PIECES, AblationError, short
from attuned_training.command_line import main
from attuned_training.curves import PlotError, plot_curves
from attuned_training.recipe import Recipe, with_changes


def told(capsys, *words: object, code: int = 1) -> str:
    """What a command that cannot be done says: one line."""
    assert main([str(word) for word in words]) == code
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("attuned-training: ")
    return line


@pytest.mark.parametrize("command", ["prepare", "train", "evaluate", "export", "ablate", "curves", "register"])
def test_a_folder_that_is_missing_is_named(command, tmp_path, capsys):
    nowhere, new = tmp_path / "nowhere", tmp_path / "new"
    words = {
        "prepare": [nowhere, "--cache", new],
        "train": ["--cache", nowhere, "--run", new],
        "evaluate": ["--cache", nowhere, "--run", new],
        "export": ["--cache", nowhere, "--run", new, "--out", tmp_path / "out"],
        "ablate": ["--cache", nowhere, "--out", new],
        "curves": ["--run", nowhere, "--out", tmp_path / "curves.svg"],
        "register": ["--run", nowhere, "--mlflow", tmp_path / "store"],
    }[command]
    assert str(nowhere) in told(capsys, command, *words)
    assert list(tmp_path.iterdir()) == []


def test_a_cache_without_its_run_is_told(cache_folder, tmp_path, capsys):
    for command in ("evaluate", "export"):
        line = told(capsys, command, "--cache", cache_folder, "--run", tmp_path / "run")
        assert "no checkpoint" in line and "attuned-training train --run" in line


def test_a_wrong_change_of_the_recipe_makes_no_folder(cache_folder, tmp_path, capsys):
    line = told(capsys, "train", "--cache", cache_folder, "--run", tmp_path / "run", "--set", "epochs=3")
    assert "'epochs=3' changes nothing; write NAME=VALUE" in line
    assert not (tmp_path / "run").exists()


def test_what_is_no_output_folder_is_left_alone(cache_folder, recordings, finished_run, tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years of work")
    for words in (
        ["prepare", recordings, "--cache", tmp_path],
        ["train", "--cache", cache_folder, "--run", tmp_path],
        ["export", "--cache", cache_folder, "--run", finished_run, "--out", tmp_path],
        ["ablate", "--cache", cache_folder, "--out", tmp_path],
    ):
        assert "give another --" in told(capsys, *words)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_no_space_left_is_told_and_preparing_goes_on_later(recordings, tmp_path, capsys):
    words = ["prepare", recordings, "--cache", tmp_path / "cache", "--rooms", 0, "--processes", 1]
    with no_file_over(300_000):
        line = told(capsys, *words)
    assert "no space left (" in line and "make space and run the same command again" in line
    assert not (tmp_path / "cache").exists()
    assert main([str(word) for word in words]) == 0
    assert (tmp_path / "cache/clips.csv").exists() and not (tmp_path / "cache.part").exists()


def test_no_space_left_during_an_export_leaves_nothing_behind(cache_folder, finished_run, tmp_path, capsys):
    with no_file_over(300_000):
        line = told(capsys, "export", "--cache", cache_folder, "--run", finished_run, "--out", tmp_path / "model")
    assert "no space left (" in line
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_is_told(monkeypatch, capsys, tmp_path):
    def interrupted(arguments):
        raise KeyboardInterrupt

    monkeypatch.setitem(command_line.COMMANDS, "curves", interrupted)
    line = told(capsys, "curves", "--run", tmp_path, "--out", tmp_path / "a.svg", code=130)
    assert "interrupted; nothing is lost" in line


def test_bugs_are_not_hidden(monkeypatch, tmp_path):
    def broken(arguments):
        raise RuntimeError("shapes do not match")

    monkeypatch.setitem(command_line.COMMANDS, "curves", broken)
    with pytest.raises(RuntimeError):
        main(["curves", "--run", str(tmp_path), "--out", str(tmp_path / "a.svg")])


def test_evaluate_prints_json(cache_folder, finished_run, capsys):
    assert main(["evaluate", "--cache", str(cache_folder), "--run", str(finished_run)]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"calibration", "thresholds", "results"}


def test_curves_are_drawn(finished_run, tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install -e 'Training[plots]'")
    for name in ("curves.svg", "curves.png"):
        assert plot_curves([finished_run], tmp_path / name).stat().st_size > 10_000
    text = (tmp_path / "curves.svg").read_text()
    assert text.startswith("<?xml") and "<!-- missed at the budget, % -->" in text
    with pytest.raises(PlotError, match="must end in one of .pdf .png .svg"):
        plot_curves([finished_run], tmp_path / "curves.gif")
    with pytest.raises(PlotError, match="no such folder"):
        plot_curves([finished_run], tmp_path / "no/curves.svg")


def test_every_ablation_changes_the_recipe_and_only_the_last_its_stages():
    whole = short(Recipe(), 12)
    assert (whole.words.epochs, whole.streams.epochs) == (9, 3)
    changed = [short(with_changes(Recipe(), changes), 12, streams=piece != "streams") for piece, changes in PIECES.items()]
    assert len(set(map(str, changed))) == len(PIECES)
    assert {recipe.epochs for recipe in changed} == {12}
    assert changed[-1].streams.epochs == 0
    with pytest.raises(AblationError, match="--epochs 1 leaves none for words"):
        short(Recipe(), 1)


def test_ablations_are_run_once_and_tabled(cache_folder, tmp_path, capsys):
    out = tmp_path / "ablations"
    small = [text for change in TINY[2:] for text in ("--set", change)]
    words = ["ablate", "--cache", cache_folder, "--out", out, "--epochs", 2, "--only", "streams", "--workers", 0, *small]
    assert main([str(word) for word in words]) == 0
    rows = ablation.read(out / "ablations.csv")
    assert [row["without"] for row in rows] == ["", "streams"]
    assert all(float(row["accuracy_at_5_db"]) >= 0 and row["wake_word_miss_rate"] for row in rows)
    assert all(row["settings"] == " ".join(small) for row in rows)
    before = {file: file.stat().st_mtime_ns for file in out.rglob("checkpoint.pt")}
    assert len(before) == 2
    assert main([str(word) for word in words]) == 0  # both are finished: nothing is trained again
    assert {file: file.stat().st_mtime_ns for file in out.rglob("checkpoint.pt")} == before
    assert "no such piece: magic" in told(capsys, *words[:-len(small)], "--only", "magic")
    Path(out / "ablations.csv").write_text("a,b\n1,2\n")
    with pytest.raises(AblationError, match="is not a table of attuned-training ablate"):
        ablation.read(out / "ablations.csv")
