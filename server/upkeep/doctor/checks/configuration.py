"""Is the folder configured so that it can be served, and is what it says in force?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from server.config import DEFAULT_BRANCH, branch_files
from server.domain.configuration import BranchConfig
from server.upkeep.doctor.findings import Finding, found
from server.upkeep.doctor.folder import Folder
from server.upkeep.doctor.machine import Machine

LAST_MONTH: Final = 12
"""By then next year's holidays, and the weekends worked for them, have been published."""


def configuration(folder: Folder, _machine: Machine) -> list[Finding]:
    """What `lobby check` finds, and time zones that the machine does not know."""
    unknown = [
        found("zone_missing", zone=branch.time_zone, branch=branch.id)
        for branch in folder.branches.values()
        if not _knows(branch.time_zone)
    ]
    mistakes = [
        found("configuration_wrong", mistake=error, data=folder.path)
        for error in folder.errors
        if not (unknown and error.key == "time_zone")
    ]
    return mistakes + unknown


def configuration_in_force(folder: Folder, machine: Machine) -> list[Finding] | None:
    """A running server goes by what was written there when it started."""
    if folder.journal is None or machine.answer is None or not machine.answer.is_lobby:
        return None
    return [
        found("configuration_waits", branch=branch.id)
        for branch in folder.branches.values()
        if branch.id in machine.answer.branches
        and folder.journal.configuration(branch.id) != branch
    ]


def holidays(folder: Folder, machine: Machine) -> list[Finding] | None:
    """A branch whose holidays are kept here needs those of next year before it begins."""
    kept = [branch for branch in folder.branches.values() if branch.hours.exceptions]
    if not kept:
        return None
    files = {file.stem: file for file in branch_files(folder.path) if file != DEFAULT_BRANCH}
    return [
        found("holidays_missing", branch=branch.id, year=year, file=files.get(branch.id, branch.id))
        for branch in kept
        if (year := _wanted(_today(branch, machine))) not in _years(branch)
    ]


def _wanted(today: date) -> int:
    return today.year + (today.month >= LAST_MONTH)


def _years(branch: BranchConfig) -> set[int]:
    return {int(one.date[:4]) for one in branch.hours.exceptions}


def _today(branch: BranchConfig, machine: Machine) -> date:
    zone = ZoneInfo(branch.time_zone) if _knows(branch.time_zone) else UTC
    return datetime.fromtimestamp(machine.now_ms / 1000, tz=zone).date()


def _knows(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return False
    return True
