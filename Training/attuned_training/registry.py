"""MLflow's registry: versions of exported models, and the runs that made them."""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from .export import ExportError, is_model, write_files
from .front_end import MFCC
from .run_folder import BEST, CHECKPOINT
from .tracking import RUN_FILE, TrackingError, connect, store_address

MODEL = "model"  # the folder of the exported model in a run's artefacts


def register(run: Path, model: Path, address: str, name: str) -> str:
    """Puts an exported model into the registry as a new version, beside the run that made it; returns the version."""
    if not is_model(model):
        raise ExportError(f"no exported model in {model}; first: attuned-training export --cache CACHE --run {run}")
    read_model(model)
    mlflow = connect(address)
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    client, known = MlflowClient(), run / RUN_FILE
    try:
        with mlflow.start_run(run_id=known.read_text().strip() if known.exists() else None, run_name=run.resolve().name):
            identity = mlflow.active_run().info.run_id
            mlflow.log_artifacts(str(model), MODEL)
            for file in (CHECKPOINT, BEST):
                if not known.exists() and (run / file).exists():
                    mlflow.log_artifact(str(run / file))
            source = mlflow.get_artifact_uri(MODEL)
        known.write_text(identity)
        if not any(found.name == name for found in client.search_registered_models(f"name = '{name}'")):
            client.create_registered_model(name)
        return client.create_model_version(name, source, identity).version
    except MlflowException as error:
        raise TrackingError(f"MLflow at {address} does not take {name}: {first_line(error)}") from error


def fetch_version(address: str, registered: str, out: Path) -> None:
    """Writes the model folder of a registered version, as NAME/NUMBER, after checking its sums."""
    name, slash, number = registered.rpartition("/")
    if not slash or not number.isdigit():
        raise TrackingError(f"'{registered}' is not NAME/NUMBER, such as commands/3")
    mlflow = connect(address)
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    try:
        source = MlflowClient().get_model_version(name, number).source
    except MlflowException as error:
        raise TrackingError(f"no version {registered} in the registry at {address}: {first_line(error)}") from error
    with tempfile.TemporaryDirectory() as folder:
        write_files(out, read_model(download(mlflow, source, folder)))


def fetch_run(address: str, identity: str, folder: Path) -> Path:
    """Downloads the checkpoints of a tracked run into a folder; returns it."""
    mlflow = connect(address)
    from mlflow.exceptions import MlflowException

    try:
        names = {item.path for item in mlflow.MlflowClient().list_artifacts(identity)}
    except MlflowException as error:
        raise TrackingError(f"no run {identity} in MLflow at {address}: {first_line(error)}") from error
    if CHECKPOINT not in names:
        raise TrackingError(f"the run {identity} holds no {CHECKPOINT}: it did not finish; go on with it first")
    for name in (CHECKPOINT, BEST):
        if name in names:
            download(mlflow, f"runs:/{identity}/{name}", str(folder))
    return folder


def download(mlflow, source: str, folder: str) -> Path:
    try:
        return Path(mlflow.artifacts.download_artifacts(artifact_uri=source, dst_path=folder))
    except Exception as error:  # whatever the store's client raises
        raise TrackingError(f"cannot download {source}: {first_line(error)}") from error


def read_model(folder: Path) -> dict[str, bytes]:
    """The files of a model folder, whose sums and front end are right."""
    files = {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}
    try:
        description = json.loads(files["model.json"])
        for line in files["SHA256SUMS"].decode().splitlines():
            digest, _, name = line.partition("  ")
            if hashlib.sha256(files[name]).hexdigest() != digest:
                raise ExportError(f"{folder / name} is damaged: its SHA-256 is not that of SHA256SUMS")
        front_end = description["front_end"]
    except (KeyError, ValueError) as error:
        raise ExportError(f"{folder} is not a whole model folder: {error}") from error
    if front_end != MFCC().front_end.to_json():
        raise ExportError(f"{folder} has another front end than this version of attuned-training; use the one that made it")
    return files


def serve(folder: Path, port: int) -> int:
    """Runs an MLflow server for this machine only until it is interrupted; returns its exit status.

    Artefacts are written by the clients themselves, into the same places as without a server.
    """
    connect(str(folder))  # says what is wrong, and makes the experiment
    store, artifacts = store_address(str(folder))
    print(f"http://127.0.0.1:{port} serves {folder}; track with: --mlflow http://127.0.0.1:{port}", flush=True)
    options = ["--backend-store-uri", store, "--default-artifact-root", artifacts, "--no-serve-artifacts"]
    return subprocess.call(
        [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1", *options]
    )


def first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
