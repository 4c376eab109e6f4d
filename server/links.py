"""The private link and the short code of each ticket and appointment: how a customer's phone
proves whose it asks about.

Nothing is stored, so a repeat or a reprint carries the same link, and nobody who reads the
journal can make one.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from server.config import write_private
from shared.config import ConfigError

LINK_CHARACTERS: Final = 22  # 132 bits: not to be guessed

Purpose: TypeAlias = Literal["confirm", "cancel"]

SHORT_CODE_DIGITS: Final = 6
"""Short enough to be typed, and to be guessed: `callers` counts the wrong ones."""


class TicketLinks:
    """Visit -> link, and link -> visit."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[tuple[str, str], _Known] = {}

    @classmethod
    def load(cls, path: Path, token: Callable[[], str]) -> TicketLinks:
        """The key in this file, made at the first start."""
        if not path.exists():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            write_private(path, sha256(f"{token()}{token()}".encode()).hexdigest().encode())
        key = path.read_bytes().strip()
        if len(key) < LINK_CHARACTERS:
            expected = "a key, as made at the first start; delete the file to make a new one"
            raise ConfigError(path, "", expected)
        return cls(key)

    def secret(self, branch: str, visit: int) -> str:
        """What the link of this visit carries."""
        digest = hmac.digest(self._key, f"{branch}:{visit}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest)[:LINK_CHARACTERS].decode()

    def short_code(self, branch: str, visit: int) -> str:
        """Six digits for whoever has no camera: asked together with the number."""
        digest = hmac.digest(self._key, f"short code:{branch}:{visit}".encode(), "sha256")
        return str(int.from_bytes(digest) % 10**SHORT_CODE_DIGITS).zfill(SHORT_CODE_DIGITS)

    def visit(self, secret: str, branch: str, visits: range) -> int | None:
        """Which of a branch's visits this link belongs to.

        Every link is computed once: `visits` only grows at its end until a new day begins.
        """
        return self._found(secret, branch, visits, self.secret)

    def appointment_secret(self, branch: str, appointment: int) -> str:
        """What the link of this appointment carries. It opens no ticket."""
        return self.secret(f"appointment:{branch}", appointment)

    def appointment_code(self, branch: str, appointment: int) -> str:
        """Six digits: asked together with the last four of the telephone number."""
        return self.short_code(f"appointment:{branch}", appointment)

    def appointment(self, secret: str, branch: str, appointments: range) -> int | None:
        """Which of a branch's appointments this link belongs to."""
        return self._found(secret, branch, appointments, self.appointment_secret)

    def action(self, purpose: Purpose, branch: str, appointment: int, sequence: int) -> str:
        """What a link to do one thing with this appointment carries, as it is now: once it is moved
        the link is an old one. It leads to no other link, and tells no code."""
        secret = self.secret(f"{purpose}:{branch}:{sequence}", appointment)
        return f"{appointment}-{secret}"

    def is_action(
        self, action: str, purpose: Purpose, branch: str, appointment: int, sequence: int
    ) -> bool:
        """Whether it is the one that was made for this."""
        expected = self.action(purpose, branch, appointment, sequence)
        return self.is_same(expected, action)

    def feed(self, branch: str, of: str, turn: int) -> str:
        """What the link of a calendar carries, of a service or a counter. Another `turn` makes all
        of a branch's old ones invalid."""
        return self.secret(f"feed:{branch}:{of}", turn)

    @staticmethod
    def is_same(one: str, other: str) -> bool:
        """Whether two secrets are the same; takes as long where they are not."""
        return hmac.compare_digest(one.encode(), other.encode())

    def _found(
        self, secret: str, branch: str, ids: range, of: Callable[[str, int], str]
    ) -> int | None:
        place = (of.__name__, branch)
        known = self._known.get(place)
        if known is None or known.first != ids.start:
            known = self._known[place] = _Known(first=ids.start, next=ids.start)
        for one in range(known.next, ids.stop):
            known.ids[of(branch, one)] = one
        known.next = max(known.next, ids.stop)
        return known.ids.get(secret)


class _Known(Struct):
    first: int
    next: int
    ids: dict[str, int] = {}
