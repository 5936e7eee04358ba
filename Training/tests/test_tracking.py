"""Experiments in MLflow, for real: in a folder and on a server, from training to an exported version."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from conftest import TINY

from attuned_training.command_line import main
from attuned_training.tracking import TrackingError, connect, store_address

PACKAGE = str(Path(__file__).parents[1])

WITHOUT_MLFLOW = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("mlflow", "matplotlib"):
            raise ImportError(f"{name} is not installed")
sys.meta_path.insert(0, Refuse())
from attuned_training.command_line import main
sys.exit(main(sys.argv[1:]))
"""


def without_mlflow(*words: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", WITHOUT_MLFLOW, *map(str, words)]
    return subprocess.run(command, env=os.environ | {"PYTHONPATH": PACKAGE}, capture_output=True, text=True)


def test_training_works_without_mlflow_and_matplotlib(cache_folder, tmp_path):
    small = [text for change in [*TINY, "words.epochs=1", "streams.epochs=0"] for text in ("--set", change)]
    train = ["train", "--cache", cache_folder, "--run", tmp_path / "run", *small]
    done = without_mlflow(*train)
    assert done.returncode == 0 and (tmp_path / "run/checkpoint.pt").exists(), done.stderr
    told = without_mlflow(*train, "--mlflow", tmp_path / "store")
    assert told.returncode == 1
    assert told.stderr.splitlines()[-1].endswith("MLflow is not installed; try: pip install 'attuned-training[tracking]'")
    told = without_mlflow("curves", "--run", tmp_path / "run", "--out", tmp_path / "curves.svg")
    assert told.returncode == 1 and "pip install 'attuned-training[plots]'" in told.stderr


def test_a_folder_of_something_else_is_no_store(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(TrackingError, match="holds other files and no mlflow.db"):
        store_address(str(tmp_path))
    with pytest.raises(TrackingError, match="is a file"):
        store_address(str(tmp_path / "thesis.txt"))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(address: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return urllib.request.urlopen(f"{address}/health", timeout=5).close()
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


@pytest.fixture(scope="module")
def mlflow():
    return pytest.importorskip("mlflow", reason="MLflow is not installed: pip install -e 'Training[tracking]'")


@pytest.fixture(scope="module")
def store(mlflow, tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("tracking") / "store"


@pytest.fixture(scope="module")
def tracked(store, cache_folder, tmp_path_factory) -> Path:
    """A run of two epochs, tracked in a folder."""
    run = tmp_path_factory.mktemp("tracked") / "run"
    words = ["train", "--cache", cache_folder, "--run", run, "--workers", "0", "--mlflow", store]
    words += [text for change in [*TINY, "words.epochs=1", "streams.epochs=1"] for text in ("--set", change)]
    assert main([str(word) for word in words]) == 0
    return run


@pytest.fixture(scope="module")
def exported(tracked, cache_folder) -> Path:
    """The model folder of that run, where `register` looks for it."""
    assert main(["export", "--cache", str(cache_folder), "--run", str(tracked)]) == 0
    return tracked / "model"


def test_a_run_is_tracked_in_a_folder(mlflow, store, tracked):
    client = connect(str(store)).MlflowClient()
    identity = (tracked / "mlflow-run").read_text()
    found = client.get_run(identity)
    assert found.info.status == "FINISHED" and found.data.params["batch"] == "8"
    assert [point.step for point in client.get_metric_history(identity, "loss")] == [1, 2]
    names = {item.path for item in client.list_artifacts(identity)}
    assert names == {
        "recipe.json",
        "log.jsonl",
        "hard_negatives.csv",
        "suspects.csv",
        "best.pt",
        "checkpoint.pt",
        "curves.svg",
    }


def test_a_run_becomes_a_version_on_a_server_and_is_exported_again(
    mlflow, store, tracked, exported, cache_folder, tmp_path, capsys
):
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "attuned_training", "tracking-server", "--folder", store, "--port", port]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [str(word) for word in command],
            env=os.environ | {"PYTHONPATH": PACKAGE},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_for(address, process)
        assert main(["register", "--run", str(tracked), "--mlflow", address, "--name", "tiny"]) == 0
        assert main(["register", "--run", str(tracked), "--mlflow", address, "--name", "tiny"]) == 0
        assert "registered tiny/2" in capsys.readouterr().out
        files = {file.name: file.read_bytes() for file in exported.iterdir()}
        for number, where in (("2", address), ("1", str(store))):  # through the server, and without it
            out = tmp_path / number
            assert main(["export", "--mlflow", where, "--registered", f"tiny/{number}", "--out", str(out)]) == 0
            assert {file.name: file.read_bytes() for file in out.iterdir()} == files
        assert main(["export", "--mlflow", address, "--registered", "tiny/9", "--out", str(tmp_path / "9")]) == 1
        assert "no version tiny/9 in the registry" in capsys.readouterr().err
        run = (tracked / "mlflow-run").read_text()
        words = ["export", "--cache", str(cache_folder), "--mlflow", address, "--mlflow-run", run, "--out"]
        assert main([*words, str(tmp_path / "run")]) == 0
        assert json.loads((tmp_path / "run/model.json").read_text())["sha256"] in files["SHA256SUMS"].decode()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def test_what_mlflow_does_not_have_is_told(mlflow, store, tracked, cache_folder, tmp_path, capsys):
    def told(*words: object) -> str:
        assert main([str(word) for word in words]) == 1
        return capsys.readouterr().err.splitlines()[-1]

    out = ["--out", tmp_path / "model"]
    assert "no run 0000 in MLflow at" in told(
        "export", "--cache", cache_folder, "--mlflow", store, "--mlflow-run", "0000", *out
    )
    assert "is not NAME/NUMBER" in told("export", "--mlflow", store, "--registered", "commands", *out)
    nowhere = f"http://127.0.0.1:{free_port()}"
    assert "MLflow does not answer at" in told("export", "--mlflow", nowhere, "--registered", "commands/1", *out)
    assert "say where MLflow is" in told("export", "--registered", "commands/1", *out)
    assert not (tmp_path / "model").exists()


def test_only_a_whole_model_is_registered(mlflow, store, tracked, exported, tmp_path, capsys):
    damaged = Path(shutil.copytree(exported, tmp_path / "damaged"))
    with (damaged / "model.safetensors").open("ab") as file:
        file.write(b"!")
    for model, said in ((damaged, "model.safetensors is damaged"), (tmp_path / "no", "no exported model in")):
        assert main(["register", "--run", str(tracked), "--model", str(model), "--mlflow", str(store)]) == 1
        assert said in capsys.readouterr().err
