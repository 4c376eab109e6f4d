"""Calendars of services and counters, for staff: they follow the appointments, tell nobody's name,
and can be looked at by whoever has the address and by nobody else."""

from icalendar import Calendar
from msgspec.structs import replace

from server.calendar_feeds import feeds, path_of
from server.links import TicketLinks
from shared.protocol import CancelAppointment, MoveAppointment
from tests.server.one_branch import DAY, new_id
from tests.server.one_server import KEY
from tests.server.test_bookings import NAME, PHONE, TOMORROW, booked, config, holder, house, slots


def paths(branch):
    links = TicketLinks(KEY)
    return {feed.of: path_of(links, branch, feed) for feed in feeds(branch)}


async def entries(server, path):
    """The events of a calendar by their numbers: when they begin, and what they are."""
    status, headers, file = await server.get(path)
    assert status == 200
    assert headers["content-type"] == "text/calendar; charset=utf-8"
    assert NAME.encode() not in file
    assert PHONE.encode() not in file
    return {
        str(event["UID"]).partition(".")[0]: (event.decoded("DTSTART"), str(event["STATUS"]))
        for event in Calendar.from_ical(file).walk("VEVENT")
    }


def test_there_is_a_calendar_for_whatever_can_be_booked():
    assert list(paths(config())) == ["service:B", "counter:1", "counter:2"]


async def test_a_calendar_follows_the_appointments_of_its_service():
    async with house() as server:
        kiosk = await server.terminal("kiosk-1")
        for at in (await slots(kiosk))[:2]:
            await booked(kiosk, at, name=NAME)
        path = paths(config())["service:B"]
        before = await entries(server, path)

        phone = await holder(server)
        later = (await slots(phone, first_day=TOMORROW))[0]
        await phone.order(MoveAppointment(id=new_id(), day=DAY, slot=later))
        moved = await entries(server, path)
        await phone.order(CancelAppointment(id=new_id(), day=DAY))
        cancelled = await entries(server, path)

    assert set(before) == set(moved) == set(cancelled) == {"appointment-1", "appointment-2"}
    assert moved["appointment-1"][0].timestamp() * 1000 == later
    assert moved["appointment-2"] == before["appointment-2"]
    assert cancelled["appointment-1"][1] == "CANCELLED"


async def test_a_counter_has_a_calendar_of_its_services():
    async with house() as server:
        await booked(await server.terminal("kiosk-1"))

        found = await entries(server, paths(config())["counter:1"])

    assert list(found) == ["appointment-1"]


async def test_other_links_open_no_calendar_and_old_ones_none_any_more():
    branch = config()
    renewed = replace(branch, appointments=replace(branch.appointments, feed_links=2))
    async with house() as server:
        await booked(await server.terminal("kiosk-1"))

        for path in (
            paths(renewed)["service:B"],
            f"/a/feed/{server.appointment(1)}.ics",
            f"/a/feed/{'x' * 22}.ics",
        ):
            assert (await server.get(path))[0] == 404
        _, _, own = await server.get(f"/a/{paths(branch)['service:B'][8:30]}")

    assert b"VEVENT" not in own
