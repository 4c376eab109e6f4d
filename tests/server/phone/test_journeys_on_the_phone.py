"""The phone's part of days to live through: a booked business account (6), and closing (12)."""

import json

import pytest

from shared.protocol import (
    Accepted,
    BookAppointment,
    CheckIn,
    CloseDay,
    FindSlots,
    HoldSlot,
    OpenCounter,
    SendMessage,
    SlotsFound,
)
from shared.testing import ManualClock
from tests.browser import needs_browser
from tests.server.one_branch import DAY, call, new_id, start
from tests.server.phone.one_phone import complaints, lobby

pytestmark = [needs_browser, pytest.mark.asyncio(loop_scope="module")]


async def booked_and_checked_in(branch, service="Q"):
    """Booked at the kiosk for the first free time, and here eight minutes after it."""
    kiosk = branch.kiosk
    found = await kiosk.order(FindSlots(id=new_id(), service=service, first_day=DAY, days=1))
    assert isinstance(found, SlotsFound), found
    slot = found.slots[0].at
    hold = HoldSlot(id=new_id(), day=DAY, service=service, slot=slot, language="en")
    held = await kiosk.order(hold)
    booked = await kiosk.order(BookAppointment(id=new_id(), day=DAY, appointment=held.appointment))
    branch.clock.advance(seconds=(slot - branch.clock.now_ms()) / 1000 + 8 * 60)
    here = await kiosk.order(CheckIn(id=new_id(), day=DAY, code=booked.short_code))
    assert isinstance(here, Accepted), here
    return here


async def test_a_booked_business_account_and_the_papers_that_were_missing(browser):
    async with lobby() as branch:
        here = await booked_and_checked_in(branch)
        phone = await branch.phone(browser, here.visit)
        await phone.understood()  # nobody is ahead
        assert await phone.one("#number") == here.number == "Y001"
        await phone.shows("phone.calendar")
        path = await phone.page.evaluate("document.getElementById('calendar').getAttribute('href')")
        status, headers, body = await branch.server.get(path)

        teller = await branch.server.terminal("counter-6")
        for command in (
            OpenCounter(id=new_id(), day=DAY, counter=6),
            call(6),
            start(6),
        ):
            await teller.order(command)
        finish = {"type": "FinishService", "id": new_id(), "day": DAY, "counter": 6}
        papers = {"outcome": "papers_missing", "papers": ["Company seals"]}
        await teller.order(json.dumps({**finish, **papers}))
        await phone.is_in("done")

        await phone.shows("phone.papers")
        await phone.shows("phone.papers_next")
        assert await phone.one("#papers li") == "Company seals"
        assert (status, headers["content-type"]) == (200, "text/calendar; charset=utf-8")
        assert b"BEGIN:VEVENT" in body
        assert complaints(phone.page) == []


async def test_closing_a_leftover_is_told_and_nothing_is_left_to_press(browser):
    clock = ManualClock("2026-11-16T16:30")
    async with lobby(clock=clock) as branch:
        for _ in range(2):
            await branch.take("A")
        phone = await branch.phone(browser, 2)
        await phone.understood()
        manager = await branch.server.terminal("board-manager")
        said = "We end here today; please book."
        await manager.order(SendMessage(id=new_id(), day=DAY, zh="今日到此为止。", en=said))
        await phone.page.until("!!document.querySelector('#messages li')")
        assert await phone.one("#messages li") == said

        supervisor = await branch.server.terminal("board-supervisor")
        closed = await supervisor.order(CloseDay(id=new_id(), day=DAY, leftovers=True))
        assert isinstance(closed, Accepted), closed
        await phone.is_in("unserved")

        await phone.shows("phone.advice.unserved")
        await phone.does_not_show("phone.keys.heading")
        await phone.does_not_show("phone.alarm.heading")
