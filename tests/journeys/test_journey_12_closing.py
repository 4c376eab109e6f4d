"""A day to live through, 12: closing.

Issuing stops at 16:45; a phone user steps back once, then is served; cash ends first; leftovers
are told; balancing, signing out; the day report equals the journal; the auditor reads but cannot
change.
"""

from typing import get_args

import msgspec

from shared import protocol as p
from tests.golden.test_golden import HERE as GOLDEN
from tests.journeys.hall import hall
from tests.journeys.ledger import Ledger, rows_of

MINUTE_MS = 60_000


async def test_closing(tmp_path):
    async with hall("2026-11-16T16:30", tmp_path) as lobby:
        await lobby.manager.do(p.SignOnDuty, staff="manager")
        await lobby.counters(1, 3, 7)
        for service in "AAALL":
            await lobby.kiosk.take(service)
        assert await lobby.teller(1).serve_next() == "A001"

        # 16:45: no more tickets, and when there are some again.
        await lobby.at("16:44")
        assert lobby.kiosk.service("A").status == "open"
        await lobby.at("16:45")
        tomorrow = lobby.moment("2026-11-17T08:45")
        cash = lobby.kiosk.service("A")
        assert (cash.status, cash.next_from) == ("over", tomorrow)
        refused = await lobby.kiosk.refused(p.TakeTicket, service="A")
        assert refused.text == (
            "存取款·转账今日取号已结束，下一取号时间：11-17 08:45。您可预约，或请大堂经理协助。"
        )

        # Whoever has a ticket is served.
        assert await lobby.teller(7).serve_next() == "L001"
        assert (await lobby.phone("L001")).view.counter == 7

        # A002 is on the way from the car park, lets one go first on the phone, and is served.
        phone = await lobby.phone("A002", language="en")
        assert phone.view.people_ahead == 0
        await phone.do(p.StepBack, visit=phone.view.visit, places=1)
        assert (phone.view.people_ahead, phone.view.held_places) == (1, 1)
        await lobby.at("16:46")
        await lobby.teller(1).finish()
        assert await lobby.teller(1).serve_next() == "A003"
        assert (phone.view.people_ahead, phone.view.held_places) == (0, None)
        await lobby.at("16:48")
        assert await lobby.teller(3).call_next() == "A002"
        assert (phone.view.state, phone.view.counter) == ("called", 3)
        assert lobby.display.calls[0] == ("A002", 3)
        await lobby.teller(3).press(p.StartService)
        late = await phone.refused(p.StepBack, visit=phone.view.visit, places=1)
        assert late.text == (
            "Ticket A002 is being served, not waiting. Please look again before you go on."
        )

        # Cash ends first: nobody waits for it and nobody may come. Its tellers balance.
        await lobby.at("16:55")
        for counter in (1, 3):
            await lobby.teller(counter).finish()
            await lobby.teller(counter).press(p.PauseCounter, reason="balancing")
            assert lobby.head.counter(counter).pause_reason == "balancing"
        assert phone.view.state == "done"

        # 17:05: they close, and sign out. Nothing is left on their screens.
        await lobby.at("17:05")
        for counter in (1, 3):
            teller = lobby.teller(counter)
            await teller.press(p.CloseCounter)
            assert lobby.display.counter(counter).state == "closed"
            await teller.sign_out()
            assert (teller.link.staff, teller.dark) == (None, True)

        # Wealth takes longer than there is time. L002 is told, in the lobby and on the phone.
        await lobby.at("17:25")
        left_over = await lobby.phone("L002", language="en")
        assert (left_over.view.state, left_over.view.people_ahead) == ("waiting", 0)
        told = {
            "zh": "理财业务今日到此为止，请预约。",
            "en": "Wealth ends here today; please book.",
        }
        await lobby.manager.do(p.SendMessage, **told)
        for screen in (lobby.display, lobby.kiosk, left_over, lobby.teller(7)):
            (message,) = screen.view.messages
            assert (message.zh, message.en) == (told["zh"], told["en"])
        await lobby.teller(7).finish()

        # Nobody closes the day over their heads unasked.
        refused = await lobby.supervisor.refused(p.CloseDay)
        assert (refused.code, refused.values) == ("PeopleStillHere", {"people": 1})
        figures = lobby.head.view.figures
        assert (figures.issued, figures.done, figures.waiting) == (5, 4, 1)

        # The supervisor closes it: whoever is left was not served, and is told so.
        await lobby.manager.do(p.SignOffDuty, staff="manager")
        await lobby.supervisor.do(p.CloseDay, leftovers=True)
        assert left_over.view.state == "unserved"
        assert lobby.teller(7).view.state == "closed"
        assert lobby.kiosk.service("L").status == "closed"
        assert lobby.display.view.day is None
        assert lobby.display.view.next_day_opens == lobby.moment("2026-11-17T08:00")
        await lobby.teller(7).sign_out()

        # The report of the day says what the journal says, counted by hand.
        report = await lobby.report()
        assert_equal(report, Ledger(rows_of(tmp_path, "2026-11-16")))
        assert (report["closed_at"], report["late"]) == (lobby.moment("17:25"), False)
        assert lobby.head.view.figures.unserved == report["tickets"]["unserved"] == 1


