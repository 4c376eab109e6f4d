"""The life of a ticket is one table: what it allows happens, and nothing else can."""

from typing import Any, get_args

import msgspec
import pytest

from server.domain import events as e
from server.domain.apply import apply
from server.domain.events import Event, TicketHappening
from server.domain.state import LIVE_STATES, TICKET_TRANSITIONS, Actor, Branch, Stamp
from shared.protocol import (
    AddTransaction,
    DivertToMachine,
    FinishService,
    GiveUpTicket,
    LeaveLine,
    ParkTicket,
    StartService,
    TicketState,
    WhyCalled,
)

STATES = (None, *get_args(TicketState))
TICKET_EVENTS = {
    kind.__name__: kind for kind in get_args(Event) if issubclass(kind, TicketHappening)
}
WHY = WhyCalled(rule="longest_wait")
NEXT = {"waiting_since": 0, "service": "A"}

FIELDS: dict[str, dict[str, Any]] = {
    "TicketTaken": {"number": "A002", "series": "A", "n": 2, **NEXT},
    "HandwrittenEntered": {"number": "77", "taken_at": 0, **NEXT},
    "HandwrittenServed": {"counter": 2, "started_at": 0, "finished_at": 0},
    "TicketSteppedBack": {"places": 1, "until": 0, "strict": False},
    "TurnCame": {"until": 0},
    "CustomerArrived": {"number": "A001"},
    "LanesChanged": {"lanes": ("care",), "reason": "other"},
    "NeedsChanged": {"needs": ("escort",)},
    "TicketPromoted": {"reason": "other"},
    "TicketReassigned": {"reason": "other", "service": "F"},
    "TicketDiverted": {"machine": "M1"},
    "TicketCalled": {"number": "A001", "counter": 1, "why": WHY},
    "TicketReprinted": {"number": "A001"},
    "TicketRecalled": {"number": "A001", "counter": 1},
    "TicketReturned": {"counter": 1},
    "ServiceStarted": {"counter": 1},
    "TransactionAdded": {"counter": 1, "service": "F"},
    "TransactionFinished": {"counter": 1, "outcome": "done"},
    "ServiceFinished": {"counter": 1, "outcome": "done"},
    "TicketTransferred": {
        "counter": 1,
        "service": "L",
        "outcome": "transferred",
        "position": "arrival",
    },
    "TicketMissed": {"counter": 1},
    "TicketReinstated": {"places": 3, "until": 0},
    "TicketParked": {"counter": 1, "reason": "form", "owner": "any"},
}
"""What an event needs besides the visit; the others need nothing."""


def in_state(story, state):
    """The branch with A001 in that state, counter 1 at work with it."""
    story.open(1)
    if state is None:
        return
    story.take("A")
    if state in ("called", "serving", "parked", "missed", "done"):
        story.call(1)
    match state:
        case "serving":
            story.given(StartService, counter=1)
            story.given(AddTransaction, counter=1, service="F")
        case "parked":
            story.given(ParkTicket, counter=1, reason="form")
        case "missed":
            story.miss(1)
        case "diverted":
            story.given(DivertToMachine, visit=1, machine="M1")
        case "done":
            story.given(StartService, counter=1)
            story.given(FinishService, counter=1)
        case "left":
            story.given(LeaveLine, visit=1)
        case "given_up":
            story.given(GiveUpTicket, visit=1, reason="other")
        case "unserved":
            story.happen(e.TicketUnserved(visit=1))
        case _:
            assert state in ("waiting", "called")


def copy_of(branch):
    return msgspec.json.decode(msgspec.json.encode(branch), type=Branch)


@pytest.mark.parametrize("name", TICKET_EVENTS)
@pytest.mark.parametrize("state", STATES)
def test_a_ticket_moves_as_the_table_says_and_in_no_other_way(story, state, name):
    in_state(story, state)
    if name == "HandwrittenEntered":
        story.happen(e.EmergencyStarted(kind="emergency"))
    branch = copy_of(story.branch)
    if state is not None:
        assert branch.visits[1].state == state
    event = TICKET_EVENTS[name](visit=1, **FIELDS.get(name, {}))

    to = TICKET_TRANSITIONS[state].get(name)

    if to is None:
        with pytest.raises(AssertionError):
            apply(branch, event, Stamp(story.now))
        return
    apply(branch, event, Stamp(story.now))
    assert branch.visits[1].state == to
    assert (1 in branch.line) == (to == "waiting")
    assert (1 in branch.live.values()) == (to in LIVE_STATES)
    assert (branch.counters[1].visit == 1) == (to in ("called", "serving"))


def test_every_event_of_a_ticket_is_in_the_table_and_the_table_knows_no_others():
    assert {name for moves in TICKET_TRANSITIONS.values() for name in moves} == set(TICKET_EVENTS)


def test_every_state_is_in_the_table_and_leads_to_states():
    assert set(TICKET_TRANSITIONS) == set(STATES)
    for moves in TICKET_TRANSITIONS.values():
        assert set(moves.values()) <= set(STATES)


def reachable(start):
    """Every state the table leads to from there."""
    found, new = set(), {start}
    while new:
        found |= new
        new = {to for state in new for to in TICKET_TRANSITIONS[state].values()} - found
    return found


def test_every_state_can_be_reached():
    assert reachable(None) == set(STATES)


def test_from_every_state_a_ticket_can_come_to_an_end():
    ends = {state for state, moves in TICKET_TRANSITIONS.items() if not moves}

    assert ends == {"done", "left", "given_up", "unserved"}
    for state in STATES:
        assert reachable(state) & ends


def test_every_live_state_can_be_left_unserved_at_the_close():
    for state in LIVE_STATES:
        assert TICKET_TRANSITIONS[state]["TicketUnserved"] == "unserved"


def test_a_live_state_is_one_that_has_not_ended():
    assert {"waiting", "called", "serving", "parked", "missed", "diverted"} == LIVE_STATES


# --- Bugs are assertions -------------------------------------------------------------------------


def test_no_number_is_given_twice_whatever_the_journal_says(story):
    story.take("A")
    twice = e.TicketTaken(visit=2, number="A001", series="A", n=1, service="A", waiting_since=0)

    with pytest.raises(AssertionError):
        apply(copy_of(story.branch), twice, Stamp(story.now))


def test_an_event_that_nobody_applies_is_our_mistake(story):
    class SomethingHappened(e.Happening, frozen=True):
        pass

    with pytest.raises(AssertionError):
        apply(copy_of(story.branch), SomethingHappened(), Stamp(story.now))  # type: ignore[arg-type]


def test_an_event_of_a_day_needs_a_day(tell):
    night = tell("2026-11-16 07:00")

    with pytest.raises(AssertionError):
        apply(copy_of(night.branch), e.PresetChosen(preset="simple"), Stamp(night.now))


# --- What an event carries -----------------------------------------------------------------------


def test_every_event_is_found_by_the_name_that_is_written_down():
    assert {kind.__name__: kind for kind in get_args(Event)} == e.EVENT_TYPES
    for name, kind in e.EVENT_TYPES.items():
        assert kind.__struct_config__.tag == name


def test_every_event_says_in_a_sentence_what_happened():
    for kind in e.EVENT_TYPES.values():
        assert kind.__doc__ is not None
        assert kind.__doc__.strip()


def test_no_event_has_a_place_for_a_name_a_phone_or_a_cause():
    for kind in e.EVENT_TYPES.values():
        for field in kind.__struct_fields__:
            assert field not in ("name", "phone", "age", "disability", "diagnosis", "note")


def test_the_clock_acts_under_its_own_name():
    assert Stamp(0).actor == Actor(role="clock")
