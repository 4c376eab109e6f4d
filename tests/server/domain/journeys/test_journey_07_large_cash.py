"""A day to live through, 7: large cash.

By appointment only, with a day's notice; the amount is in no event, and who serves sees it (that
is told with the vault, in tests/server/test_bookings.py).
"""

from msgspec.structs import replace

from server.domain.configuration import Appointments, Bookable, ServiceConfig
from server.domain.events import encode_event
from server.domain.free_slots import find
from server.domain.refusals import AppointmentsOnly, SlotNotOffered
from shared.protocol import BookAppointment, CheckIn, FindSlots, HoldSlot, TakeTicket, Words
from tests.server.domain.story import Story, a_branch

AMOUNT = "73951"


def branch():
    """The branch as the example says it could be: large cash at counters 1 and 2."""
    config = a_branch()
    large = ServiceConfig(
        id="C",
        series="C",
        name=Words(zh="大额取现", en="Large cash"),
        usual_minutes=15,
        on_kiosk=False,
        booking=Bookable(only=True, lead_minutes=1440, amount=True, share=1.0),
    )
    counters = tuple(
        replace(c, services=(*c.services, "C")) if c.id in (1, 2) else c for c in config.counters
    )
    rules = tuple(
        replace(rule, services=rule.services and (*rule.services, "C"))
        for rule in config.hours.rules
    )
    return replace(
        config,
        services=(*config.services, large),
        counters=counters,
        hours=replace(config.hours, rules=rules),
        appointments=Appointments(overbooking=False),
    )


def test_large_cash():
    story = Story(branch(), "2026-11-16 10:00")

    # Not today, and not without an appointment.
    story.when(TakeTicket, service="C").refused(AppointmentsOnly("C"))
    today = story.when(HoldSlot, service="C", slot=story.moment("11:00"))
    assert isinstance(today.refusal, SlotNotOffered)
    today.checked = True
    free = find(story.branch, FindSlots(id="q" * 16, service="C"), story.now)
    assert free[0].at >= story.moment("2026-11-17 10:00")

    story.given(HoldSlot, service="C", slot=free[0].at)
    story.given(BookAppointment, appointment=1, name="王小明", amount=AMOUNT)

    story.now = free[0].at - 5 * 60_000
    story.away_until("2026-11-17 10:10")
    story.given(CheckIn, appointment=1)
    story.open(1)
    assert story.serve(1) == "Y001"
    assert not any(AMOUNT in encode_event(event).decode() for event, _ in story.history)
    story.replays()
