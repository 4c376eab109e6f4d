"""A short morning on a real journal, with a tape of the disk; then the power fails at any moment.

In one process, so that hundreds of cuts take seconds: the shipped runner and the shipped journal,
several streams written at once, private rows beside the events, snapshots, checkpoints. The tape
says when each answer was given. What a disk may hold after a cut is decided in `bench/disk.py`.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Final

from msgspec import Struct

from bench.branch import BRANCH, DATABASE, SERVICES, Terminals, branch_config
from bench.disk import Disk, Fate, Noted, Record, Recorder
from bench.vfs import watching
from server.answers import id_of
from server.config import HOUSE_STREAM
from server.domain.state import Actor
from server.hub import Hub
from server.journal.contract import Entry, Row
from server.journal.private import SealedRow
from server.journal.sqlite import SqliteJournal, open_sqlite
from server.metrics import Metrics
from server.runner import BranchRunner
from server.vault.keys import Keys
from server.vault.vault import Vault
from shared.protocol import (
    Accepted,
    CallNext,
    Command,
    FinishService,
    OpenCounter,
    StartService,
    TakeTicket,
)
from shared.testing import ManualClock

TERMINALS: Final = Terminals(counters=3, skills=5, kiosks=2)
KIOSK: Final = Actor(role="kiosk", station="kiosk-1")
COMMANDS: Final = 1_000
LIVES: Final = 2
"""Long enough for each life to move its log into the file in the middle, and begin it anew."""

REPEATS: Final = 20
"""Commands repeated after each cut."""

NOTES_EVERY: Final = 3
"""One append with private rows, in a stream of its own, for so many commands."""

OTHER: Final = "other"
DAY: Final = "2026-11-16"


class Answered(Struct, frozen=True):
    """A command and what it was answered."""

    command: Command
    actor: Actor
    answer: Accepted


class Morning(Struct):
    """What really happened. `private` holds each append's rows, by the seq it ended at."""

    tape: list[Record] = []
    rows: dict[str, list[Row]] = {}
    private: list[tuple[int, list[SealedRow]]] = []
    answered: list[Answered] = []

    def moments(self) -> range:
        """Every place on the tape at which the power may fail."""
        return range(len(self.tape) + 1)


