"""Looks at the private rows of a journal: of the right shape, sealed as they say, in their slots.

What they say is decoded only to prove it, and never told. A value whose key is not here can be
looked at from outside only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Final

from server.journal import sqlite_private
from server.journal.private import BEGINNING, SealedRow
from server.journal.sqlite_errors import Damaged
from server.upkeep.findings import Fault
from server.vault.envelope import is_sealed, key_of, unseal
from server.vault.errors import KeyMissing, NotAsSealed
from server.vault.keys import HANDLE_BYTES, Keys
from server.vault.rows import is_field, is_subject

_OWNED_OTHERWISE: Final = """
SELECT slot FROM private_slots LEFT JOIN (
    SELECT slot, count(*) AS owners
    FROM (SELECT slot FROM private UNION ALL SELECT slot FROM private_free) GROUP BY slot
) USING (slot)
WHERE owners IS NOT 1 LIMIT 1
"""
"""A slot belongs to one row, or is free. What belongs to nobody would never be overwritten."""

_FREE_AND_FILLED: Final = """
SELECT slot FROM private_free LEFT JOIN private_slots USING (slot)
WHERE value IS NOT zeroblob(size) LIMIT 1
"""
"""What was deleted has to be gone."""


class PrivateLook:
    """`faults` counts, as it goes on, the `rows`, those that are `readable` without a key, and
    those that are `locked` because theirs is not here."""

    def __init__(self, db: sqlite3.Connection, keys: Keys, tell: Callable[[int], None]) -> None:
        self.rows = 0
        self.readable = 0
        self.locked = 0
        self._db = db
        self._keys = keys
        self._tell = tell

    def faults(self) -> Iterator[Fault]:
        """Look; what was found on the way."""
        try:
            for row in self._all():
                self.rows += 1
                self.readable += not key_of(row.value)
                if not self._is_sound(row):
                    yield Fault("private_damaged", row.branch, detail=f"{row.subject} {row.field}")
            for query in (_OWNED_OTHERWISE, _FREE_AND_FILLED):
                for (slot,) in self._db.execute(query):
                    yield Fault("private_slots", detail=str(slot))
        except (sqlite3.Error, UnicodeDecodeError, Damaged) as error:
            yield Fault("private_damaged", detail=str(error))

    def _all(self) -> Iterator[SealedRow]:
        after = BEGINNING
        while page := sqlite_private.page(self._db, after):
            yield from page
            after = page[-1][:3]
            self._tell(len(page))

    def _is_sound(self, row: SealedRow) -> bool:
        place_fits = is_subject(row.subject) and is_field(row.field)
        handle_fits = len(row.handle) in (0, HANDLE_BYTES)
        try:
            unseal(self._keys, row[:3], row.value)
        except KeyMissing:
            self.locked += 1
            return place_fits and handle_fits and is_sealed(row.value)
        except (NotAsSealed, UnicodeDecodeError):
            return False
        return place_fits and handle_fits
