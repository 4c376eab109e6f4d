"""A whole visit as its customer sees it on the phone: in a real Chromium, against a real server."""

import json

import pytest

from shared.i18n import LANGUAGES
from shared.protocol import BoardView, LeaveLine, MarkMissed, RecallTicket
from tests.browser import assert_nothing_left_the_host, needs_browser
from tests.server.one_branch import DAY, new_id
from tests.server.phone.axe import violations
from tests.server.phone.one_phone import COMPLAINTS, NARROW, PHONE, complaints, lobby

pytestmark = [needs_browser, pytest.mark.asyncio(loop_scope="module")]

EVIL = "<img src=x onerror=document.title='hit'>"
COUNTER = {"zh": "一号窗口", "en": "Counter one"}


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_scanned_waiting_soon_called_served_and_rated(browser, lang):
    async with lobby() as branch:
        for _ in range(5):
            taken = await branch.take(language=lang)
        phone = await branch.phone(browser, 5, lang=lang)
        page = phone.page

        # Waiting: the number, the service, who is ahead, what to bring.
        await phone.is_in("waiting")
        assert await phone.one("#number") == taken.number == "A005"
        await phone.shows("phone.live")
        await phone.shows("phone.people", n=4)
        await phone.shows("phone.bring")
        assert await phone.title() == phone.said("phone.title.waiting", number="A005", n=4)

        # The first tap lets it sound; what it cannot do is said.
        await phone.shows("phone.alarm.honest")
        await phone.press("#alarm button")
        await page.until("phone.alarm.sounds")

        # Soon: the whole screen, once.
        await branch.call()
        await phone.is_in("soon")
        assert await phone.one("#notice-headline") == phone.said("phone.state.soon")
        assert await page.evaluate("phone.alarm.rung.at(-1)") == {"kind": "soon", "heard": True}
        await phone.understood()
        await branch.serve()
        await branch.call()
        await phone.shows("phone.people", n=2)
        assert not await page.evaluate("document.getElementById('notice').open")
        assert await phone.title() == phone.said("phone.title.soon", number="A005")

        # Called: the whole screen, sound until it is seen; a call that is repeated is another one.
        for _ in range(3):
            await branch.serve()
            await branch.call()
        await phone.is_in("called")
        counter = COUNTER[lang]
        headline = phone.said("phone.state.called", counter=counter)
        assert await phone.one("#notice-headline") == headline
        assert await page.evaluate("document.querySelector('#notice [role=alert]').innerText")
        fills = "document.getElementById('notice').getBoundingClientRect()"
        assert await page.evaluate(f"[{fills}.width, {fills}.height]") == list(PHONE)
        assert await phone.title() == phone.said("phone.title.called", number="A005", counter=1)
        assert await page.evaluate("phone.alarm.rung.at(-1).kind") == "called"
        await phone.understood()
        branch.clock.advance(seconds=11)
        await branch.do(RecallTicket(id=new_id(), day=DAY, counter=1))
        await phone.understood()

        # Served, and asked how it was.
        await branch.serve()
        await phone.is_in("done")
        branch.clock.advance(seconds=25)
        await phone.press("#rating button")
        await phone.shows("phone.rating.choose")
        await phone.press("#rating input[name=score][value='2']")
        await phone.press("#rating input[name=reason][value=long_wait]")
        await phone.press("#rating textarea")
        await page.type(f"{EVIL} 13800138000")
        await phone.press("#rating button")
        await phone.shows("phone.rating.thanks")
        board = await branch.server.terminal("board-manager")
        seen = await board.view(BoardView)
        assert [one.comment for one in seen.comments] == [f"{EVIL} …"]
        (alert,) = seen.alerts
        assert (alert.kind, alert.score, alert.rating_reason) == ("bad_rating", 2, "long_wait")

        assert_nothing_left_the_host(page)
        assert complaints(page) == []


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_first_tap_moves_no_key_from_under_a_finger(browser, lang):
    """It lets the page sound and keeps the screen lit, and both are said above the keys."""
    top = "document.getElementById('leave').getBoundingClientRect().top + scrollY"
    async with lobby() as branch:
        for _ in range(5):
            await branch.take(language=lang)
        phone = await branch.phone(browser, 5, size=NARROW, lang=lang)
        await phone.page.evaluate("document.documentElement.style.fontSize = '200%'")
        await phone.shows("phone.alarm.on")
        before = await phone.page.evaluate(top)

        await phone.press("#number")
        await phone.shows("phone.alarm.try")
        await phone.page.evaluate("phone.alarm.stayLit().then(phone.alarm.changed)")

        assert await phone.page.evaluate(top) == before


