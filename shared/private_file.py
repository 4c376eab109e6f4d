"""Writes a terminal's small files: what only its own user may read, whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """Write these bytes instead of what was there; durable on return. OSError if not.

    The folder is made if it is not there.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    # Never an existing file: its owner and its mode would be someone else's choice.
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """What was renamed or removed in it stays so after a power cut. OSError if not."""
    if sys.platform == "win32":  # no folder can be opened there, and none needs to be
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
