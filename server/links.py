"""The private link and the short code of each ticket and appointment: how a customer's phone
proves whose it asks about.

Nothing is stored, so a repeat or a reprint carries the same link, and nobody who reads the
journal can make one. After a restore ids are given that others have held, whose tickets are lost:
what is made from then on has other links than theirs, and theirs lead nowhere.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from server.config import write_private
from server.house.state import Restore
from shared.config import ConfigError

LINK_CHARACTERS: Final = 22  # 132 bits: not to be guessed

Purpose: TypeAlias = Literal["confirm", "cancel"]

SHORT_CODE_DIGITS: Final = 6
"""Short enough to be typed, and to be guessed: `callers` counts the wrong ones."""


class TicketLinks:
    """Visit -> link, and link -> visit."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._restores: Sequence[Restore] = ()
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

    def after(self, restores: Sequence[Restore]) -> None:
        """Know of these restores, the oldest first, before any link is asked for."""
        self._restores = restores

    def secret(self, branch: str, visit: int) -> str:
        """What the link of this visit carries."""
        return self._secret(f"{branch}:{visit}{self._visit_since(branch, visit)}")

    def short_code(self, branch: str, visit: int) -> str:
        """Six digits for whoever has no camera: asked together with the number."""
        return self._code(f"{branch}:{visit}{self._visit_since(branch, visit)}")

    def visit(self, secret: str, branch: str, visits: range) -> int | None:
        """Which of a branch's visits this link belongs to.

        Every link is computed once: `visits` only grows at its end until a new day begins.
        """
        return self._found(secret, branch, visits, self.secret)

    def appointment_secret(self, branch: str, appointment: int) -> str:
        """What the link of this appointment carries. It opens no ticket."""
        since = self._appointment_since(branch, appointment)
        return self._secret(f"appointment:{branch}:{appointment}{since}")

    def appointment_code(self, branch: str, appointment: int) -> str:
        """Six digits: asked together with the last four of the telephone number."""
        since = self._appointment_since(branch, appointment)
        return self._code(f"appointment:{branch}:{appointment}{since}")

    def appointment(self, secret: str, branch: str, appointments: range) -> int | None:
        """Which of a branch's appointments this link belongs to."""
        return self._found(secret, branch, appointments, self.appointment_secret)

    def action(self, purpose: Purpose, branch: str, appointment: int, sequence: int) -> str:
        """What a link to do one thing with this appointment carries, as it is now: once it is moved
        the link is an old one. It leads to no other link, and tells no code."""
        since = self._appointment_since(branch, appointment)
        secret = self._secret(f"{purpose}:{branch}:{sequence}:{appointment}{since}")
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
        return self._secret(f"feed:{branch}:{of}:{turn}")

    @staticmethod
    def is_same(one: str, other: str) -> bool:
        """Whether two secrets are the same; takes as long where they are not."""
        return hmac.compare_digest(one.encode(), other.encode())

    def _visit_since(self, branch: str, visit: int) -> str:
        known = ((one.at, one.visits.get(branch, 0)) for one in self._restores)
        return _since([at for at, last in known if visit > last])

    def _appointment_since(self, branch: str, appointment: int) -> str:
        known = ((one.at, one.appointments.get(branch, 0)) for one in self._restores)
        return _since([at for at, last in known if appointment > last])

    def _secret(self, of: str) -> str:
        digest = hmac.digest(self._key, of.encode(), "sha256")
        return base64.urlsafe_b64encode(digest)[:LINK_CHARACTERS].decode()

    def _code(self, of: str) -> str:
        digest = hmac.digest(self._key, f"short code:{of}".encode(), "sha256")
        return str(int.from_bytes(digest) % 10**SHORT_CODE_DIGITS).zfill(SHORT_CODE_DIGITS)

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


def _since(restores: list[int]) -> str:
    """Tells what was made after the last of these apart from what had its id before."""
    return f":{restores[-1]}" if restores else ""


class _Known(Struct):
    first: int
    next: int
    ids: dict[str, int] = {}
