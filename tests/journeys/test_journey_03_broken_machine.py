"""A day to live through, 3: a broken machine.

A038 is diverted, the machine fails, she returns with her arrival time; V012 is called only at 8;
the board says why each was next.
"""

from shared import protocol as p
from tests.journeys.hall import hall

MINUTE_MS = 60_000


async def test_a_broken_machine(tmp_path):
    async with hall("2026-11-16T09:30", tmp_path) as lobby:
        await lobby.manager.do(p.SignOnDuty, staff="manager")
        await lobby.counters(1, 2, 8)

        # A morning lies behind them. VIP tickets are given by staff, never at the kiosk.
        refused = await lobby.kiosk.refused(p.TakeTicket, service="A", lanes=("vip",))
        assert refused.text == "这类号票由工作人员办理，请您找大堂经理协助。"
        for _ in range(37):
            await gone(lobby, await lobby.kiosk.take("A"))
        for _ in range(11):
            await gone(lobby, await lobby.give("A", "vip"))

        await lobby.at("10:00")
        assert await lobby.kiosk.take("A") == "A038"
        await lobby.at("10:02")
        assert await lobby.kiosk.take("A") == "A039"
        await lobby.at("10:03")
        assert await lobby.kiosk.take("A") == "A040"
        await lobby.at("10:04")
        assert await lobby.give("L", "vip") == "V012"
        assert await lobby.kiosk.take("L") == "L001"
        she = await lobby.phone("A038")

        # 10:05. The assistant shows A038 the machine for small amounts.
        await lobby.at("10:05")
        await lobby.assistant.do(p.DivertToMachine, visit=she.view.visit, machine="M1")
        assert (she.view.state, she.view.people_ahead) == ("diverted", None)
        assert lobby.manager.ticket("A038").machine == "M1"

        # Counter 1 calls A039: A038 is not in the line, and V012 is not called here.
        await lobby.at("10:06")
        assert lobby.teller(1).line == ["A039", "A040"]
        assert await lobby.teller(1).serve_next() == "A039"
        why = lobby.manager.ticket("A039").why
        assert (why.rule, why.waited_ms, why.passed_over) == ("longest_wait", 4 * MINUTE_MS, ())

        # The machine swallows a note. Everybody sees it, and nobody is sent there any more.
        await lobby.at("10:08")
        await lobby.assistant.do(p.SetMachine, machine="M1", state="faulty")
        assert lobby.manager.alert("machine_faulty").machine == "M1"
        assert [machine.state for machine in lobby.kiosk.view.machines] == ["faulty", "working"]
        a040 = lobby.manager.ticket("A040").visit
        refused = await lobby.assistant.refused(p.DivertToMachine, visit=a040, machine="M1")
        assert refused.text == "一号智能柜员机正在故障中，请改到窗口或其他自助机办理。"

        # She comes back to where she was: before A040, with her eight minutes.
        await lobby.assistant.do(p.ReturnFromMachine, visit=she.view.visit)
        assert (she.view.state, she.view.people_ahead) == ("waiting", 0)
        assert lobby.teller(2).line == ["A038", "A040"]
        assert await lobby.teller(2).serve_next() == "A038"
        why = lobby.manager.ticket("A038").why
        assert (why.rule, why.waited_ms) == ("longest_wait", 8 * MINUTE_MS)

        # Room 8 calls the VIP, ahead there and nowhere else.
        assert lobby.teller(8).line == ["V012", "L001"]
        assert await lobby.teller(8).serve_next() == "V012"

        # The board says why each of them was next; the display says only where to go.
        called = [c.current for c in lobby.manager.view.counters if c.current]
        assert {ticket.number: ticket.why.rule for ticket in called} == {
            "A039": "longest_wait",
            "A038": "longest_wait",
            "V012": "longest_wait",
        }
        assert lobby.display.calls == [("V012", 8), ("A038", 2), ("A039", 1)]
        assert lobby.display.counter(8).name.zh == "八号室"  # 贵宾 is never announced

        # The machine works again, and its alert is over.
        await lobby.at("10:20")
        await lobby.assistant.do(p.SetMachine, machine="M1", state="working")
        await lobby.later(seconds=10)
        assert "machine_faulty" not in lobby.manager.alerts


async def gone(lobby, number):
    """Somebody who left again."""
    await lobby.assistant.do(p.LeaveLine, visit=lobby.tickets[number].visit)