def assert_equal(report, ledger):
    """Every figure of the report that can be counted by hand, and every row was counted."""
    tickets = report["tickets"]
    assert tickets["issued"] == ledger.issued.total() == 5
    for ending in ("done", "left", "unserved"):
        assert tickets[ending] == ledger.ended[ending]
    by_service = {one["service"]: one["tickets"]["issued"] for one in report["services"]}
    assert {service: n for service, n in by_service.items() if n} == ledger.issued
    for what, counted in (
        ("wait", ledger.waits),
        ("walk", ledger.walks),
        ("serve", ledger.services),
    ):
        spread = report["work"][what]
        assert (spread["n"], spread["total_ms"]) == (len(counted), sum(counted))
        assert spread["max_ms"] == max(counted)
    for one in report["counters"]:
        counter, time = one["counter"], one["time"]
        assert one["work"]["called"] == ledger.called[counter]
        assert one["work"]["finished"] == ledger.finished[counter]
        assert time["open_ms"] == ledger.open_ms[counter]
        pauses = {reason: pause["ms"] for reason, pause in time["pauses"].items() if pause["ms"]}
        assert pauses == ledger.paused_ms[counter]
    assert report["time"]["pauses"]["balancing"] == {"times": 2, "ms": 20 * MINUTE_MS}
    assert report["duty"]["covered_ms"] == ledger.covered_ms
    alerts = report["alerts"]
    assert alerts["raised"] == ledger.happened["AlertRaised"]
    assert alerts["ceased"] == ledger.happened["AlertCeased"]
    assert (report["opened_at"], report["closed_at"]) == (ledger.opened_at, ledger.closed_at)


async def test_the_auditor_reads_everything_and_changes_nothing(tmp_path):
    every = {type(command): command for command in commands()}
    assert set(every) >= set(get_args(p.Command) + get_args(p.Administrative))

    async with hall("2026-11-16T16:30", tmp_path) as lobby:
        await lobby.counters(1, 3)
        await lobby.kiosk.take("A", "care")
        assert await lobby.teller(3).serve_next() == "A001"
        auditor = lobby.auditor
        seen, said = auditor.view, set()

        for kind in get_args(p.Command):
            fields = msgspec.structs.asdict(every[kind])
            del fields["id"], fields["day"]
            said.add((await auditor.refused(kind, **fields)).code)
        for kind in get_args(p.Administrative):
            reply = await auditor.link.request(every[kind])
            said.add(reply.code)

        assert said == {"NotAllowed"}
        assert auditor.view == seen == lobby.head.view
        assert auditor.view.figures.serving == 1
        assert auditor.link.view("CounterView:3").current.lanes == ("care",)
        assert auditor.link.view("DisplayView") == lobby.display.view
        assert auditor.link.view("KioskView") == lobby.kiosk.view
        signed_in = {one.id: one.staff for one in auditor.link.view("HouseView").stations}
        assert signed_in["counter-3"] == "teller-3"


def commands():
    """One of each, as they were sent in other days."""
    for line in (GOLDEN / "wire_v1.jsonl").read_text().splitlines():
        try:
            yield p.decode_command(line)
        except msgspec.ValidationError:
            continue  # an answer, or a view
