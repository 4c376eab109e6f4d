"""A day to live through, 11: the power cut at 10:30.

Counter, kiosk and server die; ten hand-written numbers are entered; nothing is lost or done
twice; next week's drill leaves the figures untouched.
"""

import json
from contextlib import AsyncExitStack

from bench.process import serving
from shared import protocol as p
from tests.journeys.hall import Hall, hall, lobby_fails, lobby_prints
from tests.journeys.ledger import Ledger, rows_of
from tests.journeys.power import Machine, data_folder, server_at
from tests.server.one_server import eventually

DAY = "2026-11-16"
NEXT_MONDAY = "2026-11-23"
MINUTE_MS = 60_000


def order(kind, n, **fields):
    return kind(id=f"{kind.__name__}-{n:016d}", day=DAY, **fields)


async def test_the_power_cut(tmp_path):
    folder = tmp_path / "server"
    await data_folder(folder)
    kiosk, counter = Machine("kiosk-1", tmp_path / "kiosk"), Machine("counter-1", tmp_path / "one")

    async with AsyncExitStack() as plugs:
        server = await plugs.enter_async_context(serving(server_at(folder, f"{DAY}T10:28")))
        for machine in (kiosk, counter):
            await plugs.enter_async_context(machine.plugged_in(server.port))
        lobby = Hall(server.address, folder, plugs)
        await lobby.furnish()
        await lobby.manager.do(p.SignOnDuty, staff="manager")

        # A morning like others: four customers, two of them being served.
        for n in range(1, 5):
            lobby.tickets[f"A00{n}"] = await kiosk.ask(order(p.TakeTicket, n, service="A"))
        await lobby.counters(3)
        signing_in = p.SignIn(id="sign-in-000000001", staff="teller-1", secret="48151623")
        assert isinstance(await counter.ask(signing_in), p.SignedIn)
        for kind in (p.OpenCounter, p.CallNext, p.StartService):
            assert isinstance(await counter.ask(order(kind, 1, counter=1)), p.Accepted)
        assert await lobby.teller(3).serve_next() == "A002"
        phones = [await lobby.phone(f"A00{n}") for n in range(1, 5)]
        assert [phone.view.state for phone in phones] == [
            "serving",
            "serving",
            "waiting",
            "waiting",
        ]

        # 10:30. Somebody has just asked for a ticket: it was given, but never printed. And teller
        # 1 has just pressed Finish: nobody has heard it.
        kiosk.cable.stall("down")
        await kiosk.say(order(p.TakeTicket, 5, service="A"))
        await lobby.head.sees(lambda board: board.figures.issued == 5)
        counter.cable.stall("up")
        await counter.say(order(p.FinishService, 2, counter=1))
        await eventually(lambda: counter.is_waiting)
        server.kill()
        await kiosk.power_off()
        await counter.power_off()
        await server.ended()
        await lobby.lost()
        assert kiosk.is_waiting

        # Twenty minutes by hand: ten numbers on paper, six of them served at counter 2.

        # 10:50. The power is back, and so is everyone, and nobody types a secret.
        typed = lobby.secrets_typed
        again = server_at(folder, f"{DAY}T10:50", server.port)
        await plugs.enter_async_context(serving(again))
        await lobby.put_up_kiosk(**kiosk.files)
        await lobby.sign_in(1, **counter.files)
        await lobby.back()
        assert lobby.secrets_typed == typed
        assert lobby.teller(1).link.welcome.staff == "teller-1"
        assert lobby.teller(3).link.welcome.staff == "teller-3"
        assert lobby.head.link.welcome.staff == "head"

        # What was on its way has arrived, once: the ticket is printed now, A001 is finished.
        printed = await anext(lobby.kiosk.link.recovered())
        finished = await anext(lobby.teller(1).link.recovered())
        await lobby.settled()
        assert (printed.reply.number, lobby.head.view.figures.issued) == ("A005", 5)
        assert printed.reply.link
        assert isinstance(finished.reply, p.Accepted)
        assert [phone.view.state for phone in phones] == ["done", "serving", "waiting", "waiting"]
        assert lobby.teller(1).view.current is None
        assert lobby.teller(3).view.current.number == "A002"
        assert lobby.teller(3).line == ["A003", "A004", "A005"]
        assert [one.staff for one in lobby.head.view.duty] == ["manager"]
        assert not kiosk.is_waiting
        assert not counter.is_waiting

        # The head of the branch says that numbers are on paper, and the kiosk gives none.
        slip = {"number": "H001", "service": "A", "taken_at": lobby.moment("10:31")}
        refused = await lobby.supervisor.refused(p.EnterHandwritten, **slip)
        assert refused.code == "NoEmergency"
        await lobby.head.do(p.StartEmergency, kind="emergency")
        assert lobby.kiosk.view.emergency
        assert lobby.display.view.emergency
        refused = await lobby.kiosk.refused(p.TakeTicket, service="A")
        assert refused.text == "系统正在应急处理，请您找大堂经理人工取号。"

        # The ten are entered with their times: six that were served, four that wait.
        for n in range(10):
            slip = {
                "number": f"H{n + 1:03d}",
                "service": "AAF"[n % 3],
                "taken_at": lobby.moment(f"10:{31 + n}"),
            }
            if n < 6:
                slip["counter"] = 2
                slip["started_at"] = lobby.moment(f"10:{34 + 2 * n}")
                slip["finished_at"] = lobby.moment(f"10:{36 + 2 * n}")
            await lobby.supervisor.do(p.EnterHandwritten, **slip)
            # Somebody else has the same slip in hand.
            again_slip = await lobby.head.refused(p.EnterHandwritten, **slip)
            assert again_slip.code == ("EnteredBefore" if n < 6 else "NumberInUse")
        assert lobby.head.view.figures.issued == 15
        assert lobby.head.view.figures.done == 1 + 6

        # Whoever waits stands where the time on the paper says, behind those of before the cut.
        four = ["H007", "H008", "H009", "H010"]
        assert lobby.teller(3).line == ["A003", "A004", "A005", *four]
        assert phones[2].view.people_ahead == 0
        await lobby.head.do(p.EndEmergency)
        assert await lobby.kiosk.take("A") == "A006"

        # And so it goes on.
        await lobby.teller(3).finish()
        assert [await lobby.teller(n).serve_next() for n in (1, 3)] == ["A003", "A004"]
        assert phones[2].view.counter == 1
        for counter_id in (1, 3):
            await lobby.teller(counter_id).finish()
        assert await lobby.teller(1).serve_next() == "A005"

        # Nothing was lost or done twice: the journal has every number once.
        rows = rows_of(folder, DAY)
        given = [data["number"] for _, data in rows if data["type"] == "TicketTaken"]
        by_hand = [data["number"] for _, data in rows if data["type"] == "HandwrittenEntered"]
        assert given == [f"A{n:03d}" for n in range(1, 7)]
        assert by_hand == [f"H{n:03d}" for n in range(1, 11)]
        ledger = Ledger(rows)
        report = await lobby.report("--rehearsal")
        tickets = report["tickets"]
        assert (tickets["issued"], tickets["handwritten"]) == (16, 10)
        assert tickets["done"] == ledger.ended["done"] == 4 + 6
        assert (report["work"]["wait"]["n"], report["work"]["serve"]["n"]) == (11, 10)
        assert report["duty"]["cover"] > 0.9

        # It was played on a rehearsal's clock, and is never taken for a real day.
        assert "rehearsal" in await lobby_fails("report", "day", data=folder)


