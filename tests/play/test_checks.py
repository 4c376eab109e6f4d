"""The check at the end of a played day finds what a lobby must never do."""

import msgspec
import pytest

from play.checks import check
from play.compare import taken_at


def rows(*events: dict[str, object]) -> list[bytes]:
    return [msgspec.json.encode({"data": event}) for event in events]


def taken(visit: int, number: str) -> dict[str, object]:
    return {"type": "TicketTaken", "visit": visit, "number": number}


def called(visit: int, counter: int) -> dict[str, object]:
    return {"type": "TicketCalled", "visit": visit, "number": f"A00{visit}", "counter": counter}


def ended(visit: int, how: str = "ServiceFinished") -> dict[str, object]:
    return {"type": how, "visit": visit}


def test_a_clean_day_is_found_clean():
    day = rows(taken(1, "A001"), called(1, 2), ended(1), taken(2, "A002"), ended(2, "TicketLeft"))

    findings = check(day, taken=2)

    assert findings.wrong == []
    assert (findings.tickets, findings.events) == (2, 5)


def test_a_number_may_be_given_again_when_its_holder_has_gone():
    day = rows(taken(1, "A001"), ended(1), taken(2, "A001"), ended(2))

    assert check(day, taken=2).wrong == []


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (rows(taken(1, "A001"), taken(2, "A001"), ended(1), ended(2)), "A001 was given twice"),
        (
            rows(taken(1, "A001"), called(1, 1), called(1, 2), ended(1), taken(2, "B1"), ended(2)),
            "A001 was called while in hand",
        ),
        (
            rows(taken(1, "A"), taken(2, "B"), called(1, 1), called(2, 1), ended(1), ended(2)),
            "A002 was called while in hand",
        ),
        (
            rows(taken(1, "A001"), ended(1), ended(1), taken(2, "B"), ended(2)),
            "visit 1 ended twice",
        ),
        (rows(taken(1, "A001"), ended(1)), "2 tickets taken, 1 kept"),
        (rows(taken(1, "A001"), taken(2, "A002"), ended(1)), "not every ticket has an ending"),
    ],
    ids=["number-twice", "two-counters", "two-tickets", "ended-twice", "lost", "not-ended"],
)
def test_what_must_never_be_is_found(day, found):
    findings = check(day, taken=2)

    assert found in findings.wrong


def test_the_tickets_of_whoever_looks_on_are_told_apart():
    played, own = ({"type": "TicketTaken", "visit": visit} for visit in (1, 2))
    day = [
        msgspec.json.encode({"actor": {"role": "kiosk", "station": station}, "data": event})
        for station, event in (("played", played), ("visitors", own))
    ]

    assert taken_at({"visitors"}, day) == {2}
