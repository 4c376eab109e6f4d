"""Whose visit it is: what the rules see of it is an id, and each audience what it may know."""

import msgspec

from server.domain.events import PersonForgotten, PersonRecorded, TicketTransferred
from server.domain.known import PersonKnown
from server.domain.refusals import (
    NobodyRecorded,
    NothingToRecord,
    TicketEnded,
    TicketNotInHand,
    UnknownVisit,
)
from server.domain.views import in_full
from shared.protocol import (
    CallNext,
    ForgetPerson,
    LeaveLine,
    PersonShown,
    RecordPerson,
    TransferTicket,
    UndoAction,
)
from tests.server.domain.story import ASKED, like

NAME, PHONE, NOTE = "王小明", "13800138000", "带了护照"
FULL = PersonShown(name=NAME, phone=PHONE)
MASKED = PersonShown(name="王*明", phone="138****8000")


def recorded(story, visit="A001", **fields):
    """The id under which that visit's person is known now."""
    (event,) = story.given(RecordPerson, visit=visit, **(fields or {"name": NAME, "phone": PHONE}))
    story.known.persons[event.person] = PersonKnown(FULL, MASKED)
    return event.person


def transferred(story, note=NOTE, **fields):
    """The id of the note that went with the ticket."""
    event = story.given(TransferTicket, **{"counter": 1, "service": "L", "note": note, **fields})[0]
    story.known.notes.setdefault(event.visit, {})[event.note_id] = note
    return event.note_id


# --- Recording -------------------------------------------------------------------------------


def test_the_event_has_an_id_and_neither_name_nor_number(story):
    story.take("A")

    outcome = story.when(RecordPerson, visit="A001", name=NAME, phone=PHONE)

    outcome.then(PersonRecorded(visit=1, person="said-3"))
    assert story.branch.day.persons == {1: "said-3"}


def test_a_correction_keeps_the_id(story):
    story.take("A")
    person = recorded(story)

    story.when(RecordPerson, visit="A001", phone=PHONE).then(PersonRecorded(visit=1, person=person))


def test_each_visit_has_an_id_of_its_own(story):
    story.take("A")
    story.take("A")

    assert recorded(story, "A001") != recorded(story, "A002")


def test_nothing_said_is_nothing_recorded(story):
    story.take("A")

    story.when(RecordPerson, visit="A001").refused(NothingToRecord())


def test_a_visit_that_is_over_or_was_never_there_gets_no_person(story):
    story.take("A")
    story.given(LeaveLine, visit="A001")

    story.when(RecordPerson, visit="A001", name=NAME).refused(TicketEnded("A001", "left"))
    story.when(RecordPerson, visit=9, name=NAME).refused(UnknownVisit(9))


def test_a_teller_records_whom_the_own_counter_has_in_hand(story):
    story.open(1, 2)
    story.take("A")
    story.take("A")
    story.given(CallNext, counter=1)

    mine = {"by": "teller", "station": "counter-1"}
    story.when(RecordPerson, visit="A001", name=NAME, **mine).then(like(PersonRecorded, visit=1))
    story.when(RecordPerson, visit="A002", name=NAME, **mine).refused(TicketNotInHand("A002"))
    others = {"by": "teller", "station": "counter-2"}
    story.when(RecordPerson, visit="A001", name=NAME, **others).refused(TicketNotInHand("A001"))
    story.when(ForgetPerson, visit="A001", **others).refused(TicketNotInHand("A001"))


def test_an_undone_call_does_not_undo_who_was_recorded(story):
    story.open(1)
    story.take("A")
    story.given(CallNext, counter=1)
    person = recorded(story)

    story.given(UndoAction, counter=1)

    assert story.branch.day.persons == {1: person}


def test_a_new_day_knows_nobody_of_the_day_before(story):
    story.take("A")
    recorded(story)

    story.away_until("2026-11-17 09:00")

    assert story.branch.day.persons == {}


# --- Forgetting ------------------------------------------------------------------------------


def test_a_person_is_forgotten_also_after_the_visit(story):
    story.take("A")
    person = recorded(story)
    story.given(LeaveLine, visit="A001")

    story.when(ForgetPerson, visit="A001").then(PersonForgotten(visit=1, person=person))

    assert story.branch.day.persons == {}
    story.when(ForgetPerson, visit="A001").refused(NobodyRecorded("A001"))


