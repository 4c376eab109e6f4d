"""A day to live through, 8: the peak.

A threshold alert, window 4 opens, the people ahead become fewer; a lunch pause is refused for the
last cash counter, but to the supervisor.
"""

from shared import protocol as p
from tests.journeys.hall import hall


async def serve_for(lobby, minutes, *counters):
    """These counters call, serve six minutes each, and call again."""
    tellers = [lobby.teller(counter) for counter in counters]
    for _ in range(minutes // 6):
        for teller in tellers:
            if teller.view.line_count:
                await teller.serve_next()
        await lobby.later(minutes=6)
        for teller in tellers:
            if teller.view.current:
                await teller.finish()


async def test_the_peak(tmp_path):
    async with hall("2026-11-16T10:28", tmp_path) as lobby:
        await lobby.manager.do(p.SignOnDuty, staff="manager")
        await lobby.counters(1, 2, 3)
        for counter in (1, 2, 3):
            await lobby.kiosk.take("A")
            await lobby.teller(counter).serve_next()

        # 10:30: twelve wait. That is a full line, not a long one.
        await lobby.at("10:30")
        for n in range(12):
            await lobby.kiosk.take("AAF"[n % 3])
        await lobby.later(seconds=10)
        assert lobby.manager.view.line_count == 12
        assert lobby.manager.alerts == []

        # One more. Whoever is on duty is told, and which window to open.
        customer = await lobby.phone(await lobby.kiosk.take("A"))
        await lobby.later(seconds=10)
        assert lobby.manager.alerts == ["long_line", "elastic_suggested"]
        assert lobby.manager.alert("elastic_suggested").counter == 4
        assert [one.staff for one in lobby.manager.view.duty] == ["manager"]
        before = customer.view.people_ahead
        assert (customer.view.number, before) == ("A012", 8)

        # Opening counters is the supervisor's: the manager is told whom to ask.
        refused = await lobby.manager.refused(p.OpenCounter, counter=4)
        assert refused.text == "大堂经理不能进行“开窗”，请联系运营主管。"

        # Window 4 opens, and its teller calls at once. The suggestion is over, the line shorter.
        await lobby.supervisor.do(p.OpenCounter, counter=4)
        assert lobby.display.counter(4).state == "open"
        await lobby.sign_in(4)
        assert await lobby.teller(4).serve_next() == "A004"
        await lobby.later(seconds=10)
        assert lobby.manager.alerts == ["long_line"]
        assert lobby.display.calls[0] == ("A004", 4)
        assert lobby.manager.counter(4).elastic
        assert lobby.manager.counter(4).staff == "teller-4"
        assert customer.view.people_ahead == before - 1

        # The manager notes that it was solved. The alert stays closed while the line shrinks.
        alert = lobby.manager.alert("long_line").id
        await lobby.manager.do(p.CloseAlert, alert=alert, outcome="solved")
        assert lobby.head.alerts == []
        ahead = [customer.view.people_ahead]
        await lobby.at("10:36")
        for counter in (1, 2, 3, 4):
            await lobby.teller(counter).finish()
        for _ in range(3):
            await serve_for(lobby, 6, 1, 2, 3, 4)
            ahead.append(customer.view.people_ahead)
        assert ahead[:2] == [7, 4]
        assert customer.view.state == "done"
        assert lobby.manager.view.line_count == 0
        assert lobby.manager.alerts == []

        # Lunch in halves. 4 closes after its last customer, 1 and 2 go first.
        await lobby.at("11:30")
        await lobby.kiosk.take("A")
        assert await lobby.teller(4).serve_next() == "A013"
        await lobby.teller(4).press(p.CloseAfterThis)
        assert lobby.display.counter(4).number == "A013"
        await lobby.at("11:36")
        await lobby.teller(4).finish()
        assert lobby.teller(4).view.state == "closed"
        for counter in (1, 2):
            await lobby.teller(counter).press(p.PauseCounter, reason="meal")
            assert lobby.display.counter(counter).state == "paused"
            assert lobby.head.counter(counter).pause_reason == "meal"

        # 3 is the last one for cash: its teller may not, and stays open.
        refused = await lobby.teller(3).cannot(p.PauseCounter, reason="meal")
        assert refused.code == "LastCounter"
        assert refused.text == "这是办理存取款·转账的最后一个窗口，请联系运营主管处理。"
        assert (await lobby.teller(3).cannot(p.CloseAfterThis)).code == "LastCounter"
        assert (await lobby.teller(3).cannot(p.CloseCounter)).code == "LastCounter"
        assert lobby.teller(3).view.state == lobby.display.counter(3).state == "open"

        # The supervisor may, and answers for it.
        await lobby.supervisor.do(p.PauseCounter, counter=3, reason="meal")
        assert lobby.teller(3).view.state == "paused"
        await lobby.supervisor.do(p.ResumeCounter, counter=3)

        # When the first half is back, the second goes.
        await lobby.at("12:30")
        for counter in (1, 2):
            await lobby.teller(counter).press(p.ResumeCounter)
        await lobby.teller(3).cannot(p.PauseCounter, reason="meal")  # still the only care counter
        await lobby.teller(2).press(p.PauseCounter, reason="meal")
        assert lobby.display.counter(2).state == "paused"

        report = await lobby.report()
        elastic = next(one for one in report["counters"] if one["counter"] == 4)
        assert elastic["work"]["finished"] == 5
        tellers = {one["staff"]: one["work"]["finished"] for one in report["tellers"]}
        assert tellers["teller-4"] == 5
