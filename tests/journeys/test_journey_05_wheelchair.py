"""A day to live through, 5: a wheelchair, a low counter.

She waits for counter 3 although counter 1 is free; the manager sees why.
"""

from shared import protocol as p
from shared.i18n import text
from tests.journeys.hall import hall
from tests.journeys.screen import kiosk_app

MINUTE_MS = 60_000


async def test_a_wheelchair_waits_for_the_low_counter(tmp_path):
    async with hall("2026-11-16T09:00", tmp_path) as lobby:
        await lobby.manager.do(p.SignOnDuty, staff="manager")
        await lobby.counters(1, 3)
        await lobby.kiosk.take("A")
        assert await lobby.teller(3).serve_next() == "A001"

        # The assistant notes what she needs, and not why.
        await lobby.at("09:02")
        assert await lobby.give("A", needs=("low_counter",)) == "A002"
        she = await lobby.phone("A002", language="en")

        # Counter 1 is free and has nobody to call; that is no idleness of its teller.
        await lobby.at("09:06")
        refused = await lobby.teller(1).cannot(p.CallNext)
        assert refused.text == "暂无等候客户。"
        assert lobby.teller(1).view.line_count == 0
        assert lobby.manager.alerts == []

        # The manager sees why: the need, and who is at the low counter since when.
        waiting = lobby.manager.ticket("A002")
        assert (waiting.state, waiting.needs) == ("waiting", ("low_counter",))
        at_the_low_one = lobby.manager.counter(3).current
        assert (at_the_low_one.number, at_the_low_one.state) == ("A001", "serving")
        assert at_the_low_one.started_at == lobby.moment("09:00")

        # Her own page says that she is next; the public screens say nothing about her.
        assert she.view.people_ahead == 0
        for screen in (lobby.display, lobby.kiosk, she):
            assert b"low" not in p.encode(screen.view)

        # An ordinary customer who comes later goes to counter 1 at once.
        await lobby.at("09:07")
        await lobby.kiosk.take("A")
        assert await lobby.teller(1).serve_next() == "A003"
        assert lobby.manager.ticket("A003").why.passed_over == ()
        assert she.view.people_ahead == 0

        # The teller of 3 would like a break, but it is the last care counter.
        await lobby.at("09:08")
        await lobby.teller(3).finish()
        refused = await lobby.teller(3).cannot(p.PauseCounter, reason="meal")
        assert refused.text == "3 号是最后一个爱心窗口，请联系运营主管处理。"

        # She is called to 3.
        assert await lobby.teller(3).call_next() == "A002"
        assert (she.view.state, she.view.counter) == ("called", 3)
        why = lobby.manager.ticket("A002").why
        assert (why.rule, why.waited_ms) == ("longest_wait", 6 * MINUTE_MS)
        assert lobby.display.counter(3).number == "A002"


async def test_he_asks_for_the_low_counter_at_the_kiosk_and_for_a_person(tmp_path):
    async with hall("2026-11-16T09:00", tmp_path) as lobby:
        await lobby.manager.do(p.SignOnDuty, staff="manager")
        await lobby.counters(1, 3)
        await lobby.kiosk.take("A")
        assert await lobby.teller(3).serve_next() == "A001"

        async with kiosk_app(lobby, low=True) as kiosk:
            await kiosk.touch("start")
            await kiosk.touch("needs")
            await kiosk.touch("need:low_counter")
            await kiosk.shows(text("zh", "kiosk.chosen"))
            await kiosk.touch("back")
            await kiosk.touch("service:A")
            await kiosk.until(lambda: kiosk.app.kiosk.step == "ticket")
            assert kiosk.app.kiosk.ticket.number == "A002"
            ticket_page = kiosk.text()

            # Somebody comes: the board knows in the same moment.
            await kiosk.touch("help")
            await kiosk.shows(text("zh", "kiosk.called.help"))
            await lobby.settled()

        assert lobby.manager.alerts == ["help_wanted"]
        assert lobby.manager.ticket("A002").needs == ("low_counter",)
        assert lobby.teller(1).line == []
        assert text("zh", "need.low_counter") not in ticket_page