def test_whoever_is_recorded_after_that_has_another_id(story):
    story.take("A")
    person = recorded(story)
    story.given(ForgetPerson, visit="A001")

    assert recorded(story) != person


def test_a_visit_with_nothing_but_a_note_can_be_forgotten(story):
    story.open(1)
    story.take("A")
    story.serve(1)
    transferred(story)

    story.when(ForgetPerson, visit="A001").then(PersonForgotten(visit=1))


# --- Notes -----------------------------------------------------------------------------------


def test_a_transfer_tells_that_there_is_a_note_and_not_what_it_says(story):
    story.open(1)
    story.take("A")
    story.serve(1)

    outcome = story.when(TransferTicket, counter=1, service="L", note=NOTE)

    outcome.then(like(TicketTransferred, visit=1, note_id=story.branch.visits[1].note_id), ASKED)
    assert story.branch.visits[1].note_id == "said-6"
    assert NOTE not in repr(outcome.events)


def test_the_next_transfer_takes_the_note_away_and_an_undo_brings_it_back(story):
    story.open(1, 7)
    story.take("A")
    story.serve(1)
    note = transferred(story)
    story.serve(7)
    story.given(TransferTicket, counter=7, service="A")
    assert story.branch.visits[1].note_id is None

    story.given(UndoAction, counter=7)

    assert story.branch.visits[1].note_id == note


# --- Who sees what ---------------------------------------------------------------------------


def as_others_see(story):
    names = [f"CounterView:{counter}" for counter in story.branch.counters]
    names += ["BoardView", "KioskView", "DisplayView", "TicketView:1"]
    return {name: msgspec.json.encode(story.feed(name)).decode() for name in names}


def test_before_the_call_staff_see_a_masked_person_and_others_nothing(story):
    story.open(1, 2)
    story.take("A")
    recorded(story)

    views = as_others_see(story)

    assert story.feed(in_full("CounterView:1")).line[0].person == MASKED
    assert story.board.line[0].person == MASKED
    for name, shown in views.items():
        assert NAME not in shown
        assert PHONE not in shown
        open_to_all = not name.startswith(("CounterView", "BoardView"))
        assert ("王*明" in shown) == (not open_to_all and name not in UNCONCERNED), name


UNCONCERNED = {f"CounterView:{counter}" for counter in (3, 4, 5, 6, 7, 8)}
"""Closed ones, or with another line."""


def test_the_serving_counter_sees_whom_it_serves_and_the_note(story):
    story.open(1, 7)
    story.take("A")
    recorded(story)
    story.serve(1)
    transferred(story)
    assert story.feed(in_full("CounterView:7")).line[0].person == MASKED
    assert story.feed(in_full("CounterView:7")).line[0].note == ""
    story.given(CallNext, counter=7)

    in_hand = story.feed(in_full("CounterView:7")).current

    assert (in_hand.person, in_hand.note) == (FULL, NOTE)
    for name, shown in as_others_see(story).items():
        assert NAME not in shown, name
        assert PHONE not in shown, name
        assert NOTE not in shown, name
    assert story.feed("CounterView:7").current.person == MASKED
    assert next(c for c in story.board.counters if c.id == 7).current.person == MASKED


def test_a_note_is_shown_with_nobody_recorded(story):
    story.open(1, 7)
    story.take("A")
    story.serve(1)
    transferred(story)
    story.given(CallNext, counter=7)

    in_hand = story.feed(in_full("CounterView:7")).current

    assert (in_hand.person, in_hand.note) == (None, NOTE)


def test_what_was_deleted_meanwhile_is_not_shown(story):
    story.open(1)
    story.take("A")
    recorded(story)
    story.given(CallNext, counter=1)
    story.known.persons.clear()

    assert story.feed(in_full("CounterView:1")).current.person is None
    assert story.board.counters[0].current.person is None


def test_nobody_is_known_between_two_days(story):
    story.take("A")
    recorded(story)

    story.at("23:59")

    assert story.branch.day is None
    assert story.board.line == ()
