"""Who is signed in at a terminal, in a small file that outlives a power cut.

Holds the token of the sign-in, which is good at its own station only and as long as the server
says. Written whole or not at all, readable by its owner only, as the station's secret is. When to
write and when to empty it is decided in `shared/link.py`.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from shared.private_file import write_private

log = logging.getLogger(__name__)

FILE_BYTES_MAX: Final = 1_024
"""More than a token with its envelope: a longer file was not written here."""


class Kept(Struct, frozen=True):
    """What the file holds. Another station's sign-in is not ours."""

    station: str
    token: str


_decode = msgspec.json.Decoder(Kept).decode


class SignInFile:
    """The methods wait for the disk: call them in a thread. None of them ever fails: without the
    file somebody types a secret again, and that is all."""

    def __init__(self, path: Path, station: str) -> None:
        self._path = path
        self._station = station

    def read(self) -> str:
        """The token that was kept here; "" where there is none."""
        try:
            with self._path.open("rb") as file:
                kept = _decode(file.read(FILE_BYTES_MAX))
        except FileNotFoundError:
            return ""
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            log.warning("sign-in %s cannot be read: %s", self._path, error)
            return ""
        return kept.token if kept.station == self._station else ""

    def write(self, token: str) -> None:
        """Keep this token instead of what was there; "": nobody is signed in any more."""
        try:
            if token:
                write_private(self._path, msgspec.json.encode(Kept(self._station, token)))
            else:
                self._path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("sign-in %s cannot be kept: %s", self._path, error)
