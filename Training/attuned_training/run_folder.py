"""What lies in the folder of a run: `recipe.json`, `checkpoint.pt`, `best.pt`, `log.jsonl`, tables of what was found."""

import json
from pathlib import Path

from .checkpoint import RunError
from .recipe import Recipe

CHECKPOINT, BEST, LOG, RECIPE = "checkpoint.pt", "best.pt", "log.jsonl", "recipe.json"


def claim(folder: Path, recipe: Recipe) -> None:
    """Makes the folder of a new run, or accepts that of one which stopped; RunError for a folder of something else."""
    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder} is a file; give another --run folder")
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / CHECKPOINT).exists():
        return
    if (folder / BEST).exists():
        raise RunError(f"{folder} has a {BEST} but no {CHECKPOINT} to go on from; give another --run folder")
    if any(folder.iterdir()) and not (folder / RECIPE).exists():
        raise RunError(f"{folder} holds other files and no run; give another --run folder")
    (folder / RECIPE).write_text(json.dumps(recipe.to_json(), indent=2) + "\n")
    keep_log(folder, 0)


def read_log(folder: Path) -> list[dict]:
    """The numbers of each epoch, in order; a line that was cut short by a kill is not one."""
    log = folder / LOG
    rows = []
    for line in log.read_text().splitlines() if log.exists() else ():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return rows


def add_to_log(folder: Path, row: dict) -> None:
    """One line, before the epoch's checkpoint: what is logged and not in the checkpoint is forgotten by `keep_log`."""
    with (folder / LOG).open("a") as file:
        file.write(json.dumps(row) + "\n")


def keep_log(folder: Path, epochs: int) -> None:
    """Keeps the lines of the first epochs only."""
    log, part = folder / LOG, folder / f"{LOG}.part"
    if log.exists():
        part.write_text("".join(json.dumps(row) + "\n" for row in read_log(folder) if row["epoch"] <= epochs))
        part.replace(log)
