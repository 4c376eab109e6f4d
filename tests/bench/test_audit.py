"""The audit that the fault benches trust finds what must never be."""

import msgspec
import pytest

from bench.audit import Audit, unanswered
from server.journal.contract import Entry
from server.journal.memory import MemoryJournal
from shared.protocol import Accepted, Refused


async def audited(*events):
    """An audit of a journal with these events: (command, type, fields)."""
    journal = MemoryJournal()
    for seq, (command, kind, fields) in enumerate(events):
        data = msgspec.json.encode(fields)
        entry = Entry("2026-11-16", 0, "{}", f"{command}.digest", kind, data)
        await journal.append("main", seq, [entry])
    audit = Audit()
    audit.read([row async for row in journal.read("main")])
    return audit


def taken(visit, number, command=None, **fields):
    fields = {"service": "A", **fields}
    return command or f"take-{visit}", "TicketTaken", {"visit": visit, "number": number, **fields}


def called(visit, counter, rule="longest_wait"):
    why = {"rule": rule}
    return f"call-{visit}", "TicketCalled", {"visit": visit, "counter": counter, "why": why}


def ended(visit, kind="ServiceFinished"):
    return f"end-{visit}", kind, {"visit": visit}


A, B = taken(1, "A001"), taken(2, "A002")


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([A, B, taken(3, "A003", "take-1")], "command take-1 was carried out again"),
        ([A, taken(2, "A001")], "number A001 is alive twice"),
        ([A, B, called(1, 1), called(2, 1)], "counter 1 has two tickets in hand"),
        ([A, called(1, 1), called(1, 2)], "visit 1 is at counters 1 and 2"),
        ([A, B, called(2, 1)], "visit 1 came before 2, with the same wishes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_must_never_be_is_found(events, problem):
    audit = await audited(*events)

    assert [found.partition(": ")[2] for found in audit.problems] == [problem]


async def test_a_sound_journal_has_no_problems():
    other_service, by_number = taken(3, "B001", service="B"), called(5, 2, "by_number")

    audit = await audited(
        *(A, B, other_service, called(1, 1), called(3, 2), ended(1), called(2, 1), ended(3)),
        *(taken(4, "A003"), taken(5, "A004"), by_number, ended(2), ended(5, "TicketLeft")),
        *(taken(6, "A001"), ended(4, "TicketSteppedBack"), called(6, 3)),
    )

    assert audit.problems == []


async def test_answers_are_held_against_the_journal():
    audit = await audited(A, B)

    def told(command, seq):
        return {command: Accepted(id=command, seq=seq)}

    both = told("take-1", 1) | told("take-2", 2)
    refused = {"take-2": Refused(id="take-2", code="Busy", text="")}
    assert unanswered(audit, both) == []
    assert unanswered(audit, both | told("take-3", 3)) == ["take-3 was acknowledged and is lost"]
    assert unanswered(audit, both | told("take-2", 1)) == [
        "take-2 was acknowledged at 1 and is at (2, 2)"
    ]
    assert unanswered(audit, both | refused) == ["take-2 was refused and is in the journal"]
    assert unanswered(audit, told("take-1", 1)) == ["take-2 is in the journal and nobody was told"]
