"""Looks at a whole data folder whose server has stopped: every stream, every row, every snapshot.

Where `audit.py` reads on beside a running server, this is the last word: the file is sound, no
stream has a hole or an altered row, every event can be read, private rows lead to their values,
and a replay of all events gives the state that the server held when it stopped.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import msgspec

from bench.audit import rows_of
from bench.branch import BRANCH, DATABASE
from server.answers import id_of
from server.clock import SystemClock
from server.config import HOUSE_STREAM
from server.domain.configuration import BranchConfig
from server.domain.events import PersonRecorded
from server.housekeeper import HouseKeeper
from server.journal.contract import Journal
from server.journal.sqlite import open_sqlite
from server.journal.upcast import stamp_of, to_event, to_house_event
from server.loading import load
from server.vault.keys import Keys
from server.vault.rows import NAME, of_person
from server.vault.vault import Vault

ORPHANS = """
SELECT 'a private row without its value' FROM private LEFT JOIN private_slots USING (slot)
WHERE value IS NULL
UNION ALL
SELECT 'a value that is neither used nor free' FROM private_slots
WHERE slot NOT IN (SELECT slot FROM private) AND slot NOT IN (SELECT slot FROM private_free)
UNION ALL
SELECT 'a value that is used twice' FROM private GROUP BY slot HAVING count(*) > 1
"""


async def whole_problems(folder: Path, config: BranchConfig) -> list[str]:
    """Everything that is not as it must be; the snapshots are gone afterwards."""
    journal = await open_sqlite(folder / DATABASE)
    try:
        streams = await journal.branches()
        found = [*_unreadable(folder, streams), *_unsound(folder)]
        found += await _replayed_otherwise(journal, config)
        found += await _house_replayed_otherwise(journal, config)
    finally:
        await journal.close()
    return found


async def people_problems(folder: Path, recorded: Mapping[str, str]) -> list[str]:
    """What is kept of people that is not what was recorded; `recorded` are the names, by the
    command that brought them. Neither may be there without its event, nor the event without it."""
    journal = await open_sqlite(folder / DATABASE)
    try:
        vault = Vault(journal, Keys.load(folder / "keys" / "vault.key"), lambda: "")
        found, persons = [], set()
        for row in rows_of(folder):
            event = to_event(row)
            if not isinstance(event, PersonRecorded):
                continue
            persons.add(of_person(event.person))
            kept = await vault.show(BRANCH, [of_person(event.person)])
            names = [one.value for one in kept if one.field == NAME]
            if names != [recorded.get(id_of(row.command_id))]:
                found.append(f"row {row.seq} has recorded {names}")
        page = await journal.private_page()
        while page:
            found += [f"nobody recorded {r.subject}" for r in page if r.subject not in persons]
            page = await journal.private_page(page[-1][:3])
    finally:
        await journal.close()
    return found


def _unreadable(folder: Path, streams: list[str]) -> Iterator[str]:
    for stream in streams:
        read = to_house_event if stream == HOUSE_STREAM else to_event
        for expected, row in enumerate(rows_of(folder, stream=stream), start=1):
            read(row)
            stamp_of(row)
            if row.seq != expected:
                yield f"{stream}: row {row.seq} stands where {expected} belongs"


def _unsound(folder: Path) -> Iterator[str]:
    with closing(sqlite3.connect(f"file:{folder / DATABASE}?mode=ro", uri=True)) as db:
        for (word,) in db.execute("PRAGMA integrity_check"):
            if word != "ok":
                yield f"the file is unsound: {word}"
        yield from (problem for (problem,) in db.execute(ORPHANS))


async def _replayed_otherwise(journal: Journal, config: BranchConfig) -> list[str]:
    """Whether all events give another state than the newest snapshot, kept at the stop."""
    quick = await load(journal, BRANCH, config)
    await journal.drop_snapshots(BRANCH)
    whole = await load(journal, BRANCH, config)
    alike = msgspec.json.encode(quick) == msgspec.json.encode(whole)
    return [] if alike else ["a replay of all events gives another state than the snapshot"]


async def _house_replayed_otherwise(journal: Journal, config: BranchConfig) -> list[str]:
    quick, whole = (HouseKeeper(journal, SystemClock(), {BRANCH: config}) for _ in range(2))
    await quick.load()
    await journal.drop_snapshots(HOUSE_STREAM)
    await whole.load()
    alike = msgspec.json.encode(quick.house) == msgspec.json.encode(whole.house)
    return [] if alike else ["a replay of the house gives another state than its snapshot"]
