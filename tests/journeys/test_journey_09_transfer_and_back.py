"""A day to live through, 9: transfer and back.

Cash, then wealth, then back to the same teller; a loan question is the lobby manager's until it
is closed.
"""

from shared import protocol as p
from shared.i18n import text
from tests.journeys.desk import desk
from tests.journeys.hall import hall

MINUTE_MS = 60_000


async def test_transfer_and_back(tmp_path):
    async with hall("2026-11-16T09:00", tmp_path) as lobby:
        await lobby.manager.do(p.SignOnDuty, staff="manager")
        await lobby.counters(1, 2, 7)
        await lobby.kiosk.take("A")
        she = await lobby.phone("A001")
        await lobby.at("09:04")
        await lobby.teller(1).serve_next()
        await lobby.at("09:05")
        await lobby.kiosk.take("L")  # somebody else is waiting for wealth

        # The teller sends her to wealth, and wants her back. Her number stays.
        await lobby.at("09:08")
        await lobby.teller(1).press(p.TransferTicket, service="L", back_to_me=True)
        assert (she.view.number, she.view.state, she.view.service) == ("A001", "waiting", "L")
        assert she.view.service_name.zh == "理财·贷款"

        # She keeps her arrival: before L001, who came later.
        assert she.view.people_ahead == 0
        assert await lobby.teller(7).serve_next() == "A001"
        assert lobby.display.calls[0] == ("A001", 7)
        assert lobby.manager.ticket("A001").why.waited_ms == 8 * MINUTE_MS
        await lobby.at("09:20")
        await lobby.kiosk.take("A")
        await lobby.kiosk.take("A", "care")

        # She has a question about a loan: it is the lobby manager's until it is closed.
        await she.do(p.RequestHelp, visit=she.view.visit)
        question = lobby.manager.alert("help_wanted")
        assert question.number == "A001"
        await lobby.manager.do(p.TakeUpRequest, alert=question.id, service="L")
        late = await lobby.assistant.refused(p.TakeUpRequest, alert=question.id)
        assert late.code == "RequestHasOwner"
        (owned,) = lobby.teller(7).view.requests  # where she is being served
        assert (owned.owner, owned.number, owned.service) == ("manager", "A001", "L")

        # Wealth has finished: first of all back to counter 1, and to no other.
        await lobby.at("09:33")
        await lobby.teller(7).finish()
        assert (she.view.state, she.view.service) == ("waiting", "A")
        assert lobby.teller(1).line[0] == "A001"
        assert "A001" not in lobby.teller(2).line
        assert await lobby.teller(1).serve_next() == "A001"
        assert lobby.teller(1).view.current.why.rule == "promoted"
        spent = [
            (one.service, one.counter, one.outcome) for one in lobby.teller(1).view.transactions
        ]
        assert spent == [("A", 1, "transferred"), ("L", 7, "done"), ("A", 1, None)]
        await lobby.at("09:36")
        await lobby.teller(1).finish()
        assert she.view.state == "done"

        # One visit and one number; both tellers have finished something.
        assert lobby.manager.view.figures.done == 1
        assert lobby.manager.counter(1).figures.finished == 1
        assert lobby.manager.counter(7).figures.finished == 1

        # The question outlives the visit, until the manager has answered it.
        await lobby.at("10:00")
        assert "help_wanted" in lobby.manager.alerts
        refused = await lobby.assistant.refused(p.CloseAlert, alert=question.id, outcome="solved")
        assert refused.text == "大堂副理不能进行“处理提醒”，请联系大堂经理。"
        mine = {"request": owned.id, "outcome": "solved"}
        assert (await lobby.assistant.refused(p.CloseRequest, **mine)).code == "NotItsOwner"
        (still,) = (await lobby.report())["requests_open"]
        assert still["owner"] == "manager"
        await lobby.manager.do(p.CloseRequest, **mine)
        assert "help_wanted" not in lobby.manager.alerts
        assert lobby.manager.view.requests == ()

        # She was asked how it was, once for each teller.
        asked = [lobby.teller(n).view.question for n in (1, 7)]
        assert [one.number for one in asked] == ["A001", "A001"]
        assert asked[0].id != asked[1].id

        # Each of her services has its own wait and its own time.
        report = await lobby.report()
        assert report["tickets"]["transferred"] == 1
        assert report["work"]["wait"]["total_ms"] == 4 * MINUTE_MS
        assert (
            report["work"]["transfer_wait"] | {"n": 2, "total_ms": 0}
            == report["work"]["transfer_wait"]
        )
        assert report["work"]["serve"]["total_ms"] == (25 + 3) * MINUTE_MS


async def test_transfer_and_back_at_the_counters_own_screen(tmp_path):
    async with hall("2026-11-16T09:00", tmp_path, panels=(1, 7)) as lobby:
        await lobby.manager.do(p.SignOnDuty, staff="manager")
        await lobby.counters(2, 7)
        await lobby.kiosk.take("A")
        she = await lobby.phone("A001")
        async with desk(lobby.address, tmp_path, language="zh") as teller:

            async def at(time):
                await lobby.at(time)
                await teller.knows(lobby.clock.now_ms())

            # Cash first; then wealth, with a note, and back to me.
            await teller.sign_in()
            await at("09:04")
            await teller.press("f2", "f2", "f4")
            await at("09:08")
            assert teller.says("counter.serving", time="4:00")
            await teller.press("f9", "2", "1", "tab")
            await teller.write("20000")
            await teller.press("enter")
            await lobby.settled()
            assert (she.view.state, she.view.service, she.view.people_ahead) == ("waiting", "L", 0)

            # The note is seen by the next teller, and by nobody on the way.
            assert not lobby.manager.ticket("A001").note
            assert await lobby.teller(7).serve_next() == "A001"
            assert lobby.teller(7).view.current.note == "20000"
            assert [one.outcome for one in lobby.teller(7).view.transactions] == [
                "transferred",
                None,
            ]

            # Her question about a loan is the lobby manager's until it is closed.
            await she.do(p.RequestHelp, visit=she.view.visit)
            question = lobby.manager.alert("help_wanted")

            # Back, first of all, and to no other counter; the screen says why.
            await at("09:33")
            await lobby.teller(7).finish()
            await teller.sees(lambda view: view.line and view.line[0].number == "A001")
            assert "A001" not in lobby.teller(2).line
            assert teller.says("counter.why.promoted", number="A001")

            # Left alone meanwhile, the terminal wants to know who is there.
            await teller.press("f2")
            assert teller.says("sign_in.locked", staff="teller-1")
            await teller.unlock()
            await teller.press("f2", "f4")
            wealth = teller.app.speaker.service("L")
            assert any(wealth in line for line in teller.text().splitlines())
            await at("09:36")
            await teller.press("f5")
            await lobby.settled()
            assert she.view.state == "done"

            # Each teller's customer is asked once, by itself.
            asked = [lobby.teller(7).view.question, teller.app.view.question]
            assert [one.number for one in asked] == ["A001", "A001"]
            assert asked[0].id != asked[1].id
            state = text("zh", f"question_state.{asked[1].state}")
            assert teller.says("counter.question", number="A001", state=state)

        # One visit; the question outlives it until the manager has answered it.
        assert lobby.manager.view.figures.done == 1
        assert "help_wanted" in lobby.manager.alerts
        await lobby.manager.do(p.CloseAlert, alert=question.id, outcome="solved")
        report = await lobby.report()
        assert report["tickets"]["transferred"] == 1
