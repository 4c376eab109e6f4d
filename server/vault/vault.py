"""The vault itself: seals what is to be stored, opens what is asked for, deletes what is due.

`seal` goes before an append; everything else asks the store, which is the journal. Who may ask
is decided elsewhere. Nothing here logs a value.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from hashlib import sha256

from server.vault.envelope import NONCE_BYTES, key_of, seal, unseal
from server.vault.keys import Keys
from server.vault.masking import mask
from server.vault.phones import normal_phone
from server.vault.rows import PHONE, PrivateRow, is_field, is_subject
from server.vault.store import BEGINNING, SealedRow, Store, Stored

log = logging.getLogger(__name__)


class Vault:
    """People's data of all branches of this server. `token` gives chance, as a clock's does."""

    def __init__(self, store: Store, keys: Keys, token: Callable[[], str]) -> None:
        self._store = store
        self._keys = keys
        self._token = token

    @property
    def encrypts(self) -> bool:
        """Whether what is written from now on can be read with the key only."""
        return self._keys.newest is not None

    def seal(self, rows: Iterable[PrivateRow]) -> list[SealedRow]:
        """The rows to hand to the journal with their events."""
        return [self._sealed(row) for row in rows]

    # --- One subject ---------------------------------------------------------------------------

    async def read(self, branch: str, subject: str) -> dict[str, str]:
        """Every value kept of a subject, by field. Raises VaultError."""
        return {row.field: row.value for row in await self._rows_of(branch, subject)}

    async def masked(self, branch: str, subject: str) -> dict[str, str]:
        """The same, as it may be shown to those who need not know the values."""
        found = await self.read(branch, subject)
        return {field: mask(field, value) for field, value in found.items()}

    # --- One person, on request ----------------------------------------------------------------

    async def show_person(self, branch: str, who: str) -> list[PrivateRow]:
        """All that is kept of a person; `who` is a subject or a telephone number."""
        subjects = await self._subjects(branch, who)
        return [row for subject in subjects for row in await self._rows_of(branch, subject)]

    async def erase(self, branch: str, who: str) -> int:
        """Delete all that is kept of a person; how many values there were."""
        subjects = await self._subjects(branch, who)
        erased = await self._store.erase_private(branch, subjects)
        await self._clear_log()
        return erased

    async def find(self, branch: str, phone: str) -> list[str]:
        """The subjects with this telephone number, however it is written."""
        wanted = normal_phone(phone)
        if not wanted:
            return []
        # A handle only narrows the search: others may have the same.
        candidates = await self._store.private_subjects(branch, self._keys.handles(wanted))
        found = []
        for subject in candidates:
            kept = await self.read(branch, subject)
            if normal_phone(kept.get(PHONE, "")) == wanted:
                found.append(subject)
        return found

    # --- All of them ---------------------------------------------------------------------------

    async def purge(self, now: int) -> int:
        """Delete every value whose time is over; how many there were.

        To be called every few minutes: it also clears what a reader kept it from clearing.
        """
        purged = await self._store.purge_private(now)
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
        phone = normal_phone(row.value) if row.field == PHONE else ""
        return SealedRow(
            *place,
            value=seal(self._keys, place, row.value, self._nonce),
            handle=self._keys.handle(phone) if phone else b"",
            purge_at=row.purge_at,
        )

    def _opened(self, row: Stored) -> PrivateRow:
        branch, subject, field, value, _, purge_at = row
        text = unseal(self._keys, (branch, subject, field), value)
        return PrivateRow(branch, subject, field, text, purge_at)

    async def _rows_of(self, branch: str, subject: str) -> list[PrivateRow]:
        return [self._opened(row) for row in await self._store.private_of(branch, subject)]

    async def _subjects(self, branch: str, who: str) -> list[str]:
        return [who] if is_subject(who) else await self.find(branch, who)

    async def _pages(self) -> AsyncIterator[list[Stored]]:
        after = BEGINNING
        while page := list(await self._store.private_page(after)):
            yield page
            after = page[-1][:3]

    async def _clear_log(self) -> None:
        if not await self._store.clear_log():
            log.warning("somebody reads the database: deleted values stay in its log for now")

    def _nonce(self) -> bytes:
        return sha256(self._token().encode()).digest()[:NONCE_BYTES]
