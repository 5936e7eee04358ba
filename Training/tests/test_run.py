"""The training run: its loss, what it leaves behind, and what happens when it is stopped or started wrongly."""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from conftest import TINY

from attuned_training.checkpoint import RunError, load_trained, read_checkpoint
from attuned_training.optimisation import exponential_average, learning_rate, loss_of
from attuned_training.recipe import Recipe, Stage, with_changes
from attuned_training.run import Run
from attuned_training.run_folder import read_log

RECIPE = with_changes(Recipe(), TINY)


@contextlib.contextmanager
def no_file_over(size: int):
    """As on a full disk: a write beyond so many bytes of a file fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def stopped(finished_run, tmp_path) -> Path:
    """A copy of the finished run, to go on with or to damage."""
    return Path(shutil.copytree(finished_run, tmp_path / "run"))


def test_with_one_right_output_the_loss_is_cross_entropy_with_label_smoothing():
    logits, labels = torch.randn(20, 36), torch.randint(36, (20,))
    right = torch.nn.functional.one_hot(labels, 36).bool()
    expected = torch.nn.functional.cross_entropy(logits, labels, label_smoothing=0.1)
    torch.testing.assert_close(loss_of(logits, right, 0.1), expected)


def test_any_of_several_right_outputs_will_do():
    logits = torch.full((1, 4), -20.0)
    right = torch.tensor([[True, True, False, False]])
    for word, low in ((0, True), (1, True), (2, False)):
        sure = logits.clone()
        sure[0, word] = 20
        assert (loss_of(sure, right, 0) < 0.01) == low


def test_the_learning_rate_rises_and_falls():
    stage = Stage(epochs=10, learning_rate=1.0, label_smoothing=0)
    rates = [learning_rate(progress / 100, stage, 0.1) for progress in range(101)]
    assert rates[0] == pytest.approx(0.01) and rates[10] == pytest.approx(1) and rates[100] == pytest.approx(0.01)
    assert rates[:11] == sorted(rates[:11]) and rates[10:] == sorted(rates[10:], reverse=True)


def test_the_average_forgets_the_first_weights_and_then_moves_slowly():
    average = torch.optim.swa_utils.AveragedModel(torch.nn.Linear(1, 1), multi_avg_fn=exponential_average(0.9))
    model = torch.nn.Linear(1, 1)
    weight = model.weight.data
    values = []
    for step in range(120):
        weight.fill_(100.0 if step == 0 else 1.0)
        average.update_parameters(model)
        values.append(average.module.weight.item())
    assert values[0] == 100 and values[10] < 5 and values[119] == pytest.approx(1, abs=0.05)
    before = values[-1]
    weight.fill_(2.0)
    average.update_parameters(model)
    assert average.module.weight.item() == pytest.approx(before + 0.1 * (2 - before), abs=1e-3)


def test_a_run_leaves_a_log_checkpoints_and_what_it_found(finished_run):
    rows = read_log(finished_run)
    assert [(row["epoch"], row["stage"]) for row in rows] == [(1, "words"), (2, "words"), (3, "streams")]
    assert rows[2]["wake_word_miss_rate"] >= 0 and rows[2]["calibration_loss"] > 0
    names = {file.name for file in finished_run.iterdir()}
    assert names == {"recipe.json", "checkpoint.pt", "best.pt", "log.jsonl", "hard_negatives.csv", "suspects.csv"}


def test_a_killed_run_ends_with_the_weights_of_an_unbroken_one(cache, cache_folder, finished_run, tmp_path):
    folder = tmp_path / "run"
    changes = [text for change in TINY for text in ("--set", change)]
    command = [sys.executable, "-m", "attuned_training", "train", "--cache", cache_folder, "--run", folder, *changes]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 60
        while not (folder / "checkpoint.pt").exists() and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.01)
        time.sleep(0.2)
        os.killpg(process.pid, signal.SIGKILL)  # its loader's workers too
    assert process.wait() == -signal.SIGKILL, (tmp_path / "log").read_text()
    assert 1 <= read_checkpoint(folder / "checkpoint.pt")["progress"]["epoch"] < 3

    resumed = Run(cache, folder, RECIPE, workers=0)
    number = resumed.progress.epoch + 1
    unbroken = Run(cache, tmp_path / "other", RECIPE, workers=0)
    if number <= RECIPE.words.epochs:
        assert resumed.draw_epoch(number).draws == unbroken.draw_epoch(number).draws
    resumed.train()
    assert [row["epoch"] for row in read_log(folder)] == [1, 2, 3]
    expected, found = (read_checkpoint(run / "checkpoint.pt")["network"] for run in (finished_run, folder))
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, atol=1e-4, rtol=1e-4)


def test_a_run_of_another_recipe_is_left_alone(cache, stopped):
    before = (stopped / "checkpoint.pt").read_bytes()
    with pytest.raises(RunError, match=r"another recipe \(batch: 8 there, 9 here\); give that recipe .* or another --run"):
        Run(cache, stopped, with_changes(RECIPE, ["batch=9"]))
    assert (stopped / "checkpoint.pt").read_bytes() == before


def test_a_run_begins_with_the_weights_of_another(cache, finished_run, tmp_path):
    recipe = with_changes(RECIPE, ["words.epochs=0"])
    run = Run(cache, tmp_path / "next", recipe, workers=0, start=finished_run)
    mfcc, network, state = load_trained(finished_run)
    for name, tensor in network.state_dict().items():
        torch.testing.assert_close(run.average.module.state_dict()[name], tensor)
    torch.testing.assert_close(run.mfcc.mean, mfcc.mean)
    run.train()
    kept = read_checkpoint(tmp_path / "next" / "checkpoint.pt")
    assert kept["progress"]["epoch"] == recipe.streams.epochs
    assert kept["started_from"]["epoch"] == state["progress"]["epoch"]


def test_a_run_of_another_front_end_is_told(stopped):
    state = read_checkpoint(stopped / "best.pt")
    state["setting"]["front_end"]["mel_low_hz"] = 50
    torch.save(state, stopped / "best.pt")
    with pytest.raises(RunError, match=r"another front end, network or list of words \(front_end.mel_low_hz: 50 there, 20 here"):
        load_trained(stopped)


@pytest.mark.parametrize("damage", ["cut", "text", "list"])
def test_a_damaged_checkpoint_is_told_and_kept(cache, stopped, damage):
    file = stopped / "checkpoint.pt"
    if damage == "cut":
        os.truncate(file, file.stat().st_size // 2)
    elif damage == "text":
        file.write_text("not a checkpoint")
    else:
        torch.save([1, 2], file)
    before = file.read_bytes()
    with pytest.raises(RunError, match="checkpoint.pt is damaged .*; move it away to begin anew"):
        Run(cache, stopped, RECIPE)
    assert file.read_bytes() == before


def test_without_space_the_last_checkpoint_stays(cache, stopped):
    run = Run(cache, stopped, RECIPE)
    before = {file.name: file.read_bytes() for file in stopped.iterdir()}
    with no_file_over(1_000_000), pytest.raises(RunError, match=r"cannot write .*checkpoint.pt \(\d+ MB free\).*make space"):
        run.save("checkpoint.pt")
    assert {file.name: file.read_bytes() for file in stopped.iterdir()} == before


def test_a_folder_of_something_else_is_not_trained_in(cache, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(RunError, match="holds other files and no run"):
        Run(cache, tmp_path, RECIPE)
    with pytest.raises(RunError, match="is a file"):
        Run(cache, tmp_path / "thesis.txt", RECIPE)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_log_that_is_ahead_of_its_checkpoint_is_cut_back(cache, stopped):
    with (stopped / "log.jsonl").open("a") as file:
        file.write('{"epoch": 4, "loss": 1}\n{"epo')
    Run(cache, stopped, RECIPE)
    assert [row["epoch"] for row in read_log(stopped)] == [1, 2, 3]


def test_a_run_with_another_cache_is_told(cache, stopped):
    state = read_checkpoint(stopped / "checkpoint.pt")
    state["hard"] = [{"path": "elsewhere.wav", "start": 0, "word": "yes", "score": 1.0}]
    torch.save(state, stopped / "checkpoint.pt")
    with pytest.raises(RunError, match="elsewhere.wav, a hard negative of .*, is not in this cache"):
        Run(cache, stopped, RECIPE).draw_epoch(3)
