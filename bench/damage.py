"""Damaged files, ten thousand of them: found when opened, or when read; never served as the truth.

Each is a copy of a sound journal with one wound (`wounds.py`). It is opened, every stream is read
to its end, snapshots and people's data are asked for, and then it is written to and read again.
*Refused* at the opening, or *found* at a reading or a writing, with a sentence that names the file:
that is what must be. *Verified* is what only `lobby verify` finds; there, what was served was true
all the same, though a person's name may have been missing. *Harmless* is a wound that changes
nothing: every row, snapshot and value is the one that was written, and verify finds nothing.
*Silent* is anything else, and must never be. Batches run in processes of their own: one that dies
is *crashed*.

The log of a killed server is wounded too. SQLite takes it up to the first page that is not as
written, and cannot know whether more was there: after a power cut that is right, after damage the
journal is *shorter*, and the last rows are lost. Whole and chained is what is left.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from bench.branch import BRANCH, DATABASE, SERVICES, Terminals, branch_config, furnish_house
from bench.figures import Report, command_line, tell
from bench.wounds import LOCK, LOG, Patients, Wounded, wound
from server.config import HOUSE_STREAM
from server.domain.events import ClockStepped
from server.domain.state import CLOCK, Actor, Stamp
from server.hub import Hub
from server.journal.contract import (
    Entry,
    JournalError,
    JournalFailed,
    JournalFull,
    JournalRefused,
    Row,
    Snapshot,
)
from server.journal.sqlite import SqliteJournal, open_sqlite
from server.journal.upcast import to_entry
from server.metrics import Metrics
from server.runner import BranchRunner
from server.upkeep.errors import CannotDo
from server.upkeep.verify import verify
from server.vault.errors import VaultError
from server.vault.keys import Keys
from server.vault.rows import NAME, PrivateRow, of_visit
from server.vault.vault import Vault
from shared.protocol import TakeTicket
from shared.testing import ManualClock

WOUNDS: Final = 10_000
BATCH: Final = 50
SEED: Final = 20261116
TICKETS: Final = 150
NAMES: Final = 60
SHAPE: Final = "shape"
KEY: Final = bytes(range(32))
STREAMS: Final = (BRANCH, HOUSE_STREAM)
WRITTEN_AFTER: Final = 30
TERMINALS: Final = Terminals(counters=2, kiosks=1)

DAMAGED: Final = (JournalRefused, JournalFailed, JournalFull, VaultError)


class Truth(Struct):
    """What was written."""

    epoch: str
    rows: dict[str, list[Row]]
    names: dict[str, str]
    snapshot: bytes


class Outcome(Struct, frozen=True):
    """What became of one damaged file: refused, found, harmless or silent, and what was said."""

    kind: str
    said: str
    what: str


class Lie(Exception):
    """Something was given out that was never written, or is missing without a word."""


class Missing(Exception):
    """What was kept of a person is not found under the place it was filed."""


# --- Sound files -----------------------------------------------------------------------------


async def make_patients(folder: Path) -> tuple[Patients, Truth]:
    """Two journals, and copies of their files."""
    patients = Patients(folder / "closed", folder / "killed", folder / "foreign" / LOG)
    for each in (patients.closed, patients.killed, patients.foreign_log.parent):
        await asyncio.to_thread(each.mkdir, parents=True)
    truth = await _write(folder / DATABASE, patients.killed)
    for name in (DATABASE, LOCK):
        shutil.copy(folder / name, patients.closed)
    await _write(folder / f"other-{DATABASE}", patients.foreign_log.parent)
    shutil.copy(patients.foreign_log.with_name(f"other-{LOG}"), patients.foreign_log)
    return patients, truth


async def _write(path: Path, killed: Path) -> Truth:
    """A small journal with everything in it; its files as a killed server leaves them."""
    journal = await open_sqlite(path)
    await furnish_house(journal, TERMINALS)
    around = (_vault(journal), Hub(), ManualClock(), Metrics())
    runner = BranchRunner(branch_config(TERMINALS), journal, *around)
    await runner.start()
    actor = Actor(role="kiosk", station="kiosk-1")
    for n in range(TICKETS):
        take = TakeTicket(
            id=f"ticket-{n:016d}", day="2026-11-16", service=SERVICES[n % len(SERVICES)]
        )
        await runner.submit(take, actor)
    await runner.stop()
    names = {of_visit(n): f"王{n}" for n in range(NAMES)}
    vault = _vault(journal)
    for subject, name in names.items():
        sealed = vault.seal([PrivateRow(BRANCH, subject, NAME, name, 2**41)])
        head = await journal.head(BRANCH)
        await journal.append(BRANCH, head.seq, [_entry()], sealed)
    head = await journal.head(BRANCH)
    snapshot = Snapshot(head.seq, SHAPE, b"state" * 3000)
    await journal.save_snapshot(BRANCH, snapshot)
    truth = Truth(journal.epoch, await _all_rows(journal), names, snapshot.data)
    for file in path.parent.glob(f"{path.name}*"):
        if file.suffix not in (".lock",) and not file.name.endswith("-shm"):
            shutil.copy(file, killed)
    await journal.close()
    return truth


def _vault(journal: SqliteJournal) -> Vault:
    chance = random.Random(SEED)
    return Vault(journal, Keys([KEY]), lambda: chance.randbytes(24).hex())


def _entry() -> Entry:
    stamp = Stamp(at=ManualClock().now_ms() + 60_000, actor=CLOCK)
    return to_entry(ClockStepped(by_ms=1), stamp, "2026-11-16")


async def _all_rows(journal: SqliteJournal) -> dict[str, list[Row]]:
    return {stream: [row async for row in journal.read(stream)] for stream in STREAMS}


# --- Looking at a damaged one ----------------------------------------------------------------


async def look(path: Path, truth: Truth, *, may_end_sooner: bool) -> tuple[str, str]:
    """Refused, found, verified or harmless, and what was said; raises Lie, and lets a crash
    through."""
    faults = _verified(path)
    try:
        journal = await open_sqlite(path)
    except JournalRefused as refused:
        _check_sentence(str(refused), path)
        return "refused", refused.code
    said, missing = "", ""
    shorter = await _is_shorter(journal, truth)
    try:
        for step in (_look_at_rows, _look_at_snapshots, _look_at_names, _write_on):
            try:
                await step(journal, truth, may_end_sooner)
            except DAMAGED as error:
                _check_sentence(str(error), path)
                said = said or getattr(error, "code", type(error).__name__)
            except Missing as error:
                missing = str(error)
    finally:
        await journal.close()
    if said:
        return "found", said
    if missing and not faults:
        raise Lie(missing)
    if faults:
        return "verified", faults
    return ("shorter" if shorter else "harmless"), ""


async def _is_shorter(journal: SqliteJournal, truth: Truth) -> bool:
    try:
        heads = [(await journal.head(stream)).seq for stream in STREAMS]
    except DAMAGED:
        return False
    return any(seq < len(truth.rows[stream]) for stream, seq in zip(STREAMS, heads, strict=True))


def _verified(path: Path) -> str:
    """What `lobby verify` finds first; "" for nothing."""
    try:
        findings = verify(path, keys=Keys([KEY]))
    except (JournalError, CannotDo) as error:
        return type(error).__name__
    return findings.faults[0].code if findings.faults else ""


def _check_sentence(sentence: str, path: Path) -> None:
    said = (str(path), "restore", "Put that key back")
    if not any(word in sentence for word in said):
        raise Lie(f"said without naming the file or what to do: {sentence}")


async def _look_at_rows(journal: SqliteJournal, truth: Truth, may_end_sooner: bool) -> None:
    if journal.epoch != truth.epoch:
        raise Lie(f"the epoch is {journal.epoch}, not {truth.epoch}")
    errors = []
    for stream in STREAMS:
        try:
            await _look_at_stream(journal, stream, truth.rows[stream], may_end_sooner)
        except DAMAGED as error:
            errors.append(error)
    if errors:
        raise errors[0]


async def _look_at_stream(
    journal: SqliteJournal, stream: str, written: Sequence[Row], may_end_sooner: bool
) -> None:
    seen = 0
    async for row in journal.read(stream):
        if seen >= len(written) or row != written[seen]:
            raise Lie(f"row {row.seq} of {stream} was never written")
        seen += 1
    if seen < len(written) and not may_end_sooner:
        raise Lie(f"{stream} ends at {seen} instead of {len(written)}")


async def _look_at_snapshots(journal: SqliteJournal, truth: Truth, _: bool) -> None:
    found = await journal.newest_snapshot(BRANCH, SHAPE)
    if found is not None and found.data != truth.snapshot:
        raise Lie("a snapshot was never written")


async def _look_at_names(journal: SqliteJournal, truth: Truth, may_end_sooner: bool) -> None:
    vault, errors, missing = _vault(journal), [], ""
    for subject, name in truth.names.items():
        try:
            rows = await vault.show(BRANCH, [subject])
        except DAMAGED as error:
            errors.append(error)
            continue
        for row in rows:
            if (row.field, row.value) != (NAME, name):
                raise Lie(f"{subject} was never called {row.value}")
        if not rows and not may_end_sooner:
            missing = f"the name of {subject} is gone and nobody says so"
    if errors:
        raise errors[0]
    if missing:
        raise Missing(missing)


async def _write_on(journal: SqliteJournal, truth: Truth, may_end_sooner: bool) -> None:
    """What is written to it now must be there, and all the rest as it was."""
    before = {stream: (await journal.head(stream)).seq for stream in STREAMS}
    vault = _vault(journal)
    for n in range(WRITTEN_AFTER):
        for stream in STREAMS:
            sealed = vault.seal([PrivateRow(stream, of_visit(1000 + n), NAME, "李", 2**41)])
            await journal.append(stream, before[stream] + n, [_entry()], sealed)
    await journal.save_snapshot(BRANCH, Snapshot(before[BRANCH], SHAPE, truth.snapshot))
    for stream, seq in before.items():
        await _look_at_stream_again(journal, stream, truth.rows[stream][:seq])
    if not may_end_sooner:
        await _look_at_names(journal, truth, may_end_sooner)


async def _look_at_stream_again(
    journal: SqliteJournal, stream: str, written: Sequence[Row]
) -> None:
    rows = [row async for row in journal.read(stream)]
    if rows[: len(written)] != written or len(rows) != len(written) + WRITTEN_AFTER:
        raise Lie(f"{stream} is another one after something was written to it")


# --- Many ------------------------------------------------------------------------------------


def batch(patients: Patients, truth: bytes, first: int, count: int, seed: int) -> list[Outcome]:
    """So many, in this process."""
    return asyncio.run(
        _batch(patients, msgspec.msgpack.decode(truth, type=Truth), first, count, seed)
    )


async def _batch(
    patients: Patients, truth: Truth, first: int, count: int, seed: int
) -> list[Outcome]:
    outcomes = []
    for n in range(first, first + count):
        with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
            done = wound(patients, Path(name), random.Random(f"{seed}/{n}"))
            kind, said = await _kind_of(Path(name) / DATABASE, truth, done)
        outcomes.append(Outcome(kind, said, f"{n}: {done.what}"))
    return outcomes


async def _kind_of(path: Path, truth: Truth, done: Wounded) -> tuple[str, str]:
    try:
        return await look(path, truth, may_end_sooner=done.may_end_sooner)
    except Lie as lie:
        return "silent", str(lie)
    except Exception as error:  # noqa: BLE001 - whatever it is, a server would have met it too
        return "crashed", repr(error)


def many(patients: Patients, truth: Truth, wounds: int, seed: int) -> list[Outcome]:
    """So many, in batches, each in a process that may die."""
    data, outcomes = msgspec.msgpack.encode(truth), []
    for first in range(0, wounds, 20 * BATCH):
        firsts = range(first, min(first + 20 * BATCH, wounds), BATCH)
        tell(f"damage: {first} of {wounds}")
        with ProcessPoolExecutor() as pool:
            running = [
                pool.submit(batch, patients, data, one, min(BATCH, wounds - one), seed)
                for one in firsts
            ]
            for one, done in zip(firsts, running, strict=True):
                try:
                    outcomes += done.result()
                except BrokenProcessPool:
                    outcomes.append(Outcome("crashed", "the process died", f"{one} or later"))
    return outcomes


async def measure(options: argparse.Namespace, report: Report) -> None:
    """So many."""
    wounds = options.wounds or (300 if options.quick else WOUNDS)
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as name:
        patients, truth = await make_patients(Path(name))
        outcomes = await asyncio.to_thread(many, patients, truth, wounds, options.seed)
    kinds = Counter(outcome.kind for outcome in outcomes)
    report.add("damaged files", "", [len(outcomes)])
    for kind in ("refused", "found", "verified", "harmless", "shorter", "silent", "crashed"):
        report.add(kind, "", [kinds[kind]])
    hurt = len(outcomes) - kinds["harmless"] - kinds["shorter"]
    by_the_server = 100 * (kinds["refused"] + kinds["found"]) / hurt
    report.add("found by the server, of those not harmless", "%", [by_the_server])
    report.add(
        "found by the server or by verify", "%", [by_the_server + 100 * kinds["verified"] / hurt]
    )
    report.check(
        "nothing is served that was never written, and nothing missing goes unsaid",
        len(outcomes),
        [
            f"{one.what}: {one.kind}, {one.said}"
            for one in outcomes
            if one.kind in ("silent", "crashed")
        ],
    )


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wounds", type=int, help=f"how many (default: {WOUNDS:,})")
    parser.add_argument("--seed", type=int, default=SEED, help="draws other wounds")


if __name__ == "__main__":
    sys.exit(command_line("damage", __doc__, measure, _options))
