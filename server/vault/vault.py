"""The vault itself: seals what is to be stored, opens what is asked for, deletes what is due.

`seal` goes before an append; everything else asks the store, which is the journal. Who may ask
is decided elsewhere. Nothing here logs a value.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from hashlib import sha256
from typing import Final

from server.vault.envelope import NONCE_BYTES, key_of, seal, unseal
from server.vault.keys import Keys
from server.vault.phones import normal_phone
from server.vault.rows import PHONE, VISIT, PrivateRow, is_field, is_subject
from server.vault.store import BEGINNING, SealedRow, Store, Stored

log = logging.getLogger(__name__)

ID_DIGITS: Final = 32
"""Hexadecimal. Long enough that no stretch of decimal ones among them is taken for a card's."""


class Vault:
    """People's data of all branches of this server. `token` gives chance, as a clock's does."""

    def __init__(self, store: Store, keys: Keys, token: Callable[[], str]) -> None:
        self._store = store
        self._keys = keys
        self._token = token
        self._log_is_clear = False  # a crash may have come between a deletion and that

    @property
    def encrypts(self) -> bool:
        """Whether what is written from now on can be read with the key only."""
        return self._keys.newest is not None

    def seal(self, rows: Iterable[PrivateRow]) -> list[SealedRow]:
        """The rows to hand to the journal with their events."""
        return [self._sealed(row) for row in rows]

    def new_id(self) -> str:
        """An id for a person or a note: 128 bits of chance that say nothing of anybody."""
        return sha256(self._token().encode()).hexdigest()[:ID_DIGITS]

    # --- Some subjects -------------------------------------------------------------------------

    async def show(self, branch: str, subjects: Iterable[str]) -> list[PrivateRow]:
        """All that is kept of these subjects. Raises VaultError."""
        rows = [await self._store.private_of(branch, subject) for subject in subjects]
        return [self._opened(row) for one in rows for row in one]

    async def erase(self, branch: str, subjects: Sequence[str]) -> int:
        """Delete all that is kept of these subjects; how many values there were."""
        erased = await self._store.erase_private(branch, subjects)
        self._log_is_clear = False
        await self._clear_log()
        return erased

    async def find(self, branch: str, field: str, value: str) -> list[str]:
        """The subjects with this value: a telephone number, however it is written, or a visit."""
        wanted = _comparable(field, value)
        if not wanted:
            return []
        # A handle only narrows the search: others may have the same.
        candidates = await self._store.private_subjects(branch, self._keys.handles(wanted))
        return [
            subject
            for subject in candidates
            for row in await self.show(branch, [subject])
            if row.field == field and _comparable(field, row.value) == wanted
        ]

    # --- All of them ---------------------------------------------------------------------------

    async def purge(self, now: int) -> int:
        """Delete every value whose time is over; how many there were.

        To be called every few minutes: it also clears what a reader kept it from clearing.
        """
        purged = await self._store.purge_private(now)
        if purged:
            self._log_is_clear = False
        await self._clear_log()
        return purged

    async def reseal(self) -> int:
        """Seal with the newest key whatever is sealed with another or not at all; how many.

        May be broken off and begun again. Raises VaultError at the first value it cannot read.
        """
        newest, resealed = self._keys.newest, 0
        assert newest is not None, "there is a key to seal with"
        async for page in self._pages():
            old = [row for row in page if key_of(row[3]) != newest.id.hex()]
            changes = [(row, self._sealed(self._opened(row))) for row in old]
            if changes:
                resealed += await self._store.replace_private(changes)
                self._log_is_clear = False
        await self._clear_log()
        return resealed

    async def key_ids(self) -> Counter[str]:
        """How many values each key has sealed; "" stands for clear text."""
        found: Counter[str] = Counter()
        async for page in self._pages():
            found.update(key_of(row[3]) for row in page)
        return found

    async def check(self) -> None:
        """Raise KeyMissing if there is a value that none of the keys opens."""
        for key_id in await self.key_ids():
            if key_id:
                self._keys.by_id(bytes.fromhex(key_id))

    # --- Inside --------------------------------------------------------------------------------

    def _sealed(self, row: PrivateRow) -> SealedRow:
        assert is_subject(row.subject), "a subject is a visit, an appointment or a person"
        assert is_field(row.field), "a field is a short word"
        place = (row.branch, row.subject, row.field)
        wanted = _comparable(row.field, row.value)
        return SealedRow(
            *place,
            value=seal(self._keys, place, row.value, self._nonce),
            handle=self._keys.handle(wanted) if wanted else b"",
            purge_at=row.purge_at,
        )

    def _opened(self, row: Stored) -> PrivateRow:
        branch, subject, field, value, _, purge_at = row
        text = unseal(self._keys, (branch, subject, field), value)
        return PrivateRow(branch, subject, field, text, purge_at)

    async def _pages(self) -> AsyncIterator[list[Stored]]:
        after = BEGINNING
        while page := list(await self._store.private_page(after)):
            yield page
            after = page[-1][:3]

    async def _clear_log(self) -> None:
        """Only after something was deleted: it keeps appends waiting."""
        if self._log_is_clear:
            return
        self._log_is_clear = await self._store.clear_log()
        if not self._log_is_clear:
            log.warning("somebody reads the database: deleted values stay in its log for now")

    def _nonce(self) -> bytes:
        return sha256(self._token().encode()).digest()[:NONCE_BYTES]


def _comparable(field: str, value: str) -> str:
    """The form in which values are looked for; "" for those that are not."""
    if field == PHONE:
        return normal_phone(value)
    return value if field == VISIT else ""
