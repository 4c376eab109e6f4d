"""What is kept of people's secrets, apart from the journal, so that it can be deleted.

One small file, readable by the server's user alone, replaced whole. Holds hashes of passwords,
PINs and one-time codes, and the secrets of authenticators. Without a path it is kept in memory,
for tests. Who may change what is decided elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import msgspec
from msgspec import Struct

from server.config import write_private
from server.domain.refusals import Busy, Refused
from server.house.events import SecretKind
from shared.config import ConfigError

log = logging.getLogger(__name__)


class KeptSecret(Struct, frozen=True):
    """A password or PIN: its hash."""

    kind: SecretKind
    hash: str


class KeptCode(Struct, frozen=True):
    """A one-time code: its keyed hash, and until when it is good (ms)."""

    hash: str
    until: int


class Kept(Struct):
    """All that is kept: secrets and authenticators by staff id, codes by what they are for.

    `otp_used`: the last step of each authenticator that was used, so that none is taken twice.
    `check` tells whether the hashes were made with the key that is there (`Hashing.check`).
    """

    secrets: dict[str, KeptSecret] = {}
    codes: dict[str, KeptCode] = {}
    authenticators: dict[str, str] = {}
    otp_used: dict[str, int] = {}
    check: str = ""


class Credentials:
    """`kept` is looked at and changed freely; `save` makes it durable."""

    def __init__(self, path: Path | None = None, kept: Kept | None = None) -> None:
        self._path = path
        self._writing = asyncio.Lock()
        self._left_alone = False
        self.kept = kept or Kept()

    @classmethod
    def load(cls, path: Path) -> Credentials:
        """From the file, which need not be there."""
        if not path.exists():
            return cls(path)
        try:
            return cls(path, msgspec.json.decode(path.read_bytes(), type=Kept))
        except msgspec.MsgspecError as error:
            expected = (
                "what Lobby wrote there; restore it from a copy, or delete it and set up anew"
            )
            raise ConfigError(path, "", expected) from error

    def use_with(self, check: str) -> bool:
        """Whether what is kept fits the key of that check value.

        Where it does not, nothing of it is used, and the file is left alone: whoever finds the
        right key again needs it as it is. Authenticators know nothing of the key.
        """
        fits = self.kept.check in ("", check)
        if not fits:
            before = self.kept
            self.kept = Kept(authenticators=before.authenticators, otp_used=before.otp_used)
            self._left_alone = True
        self.kept.check = check
        return fits

    def begin_anew(self) -> None:
        """From now on the file holds what is used, whatever it held before."""
        self._left_alone = False

    async def save(self) -> None:
        """Durable on return. Refused with `Busy` when the disk does not take it."""
        if self._path is not None and not self._left_alone:
            # Whoever stops waiting leaves the write to its end: the next one must come after it.
            await asyncio.shield(self._write(self._path))

    async def _write(self, path: Path) -> None:
        async with self._writing:
            content = msgspec.json.encode(self.kept)
            try:
                await asyncio.to_thread(write_private, path, content)
            except OSError as error:
                log.error("%s cannot be written: %s", path, error)
                raise Refused(Busy()) from error

    def drop_old_codes(self, now: int) -> None:
        """Forget the codes that are good no more."""
        self.kept.codes = {key: c for key, c in self.kept.codes.items() if c.until > now}


def code_for_staff(staff: str) -> str:
    """The key of a person's one-time code."""
    return f"staff:{staff}"


def code_for_invitation(invitation: int) -> str:
    """The key of the code of an invited station."""
    return f"station:{invitation}"


CODE_FOR_SET_UP = "setup"
