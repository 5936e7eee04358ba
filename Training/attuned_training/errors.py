"""What a person is told in one line, instead of a traceback."""

import errno
import shutil
from pathlib import Path


class TrainingError(Exception):
    """Something from outside that cannot be used: says what, which, and what to do next."""


def out_of_space(error: BaseException) -> bool:
    """Whether a write failed for want of space; NumPy and PyTorch tell it without an error number."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return True
    text = str(error)
    return "requested and" in text and "written" in text or "file write failed" in text or "No space left" in text


def free_megabytes(folder: Path) -> int:
    """What is free on the file system of a folder, or of the nearest one above it that exists."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free // 1_000_000
