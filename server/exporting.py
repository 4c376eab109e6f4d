"""Data taken out as a file: asked for over the websocket, written down, fetched once over GET.

Everything is read from the journal's file, in a thread and through a connection that can only
read, so the branches go on meanwhile. What is kept of customers apart from the journal is in
another table, which is never looked at here. Who may ask was asked in `auth` before, how rows are
written is in `export_rows`; why it is fetched over GET: decision 0013.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections import OrderedDict
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import MAXYEAR, date, timedelta
from hashlib import sha256
from typing import Final

from msgspec import Struct

from server.answers import key_of
from server.clock import Clock
from server.config import HOUSE_STREAM
from server.domain.refusals import Busy, Refused
from server.domain.state import Actor
from server.export_rows import Written, write
from server.house.decide import RecordExport
from server.house.refusals import DaysNotValid, ExportTooLarge, NothingOnDisk, UnknownBranch
from server.housekeeper import HouseKeeper
from server.journal.contract import JournalError
from server.journal.reading import JournalFile
from server.reports.report import Kind
from shared.protocol import AskExport, ExportReady

log = logging.getLogger(__name__)

DAYS_MAX: Final = 31
ROWS_MAX: Final = 50_000
"""A month at a time, and no more than fits one response: about a megabyte, compressed."""

SENT_SECONDS: Final = 120.0
"""How long it may take to be sent: a megabyte over the line of a small branch."""

KEPT_SECONDS: Final = 60
KEPT_MAX: Final = 4
"""Exports that wait to be fetched; an older one is dropped for a newer one."""

PATH: Final = "/export/"

OpenJournal = Callable[[], AbstractContextManager[JournalFile]]


class Prepared(Struct, frozen=True):
    """An export that waits: a file, compressed, and until when it may be fetched (s)."""

    name: str
    content_type: str
    gzipped: bytes
    until: float


class Exports:
    """See above. Without a journal on disk nothing can be asked for."""

    def __init__(
        self,
        open_journal: OpenJournal | None,
        branches: Collection[str],
        keeper: HouseKeeper,
        clock: Clock,
        *,
        rehearsal: bool = False,
    ) -> None:
        self._open_journal = open_journal
        self._branches = branches
        self._keeper = keeper
        self._clock = clock
        self._rehearsal = rehearsal
        self._asked: OrderedDict[str, asyncio.Task[ExportReady]] = OrderedDict()
        self._prepared: OrderedDict[str, Prepared] = OrderedDict()

    async def ask(self, command: AskExport, actor: Actor, zone: str) -> ExportReady:
        """Write it, write down that it is handed out, and say where; `zone` is that of whoever
        asks. A repeat waits for the same export. Raises Refused."""
        key = key_of(command, actor)
        task = self._asked.get(key)
        if task is None:
            if any(not one.done() for one in self._asked.values()):
                raise Refused(Busy())  # one at a time: each takes a processor for seconds
            task = self._asked[key] = asyncio.create_task(self._prepare(command, actor, zone))
            task.add_done_callback(_look_at)
            if len(self._asked) > KEPT_MAX:
                self._asked.popitem(last=False)
        # Shielded: whoever hangs up leaves it to be asked for again.
        return await asyncio.shield(task)

    async def _prepare(self, command: AskExport, actor: Actor, zone: str) -> ExportReady:
        days = _days(command)
        branch = command.branch if command.what != "house" else HOUSE_STREAM
        if branch is None or (branch != HOUSE_STREAM and branch not in self._branches):
            raise Refused(UnknownBranch(branch or ""))
        if self._open_journal is None:
            raise Refused(NothingOnDisk())
        work = (self._open_journal, command, branch, days, zone)
        written, gzipped = await asyncio.to_thread(self._write, *work)
        record = RecordExport(command, branch, written.rows)
        await self._keeper.carry_out(record, actor)
        name, until = _name(command, branch), self._clock.monotonic() + KEPT_SECONDS
        token = self._keep(Prepared(name, written.content_type, gzipped, until))
        return ExportReady(
            id=command.id,
            path=f"{PATH}{token}",
            name=name,
            rows=written.rows,
            until=self._keeper.now + KEPT_SECONDS * 1000,
        )

    def take(self, token: str) -> Prepared | None:
        """What waits there; only once."""
        self._drop_old()
        return self._prepared.pop(_key(token), None)

    def _write(
        self,
        open_journal: OpenJournal,
        command: AskExport,
        branch: str,
        days: list[str],
        zone: str,
    ) -> tuple[Written, bytes]:
        kind: Kind = "rehearsal" if self._rehearsal else "real"
        try:
            with open_journal() as journal:
                written = write(journal, command, branch, days, zone, kind, ROWS_MAX)
        except JournalError as error:
            log.error("an export could not be read: %s", error)
            raise Refused(Busy()) from None
        if written.rows > ROWS_MAX:
            raise Refused(ExportTooLarge(days_max=DAYS_MAX, rows_max=ROWS_MAX))
        return written, gzip.compress(written.content, compresslevel=5)

    def _keep(self, prepared: Prepared) -> str:
        self._drop_old()
        token = self._clock.token()
        self._prepared[_key(token)] = prepared
        if len(self._prepared) > KEPT_MAX:
            self._prepared.popitem(last=False)
        return token

    def _drop_old(self) -> None:
        now = self._clock.monotonic()
        for key in [key for key, one in self._prepared.items() if one.until <= now]:
            del self._prepared[key]


def _look_at(task: asyncio.Task[ExportReady]) -> None:
    """Whoever asked may be gone: a refusal is then nobody's fault."""
    if not task.cancelled():
        task.exception()


def _days(command: AskExport) -> list[str]:
    try:
        first, last = map(date.fromisoformat, (command.first_day, command.last_day))
    except ValueError:
        raise Refused(DaysNotValid()) from None
    if last < first or last.year == MAXYEAR:  # days after it are counted, too
        raise Refused(DaysNotValid())
    if (last - first).days >= DAYS_MAX:
        raise Refused(ExportTooLarge(days_max=DAYS_MAX, rows_max=ROWS_MAX))
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _name(command: AskExport, branch: str) -> str:
    what = "" if command.what == "house" else f"-{command.what}"
    return f"lobby-{branch}{what}-{command.first_day}-{command.last_day}.{command.form}"


def _key(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
