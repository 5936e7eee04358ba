"""Folders that are written whole or not at all, and never over something else."""

import shutil
from collections.abc import Callable
from pathlib import Path

from .errors import TrainingError


def beside(folder: Path) -> tuple[Path, Path]:
    """Where a folder is written until it is whole, and where the one before goes meanwhile."""
    folder = folder.absolute()
    return folder.with_name(folder.name + ".part"), folder.with_name(folder.name + ".before")


def claim_place(folder: Path, is_ours: Callable[[Path], bool], what: str, option: str, error: type[TrainingError]) -> Path:
    """Where to write a folder of a kind; an error if its place is taken by anything but an empty or older one."""
    if folder.exists() and not folder.is_dir() or folder.is_dir() and any(folder.iterdir()) and not is_ours(folder):
        raise error(f"{folder} exists and is not a {what}; give another {option} folder")
    part, before = beside(folder)
    if before.exists() and not folder.exists():  # killed between the two renames of `put_in_place`
        before.replace(folder)
    part.parent.mkdir(parents=True, exist_ok=True)
    return part


def put_in_place(folder: Path) -> None:
    """The part that is now whole becomes the folder."""
    part, before = beside(folder)
    if folder.exists():
        folder.replace(before)
    part.replace(folder)
    shutil.rmtree(before, ignore_errors=True)
