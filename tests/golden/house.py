"""A house in which everything happens that can happen to people and stations.

Lived through the decisions themselves, so that no event stands in the golden file that the house
would not have written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from server.answers import key_of
from server.domain.state import CLOCK, Actor, Stamp
from server.house import decide as d
from server.house.apply import apply
from server.house.events import HOUSE_EVENT_TYPES, ChangedKey, HouseEvent, JournalRestored
from server.house.state import House
from server.journal.upcast import to_entry
from server.people import STRANGER
from server.upkeep.restore import BY_HAND
from shared import protocol as p
from tests.server.one_branch import branch_config

BRANCHES = {"main": branch_config(counters=3), "west": branch_config("west")}

MONDAY_AT_NINE = 1_794_790_800_000
MINUTE_MS = 60_000

ANNA = Actor(role="administrator", station="main-desk-1", staff="anna")
LI = Actor(role="teller", station="main-counter-3", staff="li", counter=3)
AUDITOR = Actor(role="auditor", station="main-desk-1", staff="qian")
KIOSK = Actor(role="kiosk", station="main-kiosk-1")

HASH = "0123456789abcdef" * 4


class Life:
    """What was decided, and what became of it."""

    def __init__(self) -> None:
        self.house = House()
        self.at = MONDAY_AT_NINE
        self.rows: list[dict[str, Any]] = []
        self._ids = 0

    def does(self, command: d.AnyHouseCommand, actor: Actor) -> None:
        """One command, a minute after the one before."""
        self.at += MINUTE_MS
        context = d.Context(at=self.at, actor=actor, branches=BRANCHES, branch="main")
        key = key_of(command, actor) if isinstance(command, p.HouseCommand) else ""
        for event in d.decide(self.house, command, context):
            self.happens(event, actor, key)

    def happens(self, event: HouseEvent, actor: Actor, key: str = "") -> None:
        """One event; what a restore writes is decided by nobody."""
        entry = to_entry(event, Stamp(at=self.at, actor=actor, command_id=key), "")
        apply(self.house, event, self.at, key)
        row = {"at": entry.at, "actor": entry.actor, "command_id": entry.command_id}
        self.rows.append(row | {"type": entry.type, "data": json.loads(entry.data)})

    def asks(self, what: type[Any], /, actor: Actor = ANNA, **fields: object) -> None:
        """What the administrator asks."""
        self._ids += 1
        self.does(what(id=f"golden-{self._ids:016}", **fields), actor)


def lines() -> Iterator[dict[str, Any]]:
    """Every row, and at the end who is there and in what state."""
    life = Life()
    _begins(life)
    _works(life)
    _answers_for_data(life)
    _goes_wrong(life)
    seen = {row["type"] for row in life.rows}
    assert seen == set(HOUSE_EVENT_TYPES), sorted(set(HOUSE_EVENT_TYPES) - seen)
    yield from life.rows
    yield {"seq": life.house.seq, "end": end_of(life.house)}


def end_of(house: House) -> dict[str, Any]:
    """Who is there and in what state; not the whole state, whose shape may change."""
    return {
        "staff": {
            one.id: [one.ready, one.disabled, *(f"{at.role}@{at.branch}" for at in one.roles)]
            for one in house.staff.values()
        },
        "stations": {one.id: [one.name, one.revoked] for one in house.stations.values()},
        "invitations": [one.name for one in house.invitations.values()],
        "signed_in": {station: kept.staff for station, kept in house.sign_ins.items()},
    }


def _begins(life: Life) -> None:
    """Set up, terminals and accounts."""
    life.does(d.MakeSetUpCode(life.at + 30 * MINUTE_MS), CLOCK)
    life.does(d.SetUpHouse("anna", "main", HASH), STRANGER)
    life.does(d.ChooseSecret("anna", "password"), STRANGER)
    life.asks(p.InviteStation, kind="counter", branch="main", counter=3, name="Counter 3")
    life.does(d.RefuseCode("main"), STRANGER)
    life.does(d.PairStation(1, HASH), STRANGER)
    life.asks(p.InviteStation, kind="kiosk", branch="main")
    life.asks(p.CancelInvitation, invitation=2)
    life.asks(p.InviteStation, kind="display", branch="west", name="Hall")
    life.asks(p.RenameStation, station="main-counter-3", name="Window 3")
    teller, auditor = p.RoleAt(branch="main", role="teller"), p.RoleAt(branch="*", role="auditor")
    for staff, role in (("li", teller), ("wang", teller), ("qian", auditor)):
        life.asks(p.AddStaff, staff=staff, roles=(role,))
        life.does(d.ChooseSecret(staff, "pin" if role is teller else "password"), LI)
    life.asks(p.ChangeRoles, staff="wang", roles=(teller, p.RoleAt(branch="west", role="teller")))


def _works(life: Life) -> None:
    """Signing in and out, handing over."""
    day_ends = life.at + 600 * MINUTE_MS
    life.does(d.RefuseSignIn("li", "main-counter-3"), KIOSK)
    life.does(d.Admit("li", "main-counter-3", "teller", HASH, day_ends), LI)
    life.does(d.LockSignIn("main-counter-3", HASH), LI)
    life.does(d.UnlockSignIn("main-counter-3", HASH, HASH[::-1]), LI)
    life.does(d.Admit("wang", "main-counter-3", "teller", HASH, day_ends, instead_of="li"), LI)
    life.does(d.EndSignIn("main-counter-3", HASH, "signed_out"), LI)
    life.does(d.Admit("qian", "main-desk-1", "auditor", HASH), AUDITOR)

    changed = ChangedKey("main", "counters[3].name.en", "Counter 3", "Window 3")
    asked = p.AskExport(
        id="golden-export-0001",
        what="house",
        first_day="2026-11-16",
        last_day="2026-11-16",
        reason="the yearly audit",
    )
    life.does(d.RecordExport(asked, "house", 12), ANNA)
    life.does(d.RecordReload(("main",), (changed,), 0), ANNA)


def _answers_for_data(life: Life) -> None:
    """Somebody asks for the own data, and has it deleted; the rest goes in time."""
    life.does(d.RecordLook("main", 3, "asked at the counter"), ANNA)
    life.does(d.RecordErasure("main", 3, "asked at the counter"), ANNA)
    life.does(d.RecordPurge(12), CLOCK)


def _goes_wrong(life: Life) -> None:
    """Wrong tries, lost rights and lost secrets."""
    for _ in range(d.TRIES_A_DAY):
        life.does(d.RefuseSignIn("li", "main-counter-3"), KIOSK)
    life.asks(p.UnlockStaff, staff="li")
    life.does(d.RefuseSignIn("?0123456789abcdef", "main-counter-3"), KIOSK)
    life.asks(p.ResetSecret, staff="li")
    life.asks(p.DisableStaff, staff="wang")
    life.asks(p.EnableStaff, staff="wang")
    life.asks(p.RevokeStation, station="main-counter-3")
    life.asks(p.RenameStation, station="main-desk-1", name="Desk")
    life.does(d.Admit("anna", "main-desk-1", "administrator", HASH), ANNA)
    life.happens(JournalRestored(reached_at=life.at, lost_at=life.at + 9, lost=7), BY_HAND)
    visits, appointments = {"main": 31, "west": 0}, {"main": 4, "west": 0}
    restored = JournalRestored(reached_at=life.at, visits=visits, appointments=appointments)
    life.happens(restored, BY_HAND)
    life.does(d.MakeSetUpCode(life.at + 30 * MINUTE_MS), CLOCK)
    life.does(d.SetUpHouse("anna", "main", HASH, lost=("anna", "qian", "wang")), STRANGER)
