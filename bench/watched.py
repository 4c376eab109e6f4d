"""Runs `lobby` with its disk watched: for the benches that cut the power or fill the disk.

    python -m bench.watched --tape FILE serve ...   keeps a tape of what is written and synced
    python -m bench.watched --room FILE serve ...   FILE says how many bytes more there is room for
    python -m bench.watched --break FILE serve ...  once FILE is there, a sync fails

The room is looked at before each write that makes a file grow; empty or missing: enough of it.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import lobby
from bench.disk import FileRecorder, Record, Recorder, SmallDisk
from bench.vfs import CANNOT_SYNC, watching


class RoomInFile(SmallDisk):
    """A disk whose room is set from outside, by a file; what is written takes none away."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def write(self, path: Path, offset: int, data: bytes) -> int:
        self.room_bytes = None
        with suppress(OSError, ValueError):
            self.room_bytes = int(self._path.read_text())
        return super().write(path, offset, data)


class BreaksByFile(Recorder):
    """A disk whose next sync fails once somebody wants it to. Keeps no tape."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def sync(self, path: Path) -> int:
        try:
            self._path.unlink()
        except FileNotFoundError:
            return super().sync(path)
        return CANNOT_SYNC

    def keep(self, record: Record) -> None:
        pass


DISKS: Final[dict[str, type[FileRecorder | RoomInFile | BreaksByFile]]] = {
    "--tape": FileRecorder,
    "--room": RoomInFile,
    "--break": BreaksByFile,
}


def main(arguments: list[str]) -> int:
    """Run one `lobby` command on such a disk; its exit code."""
    kind, path, *command = arguments
    disk: Recorder = DISKS[kind](Path(path))
    with watching(disk):
        return lobby.main(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
