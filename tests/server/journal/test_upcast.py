"""Events are written down and read back; old shapes are lifted; what cannot be read stops us."""

import msgspec
import pytest

from server.domain.events import (
    EVENT_TYPES,
    ActionUndone,
    BranchConfigured,
    DayOpened,
    TicketCalled,
    TicketLeft,
    TicketTaken,
)
from server.domain.hours import ServiceHours
from server.domain.state import Actor, Figures, Stamp, Transaction, Visit
from server.journal.contract import EMPTY, JournalFailed, rows_after
from server.journal.upcast import LIFTS, stamp_of, to_entry, to_event
from shared.protocol import WhyCalled
from tests.server.one_branch import branch_config

STAMP = Stamp(at=1_763_254_800_000, actor=Actor(role="kiosk", station="k-1"), command_id="c" * 20)
TAKEN = TicketTaken(visit=7, number="A007", series="A", n=7, service="A", waiting_since=5)


def row_of(entry, **changes):
    return rows_after(EMPTY, "main", [msgspec.structs.replace(entry, **changes)])[0]


@pytest.mark.parametrize(
    "event",
    [
        BranchConfigured(config=branch_config()),
        DayOpened(day="2026-11-16", ends_at=9, hours={"A": ServiceHours(1, 2, 3, 4)}),
        TAKEN,
        TicketCalled(visit=7, number="A007", counter=2, why=WhyCalled(rule="longest_wait")),
        TicketLeft(visit=7),
        ActionUndone(
            counter=2,
            undone="ServiceStarted",
            restored=Visit(
                id=7,
                number="A007",
                state="called",
                taken_at=1,
                waiting_since=2,
                lanes=("ordinary",),
                needs=(),
                language="zh",
                transactions=[Transaction("A", 2)],
            ),
            figures=Figures(called=1),
            counter_visit=7,
        ),
    ],
    ids=lambda event: type(event).__name__,
)
def test_an_event_is_read_as_it_was_written(event):
    row = row_of(to_entry(event, STAMP, "2026-11-16"))

    assert to_event(row) == event
    assert row.type == type(event).__name__
    assert row.day == "2026-11-16"


def test_a_stamp_is_read_as_it_was_written():
    row = row_of(to_entry(TAKEN, STAMP, "2026-11-16"))

    assert stamp_of(row) == STAMP


def test_the_actor_is_written_as_json_without_what_it_leaves_out():
    entry = to_entry(TAKEN, STAMP, "")

    assert entry.actor == '{"role":"kiosk","station":"k-1"}'


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"type": "TicketEaten"}, id="a type nobody knows"),
        pytest.param({"type": "TicketLeft"}, id="a type that is not the one inside"),
        pytest.param({"data": b'{"type":"TicketTaken","visit":7}'}, id="a field is missing"),
        pytest.param({"data": b'{"type":"TicketTaken","vis'}, id="cut off"),
        pytest.param({"data": b"\xff\xfe"}, id="not text"),
        pytest.param({"data": b'{"type":' + b"[" * 100_000}, id="brackets without end"),
    ],
)
def test_a_row_that_cannot_be_read_is_damage_and_names_itself(changes):
    row = row_of(to_entry(TAKEN, STAMP, ""), **changes)

    with pytest.raises(JournalFailed, match="row 1") as failure:
        to_event(row)
    assert failure.value.code == "damaged"
    assert failure.value.values["seq"] == 1


@pytest.mark.parametrize("actor", ["", "{}", '{"role":"king"}', "[" * 100_000])
def test_an_actor_that_cannot_be_read_is_damage(actor):
    row = row_of(to_entry(TAKEN, STAMP, ""), actor=actor)

    with pytest.raises(JournalFailed, match="row 1") as failure:
        stamp_of(row)
    assert failure.value.values["seq"] == 1


def test_an_old_shape_is_lifted_and_todays_shape_passes_through():
    def lift(event):
        return {"type": "TicketLeft", "visit": event.get("visit") or event["ticket"]}

    old = row_of(to_entry(TAKEN, STAMP, ""), type="CustomerLeft", data=b'{"ticket":7}')
    today = row_of(to_entry(TicketLeft(visit=7), STAMP, ""))

    lifts = {"CustomerLeft": lift, "TicketLeft": lift}
    assert to_event(old, lifts) == TicketLeft(visit=7)
    assert to_event(today, lifts) == TicketLeft(visit=7)


def test_a_shape_that_is_still_wrong_when_lifted_is_damage():
    row = row_of(to_entry(TicketLeft(visit=7), STAMP, ""))

    with pytest.raises(JournalFailed, match="row 1"):
        to_event(row, {"TicketLeft": lambda event: {"type": "TicketLeft"}})


def test_every_lift_is_for_a_shape_that_some_journal_may_hold():
    assert set(LIFTS) <= set(EVENT_TYPES)
