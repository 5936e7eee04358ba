"""Experiments in MLflow: parameters, curves and artefacts of a run. Optional: nothing here imports it until asked to."""

from pathlib import Path

from tqdm import tqdm

from .errors import TrainingError
from .recipe import Recipe, flat

EXPERIMENT = "attuned"
RUN_FILE = "mlflow-run"  # in the folder of a run: the id of its MLflow run


class Tracker:
    """Tracks nothing; what a run has when MLflow is not asked for."""

    def start(self, folder: Path, recipe: Recipe) -> None:
        """Called once before the first epoch, also of a resumed run."""

    def log(self, row: dict) -> None:
        """One epoch's numbers."""

    def stop(self) -> None:
        """Called instead of `finish` when a run stops early."""

    def finish(self, folder: Path) -> None:
        """Called once after the last epoch."""


class TrackingError(TrainingError):
    """MLflow is missing, does not answer, or does not have what was asked for."""


def store_address(address: str) -> tuple[str, str | None]:
    """The tracking address for MLflow, and where artefacts go: a folder becomes an SQLite file and `artifacts` in it.

    The second is None for an address with a scheme, whose server knows.
    """
    if "://" in address:
        return address, None
    folder = Path(address).expanduser().resolve()
    if folder.exists() and not folder.is_dir():
        raise TrackingError(f"{folder} is a file; --mlflow takes a folder or the address of a server")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "mlflow.db").exists():
        raise TrackingError(f"{folder} holds other files and no mlflow.db; give a folder of its own")
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder}/mlflow.db", (folder / "artifacts").as_uri()


def connect(address: str):
    """The `mlflow` module, set to a store that answers; TrackingError otherwise."""
    quiet_mlflow()
    try:
        import mlflow
    except ImportError as error:
        raise TrackingError("MLflow is not installed; try: pip install 'attuned-training[tracking]'") from error
    store, artifacts = store_address(address)
    try:
        mlflow.set_tracking_uri(store)
        mlflow.set_registry_uri(store)
        if artifacts and mlflow.get_experiment_by_name(EXPERIMENT) is None:
            mlflow.create_experiment(EXPERIMENT, artifact_location=artifacts)
        mlflow.set_experiment(EXPERIMENT)
    except Exception as error:  # whatever the store's client raises
        reason = str(error).strip().partition("\n")[0]
        raise TrackingError(
            f"MLflow does not answer at {address} ({reason}); give a folder, or start a server with: attuned-training "
            "tracking-server --folder DIR"
        ) from error
    return mlflow


def quiet_mlflow() -> None:
    """A server that is not there is told after seconds, not minutes; and SQLite's set-up is not logged step by step."""
    import logging
    import os

    for name, value in {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "20"}.items():
        os.environ.setdefault(name, value)
    for name in ("alembic", "mlflow.store.db.utils", "mlflow.tracking.fluent"):
        logging.getLogger(name).setLevel(logging.WARNING)


class MLflowTracker(Tracker):
    """Tracks a run in MLflow, in a folder or on a server; a resumed run goes on in the same MLflow run."""

    def __init__(self, address: str):
        self.mlflow = connect(address)

    def start(self, folder: Path, recipe: Recipe) -> None:
        known = folder / RUN_FILE
        try:
            if known.exists():
                self.mlflow.start_run(run_id=known.read_text().strip())
            else:
                self.mlflow.start_run(run_name=folder.resolve().name)
                known.write_text(self.mlflow.active_run().info.run_id)
            self.mlflow.log_params(flat(recipe.to_json()))
        except self.mlflow.exceptions.MlflowException as error:
            raise TrackingError(
                f"cannot go on with the MLflow run in {known}: {error}; give the --mlflow it is on, or delete that file"
            ) from error

    def log(self, row: dict) -> None:
        """Metrics by epoch; `stage` is none."""
        metrics = {name: value for name, value in row.items() if isinstance(value, (int, float)) and name != "epoch"}
        self.mlflow.log_metrics(metrics, step=row["epoch"])

    def stop(self) -> None:
        self.mlflow.end_run("KILLED")

    def finish(self, folder: Path) -> None:
        from .curves import PlotError, plot_curves

        for name in ("recipe.json", "log.jsonl", "hard_negatives.csv", "suspects.csv", "best.pt", "checkpoint.pt"):
            if (folder / name).exists():
                self.mlflow.log_artifact(str(folder / name))
        try:
            self.mlflow.log_artifact(str(plot_curves([folder], folder / "curves.svg")))
        except PlotError as error:
            tqdm.write(str(error))
        self.mlflow.end_run()