async def test_the_drill_of_next_week_leaves_the_figures_untouched(tmp_path):
    # Two branches live the same Monday; one of them has a drill on it, and a week behind it.
    last_week = await a_monday(tmp_path / "with", DAY)
    with_drill = await a_monday(tmp_path / "with", NEXT_MONDAY, drill=True)
    without = await a_monday(tmp_path / "without", NEXT_MONDAY)

    # The figures of the day are those of the day without it: the drill stands beside them, and the
    # three minutes for which two counters practised are neither work nor idleness.
    assert with_drill["tickets"]["issued"] == with_drill["tickets"]["done"] == 4
    assert (with_drill["practice"], without["practice"]) == (5, 0)
    for one, other in zip(times(with_drill), times(without), strict=True):
        practised_ms = other["open_ms"] - one["open_ms"]
        assert practised_ms in (0, 3 * MINUTE_MS, 6 * MINUTE_MS)
        one["open_ms"] += practised_ms
        one["idle_alone_ms"] += practised_ms
    assert with_drill | {"practice": 0} == without

    # And last week is what it was.
    again = await lobby_prints("report", "day", "--json", "--day", DAY, data=tmp_path / "with")
    assert json.loads(again) == last_week


def times(report):
    """How everybody spent the time: all together, each counter, each teller."""
    of_each = (one["time"] for one in (*report["counters"], *report["tellers"]))
    return [report["time"], *of_each]


async def a_monday(folder, date, drill=False):
    """Four customers, and a quarter of an hour in between in which nobody comes; the report."""
    folder.mkdir(exist_ok=True)
    async with hall(f"{date}T10:00", folder) as lobby:
        await lobby.manager.do(p.SignOnDuty, staff="manager")
        await lobby.counters(1, 3)
        await serve_two(lobby)
        await lobby.at("10:10")
        if drill:
            await the_drill(lobby)
        await lobby.at("10:25")
        await serve_two(lobby)
        await lobby.at("10:35")
        await lobby.manager.do(p.SignOffDuty, staff="manager")
        await lobby.supervisor.do(p.CloseDay)
        return await lobby.report("--day", date)


async def serve_two(lobby):
    for counter in (1, 3):
        await lobby.kiosk.take("A")
        await lobby.later(minutes=1)
        await lobby.teller(counter).serve_next()
        await lobby.later(minutes=3)
        await lobby.teller(counter).finish()


async def the_drill(lobby):
    """As in earnest: five numbers on paper, two served on paper and three called and served."""
    await lobby.head.do(p.StartEmergency, kind="drill")
    assert lobby.auditor.view.emergency == "drill"
    assert lobby.kiosk.view.emergency
    before = lobby.head.view.figures
    await lobby.at("10:20")
    for n in range(5):
        slip = {"number": f"H00{n}", "service": "A", "taken_at": lobby.moment(f"10:1{n}")}
        if n < 2:
            slip |= {"counter": 2, "started_at": lobby.moment("10:15")}
            slip |= {"finished_at": lobby.moment("10:18")}
        await lobby.supervisor.do(p.EnterHandwritten, **slip)
    assert await lobby.teller(1).serve_next() == "H002"
    assert await lobby.teller(3).serve_next() == "H003"
    await lobby.later(minutes=3)
    await lobby.teller(1).finish()
    await lobby.teller(3).finish()
    await lobby.assistant.do(p.LeaveLine, visit=lobby.manager.ticket("H004").visit)
    await lobby.head.do(p.EndEmergency)
    assert lobby.head.view.figures == before