async def test_the_line_is_left_with_a_second_tap_only(browser):
    async with lobby() as branch:
        for _ in range(5):
            await branch.take()
        phone = await branch.phone(browser, 5)

        await phone.press("#leave")
        await phone.shows("phone.keys.leave_sure", number="A005")
        focused = await phone.page.evaluate("document.activeElement.id")
        await phone.press("#leave-no")
        await phone.page.until("document.activeElement.id === 'leave'")
        await phone.is_in("waiting")
        await phone.press("#leave")
        await phone.press("#leave-yes")
        await phone.is_in("left")

        assert focused == "leave-no"
        await phone.shows("phone.advice.left")
        await phone.does_not_show("phone.bring")
        assert not await phone.page.evaluate("!!document.querySelector('#leave')")


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_others_are_let_go_first_for_a_while_and_the_place_is_taken_back(browser, lang):
    async with lobby() as branch:
        for _ in range(8):
            await branch.take(language=lang)
        phone = await branch.phone(browser, 5, lang=lang)
        await phone.shows("phone.steps.left", n=3)

        await phone.page.evaluate("document.getElementById('step-places').value = '2'")
        await phone.press("#step-places-go")
        await phone.is_in("held")
        await phone.shows("phone.advice.held", time="09:15")
        assert await violations(phone.page) == []
        branch.clock.advance(seconds=90)
        await phone.press("#ready")
        await phone.is_in("waiting")
        await phone.shows("phone.people", n=4)
        await phone.shows("phone.steps.left", n=2)

        await phone.page.evaluate("document.getElementById('step-minutes').value = '20'")
        await phone.press("#step-minutes-go")
        await phone.shows("phone.advice.held", time="09:21")
        assert complaints(phone.page) == []


async def test_staff_are_called_and_complaints_reach_the_manager_with_a_telephone_beside(browser):
    async with lobby() as branch:
        for _ in range(5):
            await branch.take()
        phone = await branch.phone(browser, 5)
        await phone.shows("phone.keys.telephone", phone=COMPLAINTS)

        await phone.press("#help")
        await phone.shows("phone.keys.helped")
        await phone.press("#complaint")
        await phone.shows("phone.keys.complained")

        board = await branch.server.terminal("board-manager")
        alerts = (await board.view(BoardView)).alerts
        assert [(one.kind, one.number) for one in alerts] == [
            ("help_wanted", "A005"),
            ("complaint", "A005"),
        ]


async def test_a_refusal_is_said_where_the_key_is_in_the_language_of_the_page(browser):
    async with lobby() as branch:
        for _ in range(5):
            await branch.take()
        phone = await branch.phone(browser, 5)
        await phone.press("#leave")
        # On another phone it was faster, and the news of it is still on the way to this one: pages
        # are told after the commands are answered, so no moment is sure to be before it.
        await phone.hears_no_news()
        other, _ = await branch.server.knock(ticket=branch.server.ticket(5))
        await other.order(LeaveLine(id=new_id(), day=DAY, visit=5))

        await phone.press("#leave-yes")

        said = phone.said(
            "refusal.TicketEnded", number="A005", state=phone.said("ticket_state.left")
        )
        await phone.shows("phone.refused", text=said)


async def test_a_missed_call_and_missing_papers_are_told_with_what_to_do(browser):
    async with lobby() as branch:
        await branch.take("F")
        phone = await branch.phone(browser, 1)
        await phone.understood()
        await branch.call()
        await phone.understood()
        for _ in range(2):
            branch.clock.advance(seconds=15)
            await branch.do(RecallTicket(id=new_id(), day=DAY, counter=1))
        branch.clock.advance(seconds=15)
        await branch.do(MarkMissed(id=new_id(), day=DAY, counter=1))
        await phone.is_in("missed")
        await phone.shows("phone.advice.missed", places=3)
        assert not await phone.page.evaluate("document.getElementById('notice').open")

        await branch.teller.order(
            json.dumps(
                {
                    "type": "CallNumber",
                    "id": new_id(),
                    "day": DAY,
                    "counter": 1,
                    "number": "F001",
                    "reason": "customer_returned",
                }
            )
        )
        await phone.is_in("called")
        await branch.teller.order(
            json.dumps({"type": "StartService", "id": new_id(), "day": DAY, "counter": 1})
        )
        finish = {"type": "FinishService", "id": new_id(), "day": DAY, "counter": 1}
        papers = {"outcome": "papers_missing", "papers": [EVIL, "Passport"]}
        await branch.teller.order(json.dumps({**finish, **papers}))
        await phone.is_in("done")
        await phone.shows("phone.papers")
        await phone.shows("phone.papers_next")

        listed = await phone.page.evaluate(
            "[...document.querySelectorAll('#papers li')].map((e) => e.textContent)"
        )
        assert listed == [EVIL, "Passport"]
        assert await phone.title() != "hit"
        assert complaints(phone.page) == []
