"""A day to live through, 1: the rush of 08:45.

Thirty tickets before the opening; waits count from 09:00; a duty handover at 08:55 leaves no gap.
"""

from shared import protocol as p
from tests.journeys.hall import hall

MINUTE_MS = 60_000


async def test_the_rush_of_a_quarter_to_nine(tmp_path):
    async with hall("2026-11-16T08:30", tmp_path) as lobby:
        await lobby.counters(1, 2, 3, 5, 6)
        await lobby.assistant.do(p.SignOnDuty, staff="assistant")

        # 08:44: people stand at the kiosk, which says from when on it gives tickets.
        await lobby.at("08:44")
        cash = lobby.kiosk.service("A")
        assert (cash.status, cash.tickets_from) == ("too_early", lobby.moment("08:45"))
        early = await lobby.kiosk.refused(p.TakeTicket, service="A")
        assert early.code == "TooEarlyForTickets"
        assert early.text == "存取款·转账还未到取号时间，08:45 开始取号，请您稍候。"

        # 08:45, and thirty come within ten minutes: cash mostly, cards, business.
        await lobby.at("08:45")
        assert lobby.kiosk.service("A").status == "open"
        cash_numbers = []
        for n in range(20):
            care = ["care"] if n in (7, 15) else []
            cash_numbers.append(await lobby.kiosk.take("A", *care))
            await lobby.later(seconds=20)
        others = [await lobby.kiosk.take(service) for service in "FFFFFFQQQQ"]
        assert cash_numbers == [f"A{n:03d}" for n in range(1, 21)]
        assert others == [f"F{n:03d}" for n in range(1, 7)] + [f"Q{n:03d}" for n in range(1, 5)]

        # Nobody is on duty by a slip of the finger, and nobody who works elsewhere.
        for nobody in ("manger", "teller-1", "auditor"):
            refused = await lobby.assistant.refused(p.HandOverDuty, staff="assistant", to=nobody)
            assert refused.text == f"“{nobody}”不是本网点的大堂人员，请核对工号。"

        # 08:55: the duty changes hands, and the board knows whose it is since when.
        await lobby.at("08:55")
        await lobby.assistant.do(p.HandOverDuty, staff="assistant", to="manager")
        on_duty = lobby.head.view.duty
        assert [(one.staff, one.since) for one in on_duty] == [("manager", lobby.moment("08:55"))]
        assert "duty_uncovered" not in lobby.head.alerts

        # 09:00: thirty wait, and everyone's wait begins now.
        await lobby.at("09:00")
        board = lobby.manager.view
        assert (board.line_count, board.figures.issued, board.figures.waiting) == (30, 30, 30)
        assert {ticket.waiting_since for ticket in board.line} == {lobby.moment("09:00")}
        assert min(ticket.taken_at for ticket in board.line) == lobby.moment("08:45")
        assert lobby.kiosk.service("A").waiting == 20
        assert lobby.manager.alerts == ["long_line", "elastic_suggested"]

        # The last who came for cash sees how many come first; nobody has waited yet.
        last = await lobby.phone("A020", language="en")
        assert (last.view.state, last.view.people_ahead) == ("waiting", 19)
        called = [await lobby.teller(counter).serve_next() for counter in (3, 1, 2, 5, 6)]
        assert called == ["A008", "A016", "A001", "F001", "Q001"]
        assert lobby.display.calls[::-1] == list(zip(called, (3, 1, 2, 5, 6), strict=True))
        assert {lobby.manager.ticket(number).why.waited_ms for number in called} == {0}
        assert last.view.people_ahead == 16

        # 09:06: the next one has waited six minutes, not twenty.
        await lobby.at("09:06")
        await lobby.teller(1).finish()
        assert await lobby.teller(1).serve_next() == "A002"
        why = lobby.teller(1).view.current.why
        assert (why.rule, why.waited_ms) == ("longest_wait", 6 * MINUTE_MS)

        # Nobody waits too long before 09:20, and the lobby was never without somebody.
        await lobby.at("09:20")
        assert lobby.manager.alerts == ["long_line", "elastic_suggested"]
        await lobby.later(seconds=10)
        assert "long_wait" in lobby.manager.alerts

        report = await lobby.report()
        assert report["tickets"]["issued"] == 30
        duty = report["duty"]
        assert duty["public_ms"] == duty["covered_ms"] == 35 * MINUTE_MS + 10_000
        assert (duty["cover"], duty["gaps"]) == (1.0, [])
