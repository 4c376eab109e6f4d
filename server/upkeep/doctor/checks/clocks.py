"""Is the machine's clock right, and does it know the time zones of today?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from server.config import HOUSE_STREAM
from server.upkeep.doctor.findings import Finding, found, moment
from server.upkeep.doctor.folder import Folder
from server.upkeep.doctor.machine import Machine

BEHIND_MS: Final = 60_000
"""More than clocks differ that something keeps."""

AWAY_DAYS: Final = 30
"""No branch is closed for so long; but a clock whose battery was changed may well be wrong."""
DAY_MS: Final = 86_400_000

ZONES_YEARS_MAX: Final = 2


def clock(folder: Folder, machine: Machine) -> list[Finding] | None:
    """The wall clock beside what the journal knows to have been."""
    if folder.journal is None:
        return None
    last = max(map(folder.journal.last_at, _real_streams(folder)), default=None)
    if last is None:
        return None
    now, then = moment(machine.now_ms, folder.zone), moment(last, folder.zone)
    if machine.now_ms < last - BEHIND_MS:
        return [found("clock_behind", now=now, last=then)]
    if machine.now_ms > last + AWAY_DAYS * DAY_MS:
        return [found("clock_far_ahead", now=now, last=then)]
    return []


def clock_kept(_folder: Folder, machine: Machine) -> list[Finding] | None:
    """Whether something keeps the clock right."""
    if machine.clock_kept is None:
        return None
    return [] if machine.clock_kept else [found("clock_not_kept")]


def zone_data(_folder: Folder, machine: Machine) -> list[Finding] | None:
    """Countries change their clocks, and tell a few months before."""
    if not machine.zones:
        return None
    year = datetime.fromtimestamp(machine.now_ms / 1000, tz=UTC).year
    old = int(machine.zones[:4]) < year - ZONES_YEARS_MAX
    return [found("zones_old", version=machine.zones)] if old else []


def _real_streams(folder: Folder) -> list[str]:
    """Those that live by the wall clock; a rehearsal has a time of its own."""
    assert folder.journal is not None
    streams = folder.journal.file.branches()
    return [s for s in streams if s == HOUSE_STREAM or not folder.journal.is_rehearsal(s)]
