"""The one command on its way, in a small file that outlives a crash or a power cut.

Written whole or not at all, synced, readable by its owner only. What it says of a person is not
written: the repeat of a command that had arrived is answered all the same, and a disk forgets
badly. When to write and when to empty the file is decided in `shared/sender.py`.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Raw, Struct

from shared.private import bare
from shared.private_file import sync_folder, write_private
from shared.protocol import encode

if TYPE_CHECKING:
    from shared.protocol import Command

log = logging.getLogger(__name__)

FILE_BYTES_MAX: Final = 65_536
"""More than any command (16 KiB) with its envelope: a longer file was not written here."""


class Kept(Struct, frozen=True):
    """What the file holds. Another station's command is not ours to send."""

    station: str
    command: Raw


def _read(content: bytes) -> tuple[str, Command]:
    # Here and not above: it knows every command there is, and hardly ever is one found.
    from shared.protocol import Command

    kept = msgspec.json.decode(content, type=Kept)
    return kept.station, msgspec.json.decode(kept.command, type=Command)


class Outbox:
    """One file with at most one command. The methods wait for the disk: call them in a thread."""

    def __init__(self, path: Path, station: str) -> None:
        self._path = path
        self._station = station

    def read(self) -> Command | None:
        """The command that was on its way when the program ended. Never fails.

        What cannot be read is set aside under another name, for somebody to look at, so that
        one bad file never keeps a terminal from starting.
        """
        try:
            with self._path.open("rb") as file:
                content = file.read(FILE_BYTES_MAX + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            log.error("outbox %s cannot be read: %s", self._path, error)
            return None
        if not content:
            return None
        try:
            station, command = _read(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self.set_aside("damaged", str(error))
            return None
        if station != self._station:
            self.set_aside("foreign", f"it belongs to the station {station!r}")
            return None
        return command

    def write(self, command: Command) -> None:
        """Keep this command instead of what was there; durable on return. OSError if not."""
        write_private(self._path, encode(Kept(self._station, Raw(encode(bare(command))))))

    def empty(self) -> None:
        """The command is answered. Never fails: a repeat of it would get the same answer."""
        try:
            self._path.unlink(missing_ok=True)
            sync_folder(self._path.parent)
        except OSError as error:
            log.error("outbox %s cannot be emptied: %s", self._path, error)

    def set_aside(self, why: str, details: str) -> None:
        """Keep the file for somebody to look at, out of the way. Never fails."""
        aside = self._path.with_name(f"{self._path.name}.{why}")
        try:
            self._path.replace(aside)
            sync_folder(self._path.parent)
        except OSError as error:
            log.error("outbox %s is %s and cannot be set aside: %s", self._path, why, error)
        else:
            log.error(
                "outbox %s is %s and was set aside as %s: %s", self._path, why, aside, details
            )