async def record_morning(folder: Path, seed: int, commands: int = COMMANDS) -> Morning:
    """Play it, with a clean stop in the middle; leave the files of its beginning in the folder."""
    await asyncio.to_thread(folder.mkdir)
    await (await open_sqlite(folder / DATABASE)).close()
    played = folder.with_name(f"{folder.name}-played")
    shutil.copytree(folder, played)
    morning, recorder, chance = Morning(), Recorder(), random.Random(seed)
    crowd = [*(_teller(n) for n in range(1, TERMINALS.counters + 1)), _kiosk(chance)]
    clock = ManualClock()
    for _ in range(LIVES):
        with watching(recorder):
            journal = await open_sqlite(played / DATABASE)
        try:
            await _play(journal, clock, recorder, crowd, chance, commands // LIVES, morning)
            for stream in (BRANCH, OTHER, HOUSE_STREAM):
                morning.rows[stream] = [row async for row in journal.read(stream)]
        finally:
            await journal.close()
    morning.tape = recorder.tape
    shutil.rmtree(played)
    return morning


async def _play(
    journal: SqliteJournal,
    clock: ManualClock,
    recorder: Recorder,
    crowd: Sequence[Iterator[tuple[Command, Actor]]],
    chance: random.Random,
    commands: int,
    morning: Morning,
) -> None:
    runner = _runner(journal, clock)
    await runner.start()
    for n in range(0, commands, len(crowd)):
        given = [next(person) for person in crowd]
        answers = await asyncio.gather(*(runner.submit(*one) for one in given))
        for (command, actor), answer in zip(given, answers, strict=True):
            if isinstance(answer, Accepted):
                recorder.note(f"{BRANCH} {answer.seq}")
                morning.answered.append(Answered(command, actor, answer))
        if n % (NOTES_EVERY * len(crowd)) == 0:
            await asyncio.gather(
                _write_private(journal, recorder, morning, chance), _write_house(journal, recorder)
            )
        clock.advance(seconds=chance.randint(0, 20))
    await runner.stop()


def _runner(journal: SqliteJournal, clock: ManualClock) -> BranchRunner:
    vault = Vault(journal, Keys(), clock.token)
    return BranchRunner(branch_config(TERMINALS), journal, vault, Hub(), clock, Metrics())


def _teller(counter: int) -> Iterator[tuple[Command, Actor]]:
    actor = Actor(role="teller", station=f"counter-{counter}", staff="li", counter=counter)
    ids = (f"counter-{counter}-{n:016d}" for n in count(1))
    yield OpenCounter(id=next(ids), day=DAY, counter=counter), actor
    while True:
        for command in (CallNext, StartService, FinishService):
            yield command(id=next(ids), day=DAY, counter=counter), actor


def _kiosk(chance: random.Random) -> Iterator[tuple[Command, Actor]]:
    for n in count(1):
        service = chance.choice(SERVICES)
        yield TakeTicket(id=f"kiosk-{n:016d}", day=DAY, service=service), KIOSK


async def _write_private(
    journal: SqliteJournal, recorder: Recorder, morning: Morning, chance: random.Random
) -> None:
    """Two events, a new private row, and one that takes the place of an older one."""
    n = len(morning.private)
    values = [chance.randbytes(chance.choice((73, 265, 1033))) for _ in range(2)]
    subjects = (f"visit:{n}", f"visit:{n // 2}")
    rows = [
        SealedRow(OTHER, subject, "name", value, b"", 2**41)
        for subject, value in zip(subjects, values, strict=True)
    ]
    head = await journal.append(OTHER, 2 * n, [_entry("Noted"), _entry("Filed")], rows)
    recorder.note(f"{OTHER} {head.seq}")
    morning.private.append((head.seq, rows))


async def _write_house(journal: SqliteJournal, recorder: Recorder) -> None:
    before = await journal.head(HOUSE_STREAM)
    head = await journal.append(HOUSE_STREAM, before.seq, [_entry("StaffSignedIn")])
    recorder.note(f"{HOUSE_STREAM} {head.seq}")


def _entry(kind: str) -> Entry:
    return Entry(day=DAY, at=0, actor="{}", command_id="", type=kind, data=b"{}")


# --- After a cut -----------------------------------------------------------------------------


def cut(
    before: Path,
    morning: Morning,
    moment: int,
    after: Path,
    chance: random.Random,
    fate: Fate | None = None,
) -> bool:
    """Leave in `after` what the disk holds when the power fails at that moment of the tape;
    whether anything was on its way to it just then."""
    after.mkdir()
    disk = Disk(before, DATABASE)
    disk.play(morning.tape[:moment])
    disk.lose_power(after, chance, fate)
    return disk.is_behind


async def problems_after(folder: Path, morning: Morning, moment: int) -> list[str]:
    """Everything that is not as it must be in what a cut has left."""
    journal = await open_sqlite(folder / DATABASE)
    try:
        found = await _misfits(journal, morning, moment)
        found += await _repeats_answered_otherwise(journal, morning)
    finally:
        await journal.close()
    with closing(sqlite3.connect(folder / DATABASE)) as db:
        (sound,) = db.execute("PRAGMA integrity_check").fetchone()
    return found if sound == "ok" else [*found, sound]


async def _misfits(journal: SqliteJournal, morning: Morning, moment: int) -> list[str]:
    """Where the journal is no beginning of what happened, or lacks what was acknowledged."""
    found, acknowledged = [], _acknowledged(morning.tape[:moment])
    for stream, truth in morning.rows.items():
        rows = [row async for row in journal.read(stream)]
        if rows != truth[: len(rows)]:
            found.append(f"{stream} is not what was written")
        if len(rows) < acknowledged.get(stream, 0):
            found.append(f"{stream}: {acknowledged[stream]} acknowledged, {len(rows)} there")
        if _is_torn(truth, len(rows)):
            found.append(f"{stream} ends inside of a command, at {len(rows)}")
        if stream == OTHER and await _private(journal) != _expected_private(morning, len(rows)):
            found.append("the private rows are not those of the events")
    return found


def _acknowledged(tape: Sequence[Record]) -> dict[str, int]:
    """How far each stream was acknowledged by then."""
    notes = [record.what.split() for record in tape if isinstance(record, Noted)]
    return {stream: max(int(s) for name, s in notes if name == stream) for stream, _ in notes}


def _is_torn(truth: Sequence[Row], length: int) -> bool:
    if not 0 < length < len(truth):
        return False
    last, following = truth[length - 1], truth[length]
    if last.type == "Noted":
        return True
    return last.command_id != "" and last.command_id == following.command_id


async def _private(journal: SqliteJournal) -> dict[tuple[str, str, str], SealedRow]:
    return {row[:3]: row for row in await journal.private_page()}


def _expected_private(morning: Morning, length: int) -> dict[tuple[str, str, str], SealedRow]:
    written = [rows for seq, rows in morning.private if seq <= length]
    return {row[:3]: row for rows in written for row in rows}


async def _repeats_answered_otherwise(journal: SqliteJournal, morning: Morning) -> list[str]:
    """Start the branch on it: what is in the journal is answered as it was, the rest is new."""
    runner = _runner(journal, ManualClock())
    spans = await journal.command_spans(BRANCH, 0)
    there = {id_of(span.command_id) for span in spans}
    await runner.start()
    found = ["the branch does not start"] if runner.stopped else []
    done = [given for given in morning.answered if given.command.id in there]
    for given in done[-REPEATS:]:
        again = await runner.submit(given.command, given.actor)
        if again != given.answer:
            found.append(f"{given.command.id}: {given.answer}, and then {again}")
    take = TakeTicket(id="after-the-cut-0001", day=DAY, service=SERVICES[0])
    if not isinstance(await runner.submit(take, KIOSK), Accepted):
        found.append("no ticket is given")
    await runner.stop()
    return found
