"""A whole shift at one counter, by keyboard alone: from signing in to signing out.

The program as it is sold, a real server, sockets and a journal on disk.
"""

from shared import protocol as p
from shared.i18n import text
from tests.journeys.desk import desk
from tests.journeys.hall import hall


async def test_a_whole_shift_by_keyboard_alone(tmp_path):
    async with hall("2026-11-16T09:00", tmp_path) as lobby:
        await lobby.counters(2, 7)
        numbers = [await lobby.kiosk.take("A") for _ in range(7)]
        a1, _, a3, a4, a5, a6, a7 = numbers
        she = await lobby.phone(a3)

        async with desk(lobby.address, tmp_path) as teller:

            async def later(seconds):
                await lobby.later(seconds=seconds)
                await teller.knows(lobby.clock.now_ms())

            # In the morning: signed in, opened, and the first one called.
            await teller.sign_in()
            assert teller.says("counter.nobody.closed")
            await teller.press("f2", "f2")
            assert teller.in_hand().number == a1
            assert a1 in teller.told

            # Nobody comes. The key says why it is too early, three times, and then it works.
            await teller.press("f7")
            assert teller.told == text(
                "en", "refusal.TooEarlyToMiss", calls=1, calls_min=3, gap_seconds=10
            )
            for _ in range(2):
                await later(11)
                await teller.press("f3")
            await teller.press("f7")
            assert teller.told.startswith(text("en", "counter.not.miss_wait", seconds="")[:25])
            await later(11)
            await teller.press("f7")
            assert teller.in_hand() is None
            assert [one.number for one in teller.app.view.missed] == [a1]

            # Served: started, finished with one key, the next one called by the same key.
            await teller.press("f2", "f4")
            await later(120)
            assert teller.says("counter.serving", time="2:00")
            await teller.press("f6")
            assert teller.in_hand().number == a3

            # A form to be filled in: parked, somebody else meanwhile, called back.
            await teller.press("f4", "f8", "2", "1")
            assert [one.number for one in teller.app.view.parked] == [a3]
            await teller.press("l", "1", "f4")
            assert (teller.in_hand().number, teller.in_hand().why.rule) == (a3, "resumed")

            # To wealth, with a note, and back to me.
            await teller.press("f9", "2", "1", "tab")
            await teller.write("asks for a loan")
            await teller.press("enter")
            assert teller.in_hand() is None
            assert (await lobby.teller(7).serve_next()) == a3
            assert lobby.teller(7).view.current.note == "asks for a loan"
            await lobby.teller(7).finish()
            await teller.sees(lambda view: view.line and view.line[0].number == a3)
            await teller.press("f2", "f4")
            assert teller.in_hand().number == a3
            assert any("Wealth and loans" in line for line in teller.text().splitlines())

            # Papers are missing: ticked, and one more typed. They are on her phone.
            await teller.press("o", "2", "1", "tab")
            await teller.write("power of attorney")
            await teller.press("enter", "enter")
            await lobby.settled()
            assert she.view.missing_papers[1:] == ("power of attorney",)
            assert she.view.state == "done"

            # A break, with a reason.
            await teller.press("p", "1")
            assert teller.says("counter.paused", reason=text("en", "pause_reason.meal"))
            await teller.press("f2")
            assert teller.app.view.state == "open"

            # The wrong one was called: taken back within the minute.
            await teller.press("f2")
            assert teller.in_hand().number == a4
            await teller.press("u")
            assert teller.in_hand() is None
            assert teller.app.view.line[0].number == a4

            # Authorisation, with its own time; one more service; finished and finished.
            await teller.press("f2", "f4", "h")
            await lobby.settled()
            assert "counter_help" in lobby.supervisor.alerts
            await later(90)
            assert teller.says("counter.help", kind=text("en", "help_kind.authorise"), time="1:30")
            await teller.press("h")
            assert teller.app.view.help is None
            await teller.press("a", "2", "f6")
            assert teller.told == text("en", "counter.goes_on", number=a4)
            await teller.press("f4", "f6")
            assert teller.in_hand().number == a5

            # Out of order, for whoever comes back; a wrong one put back.
            await teller.press("b")
            assert teller.in_hand() is None
            await teller.press("l", "1")
            assert (teller.in_hand().number, teller.in_hand().why.rule) == (a1, "by_number")
            await teller.press("f4", "f5", "n", "tab")
            await teller.write(a7.lower())
            await teller.press("enter", "2", "f4", "f5")

            # The last one: the counter closes behind it, and the teller goes home.
            await teller.press("f2", "f4", "c")
            assert teller.says("counter.closing")
            await teller.press("f6")
            assert teller.app.view.state == "closed"
            await teller.press("q")
            assert teller.says("sign_in.heading")
            assert not teller.says("counter.figures", called=0, finished=0, missed=0, mean="")

        # The branch agrees with what the teller did.
        await lobby.settled()
        mine = lobby.manager.counter(1)
        assert (mine.state, mine.staff) == ("closed", None)
        # a2; a3 transferred and then without papers; a4 twice; a1; a7; a5
        assert mine.figures.finished == 7
        assert mine.figures.missed == 1
        assert lobby.teller(2).line == [a6]
        report = await lobby.report()
        assert report["tickets"]["transferred"] == 1
        assert all(one in "".join(teller.heard) for one in numbers if one != a6)


async def test_two_terminals_at_one_counter_the_newest_works_and_the_other_is_told(tmp_path):
    async with hall("2026-11-16T09:00", tmp_path) as lobby:
        await lobby.counters(2)
        await lobby.kiosk.take("A")
        (older_files := tmp_path / "older").mkdir()
        async with desk(lobby.address, older_files) as older:
            await older.sign_in()
            await older.press("f2", "f2", "f4")

            async with desk(lobby.address, tmp_path) as newer:
                await older.until(lambda: older.says("counter.superseded"))
                await newer.sign_in()
                kept = newer.in_hand().number
                await older.press("f5", "f6")
                await newer.press("f5")
                await newer.sees(lambda view: view.current is None)

                assert kept == "A001"
                assert older.app.link_state == "refused"
                assert newer.app.view.figures.finished == 1


async def test_a_colleague_takes_over_and_the_customer_in_hand_stays(tmp_path):
    async with hall("2026-11-16T09:00", tmp_path) as lobby:
        await lobby.counters(2)
        await lobby.kiosk.take("A")
        async with desk(lobby.address, tmp_path) as teller:
            await teller.sign_in()
            await teller.press("f2", "f2", "f4", "q", "1")
            await teller.until(lambda: teller.says("sign_in.heading"))
            await teller.sign_in("teller-3")

            assert teller.in_hand().number == "A001"
            assert teller.in_hand().state == "serving"
            await teller.press("f5")
            await teller.sees(lambda view: view.staff == "teller-3")
            assert isinstance(teller.app.view, p.CounterView)
