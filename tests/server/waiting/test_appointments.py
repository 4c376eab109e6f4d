"""Who has booked: in the lobby as the forecast sees it, and in what is learned of the days."""

import pytest

from server.domain.configuration import Appointments, Bookable
from server.domain.events import AppointmentHeld
from server.waiting.history import History
from server.waiting.learn import learn
from server.waiting.lobby import snapshot_of
from server.waiting.model import prior_model
from server.waiting.snapshot import Snapshot
from shared.protocol import BookAppointment, CheckIn, HoldSlot, MoveAppointment
from tests.server.domain.story import Story, a_branch


def a_story() -> Story:
    """Wealth is booked by the quarter of an hour."""
    bookable: dict[str, dict[str, object]] = {name: {"booking": None} for name in "FWQ"}
    bookable["L"] = {"booking": Bookable(share=1.0, length_minutes=15)}
    rules = Appointments(overbooking=False)
    return Story(a_branch(services=bookable, appointments=rules), "2026-11-16 08:50")


def book(story: Story, time: str) -> int:
    slot, kiosk = story.moment(time), {"by": "kiosk", "station": "kiosk-1"}
    held = story.given(HoldSlot, service="L", slot=slot, **kiosk)
    number = next(one.appointment for one in held if isinstance(one, AppointmentHeld))
    story.given(BookAppointment, appointment=number, **kiosk)
    return number


def lobby_of(story: Story) -> Snapshot:
    lobby = snapshot_of(story.branch, story.now)
    assert lobby is not None
    return lobby


def learned(story: Story):
    history = History()
    history.config = story.branch.config
    for event, stamp in story.history:
        history.happened(event, stamp.at)
    return history


def test_who_is_booked_today_and_has_not_come_is_expected():
    story = a_story()
    number = book(story, "10:00")

    (expected,) = lobby_of(story).booked

    assert (expected.id, expected.service, expected.slot) == (number, "L", 600.0)


def test_who_has_come_early_is_expected_no_more_and_waits_from_the_appointment():
    story = a_story()
    number = book(story, "10:00")
    story.at("09:54")
    story.given(CheckIn, appointment=number)

    lobby = lobby_of(story)

    assert lobby.booked == ()
    (ticket,) = lobby.tickets
    assert (ticket.booked_at, ticket.since) == (600.0, 600.0)
    assert "appointment" in ticket.lanes


def test_how_early_people_come_and_how_many_stay_away_is_learned():
    story = a_story()
    early, moved = book(story, "10:00"), book(story, "10:30")
    story.given(MoveAppointment, appointment=moved, slot=story.moment("11:00"))
    story.at("09:54")
    story.given(CheckIn, appointment=early)
    story.at("11:45")

    history = learned(story)
    missed = next(one for one in history.seen if one.missed)
    model = learn(prior_model({}), history.seen * 20, history.days)

    assert missed.booked == 660.0, "of the time it was moved to"
    assert model.booked_no_show > prior_model({}).booked_no_show


def test_who_was_served_tells_how_early_the_customer_was():
    story = a_story()
    number = book(story, "10:00")
    story.open(7)
    story.at("09:54")
    story.given(CheckIn, appointment=number)
    story.serve(7)
    story.later(minutes=9)
    story.finish(7)

    (seen,) = [one for one in learned(story).seen if one.booked is not None]

    assert (seen.booked, seen.late) == (600.0, -6.0)
    assert learn(prior_model({}), [seen] * 40, learned(story).days).late.mean == pytest.approx(-6.0)
