"""What the commands say when they are done: sentences for people, one JSON object for programs."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from server.upkeep.appointment_import import Imported as AppointmentsImported
from server.upkeep.appointments import FeedLink
from server.upkeep.backup import Backup
from server.upkeep.findings import End, Findings
from server.upkeep.holidays import Imported
from server.upkeep.init import Code, Made
from server.upkeep.restore import Restored
from shared.i18n import text
from shared.protocol import Language

WRONG_TOLD_MAX: Final = 200
"""Beyond so many wrong lines it is the table that is wrong."""


def json(told: object) -> str:
    """Any of the outcomes below as one JSON object."""
    return msgspec.json.encode(_plain(told)).decode()


def made(told: Made, language: Language) -> Iterator[str]:
    """What `lobby init` has written, and what to do next."""
    data = shlex.quote(str(told.folder))
    yield text(language, "upkeep.init.made", folder=told.folder)
    for file in told.files:
        yield f"  {file.relative_to(told.folder)}"
    yield from code(told.code, language)
    yield text(language, "upkeep.init.next", data=data, code=told.code.code)
    yield text(language, "upkeep.init.keys", keys=told.folder / "keys")


def code(told: Code, language: Language) -> Iterator[str]:
    """The set-up code."""
    yield text(language, "upkeep.init.code", code=told.code, until=_local(told.until))


def backup(told: Backup, language: Language) -> Iterator[str]:
    """Where the copy is, how far it reaches, what is not in it."""
    found = told.findings
    values = {
        "file": told.file,
        "megabytes": _megabytes(found.bytes),
        "events": sum(end.seq for end in found.ends),
        "reached": _reached(found),
    }
    yield text(language, "upkeep.backup.made", **values)
    yield text(language, "upkeep.backup.configuration", file=told.configuration)
    for file in told.removed:
        yield text(language, "upkeep.backup.removed", file=file)
    if found.readable_rows:
        yield text(language, "upkeep.backup.readable", n=found.readable_rows)
    if told.apart:
        yield text(language, "upkeep.backup.apart", files=_listed(told.apart, language))


def imported(told: Imported, language: Language) -> Iterator[str]:
    """How many special days were written, and which were there already."""
    values = {"year": told.year, "closed": told.closed, "worked": told.worked}
    yield text(language, "upkeep.calendar.done", file=told.file, **values)
    if told.kept:
        yield text(language, "upkeep.calendar.kept", dates=_listed(told.kept, language))
    if told.swaps_missing:
        yield text(language, "upkeep.calendar.swaps_missing", year=told.year)
    yield text(language, "upkeep.calendar.next")


def appointments(told: AppointmentsImported, dry: bool, language: Language) -> Iterator[str]:
    """How many were booked, or each line that is wrong."""
    for wrong in told.wrong[:WRONG_TOLD_MAX]:
        yield wrong.told(language)
    if (more := len(told.wrong) - WRONG_TOLD_MAX) > 0:
        yield text(language, "upkeep.appointments.more", n=more)
    if told.wrong:
        yield text(language, "upkeep.appointments.nothing")
    else:
        key = "could_be" if dry else "done"
        yield text(language, f"upkeep.appointments.{key}", n=told.booked)


def feeds(told: Iterable[FeedLink], language: Language) -> Iterator[str]:
    """The address of each calendar, behind what it is of."""
    for link in told:
        name = link.name.zh if language == "zh" else link.name.en
        yield f"{link.of}  {link.link}  {name}"
    yield text(language, "upkeep.appointments.secret")


def restored(told: Restored, language: Language) -> Iterator[str]:
    """What is in place now, what is lost, what is still to be done."""
    lost = told.lost
    yield text(
        language,
        "upkeep.restore.done",
        path=told.database,
        reached=_reached(told.findings),
    )
    if lost.events is None:
        yield text(language, "upkeep.restore.lost_unknown")
    elif lost.events and lost.until is not None:
        each = [f"{stream} {n}" for stream, n in lost.events.items()]
        until = _local(lost.until)
        events = text(language, "word.and").join(each)
        yield text(language, "upkeep.restore.lost", events=events, until=until)
    else:
        yield text(language, "upkeep.restore.lost_nothing")
    if told.kept:
        yield text(language, "upkeep.restore.kept", path=told.kept)
    if told.missing:
        yield text(language, "upkeep.restore.missing", files=_listed(told.missing, language))
    yield text(language, "upkeep.restore.next")


def findings(path: Path, told: Findings, language: Language) -> Iterator[str]:
    """Where each stream ends, and every fault."""
    values = {"version": told.version, "epoch": told.epoch, "megabytes": _megabytes(told.bytes)}
    yield text(language, "upkeep.verify.about", path=path, **values)
    for end in told.ends:
        yield f"  {end.stream}:{end.seq}:{end.hash}  {_moment(end)}"
    yield text(
        language,
        "upkeep.verify.besides",
        snapshots=told.snapshots,
        rows=told.private_rows,
        readable=told.readable_rows,
        locked=told.locked_rows,
    )
    for fault in told.faults:
        yield fault.told(language)
    yield text(language, "upkeep.verify.sound" if told.sound else "upkeep.verify.faulty")


def _reached(found: Findings) -> str:
    last = max(found.ends, key=lambda end: end.at, default=None)
    return _moment(last) if last else "-"


def _moment(end: End) -> str:
    return (
        f"{datetime.fromtimestamp(end.at / 1000, tz=ZoneInfo(end.time_zone)):%Y-%m-%d %H:%M:%S %z}"
    )


def _local(at: int) -> str:
    """In the zone of this machine: whoever reads it sits here."""
    return f"{datetime.fromtimestamp(at / 1000, tz=UTC).astimezone():%Y-%m-%d %H:%M:%S %z}"


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f}"


def _listed(files: Iterable[object], language: Language) -> str:
    return text(language, "word.and").join(map(str, files))


def _plain(told: object) -> Any:
    plain = msgspec.to_builtins(told, enc_hook=str)
    return plain | {"sound": told.sound} if isinstance(told, Findings) else plain
