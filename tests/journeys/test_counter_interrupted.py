"""The power goes at the counter, or at the server, while somebody is being served.

The customer in hand is still there afterwards, the clock of the service is right, and what was
asked for just before has happened once.
"""

from contextlib import asynccontextmanager

from server.config import DEFAULT_BRANCH, Listen
from server.domain.configuration import BranchConfig
from server.journal.sqlite import open_sqlite
from shared import protocol as p
from shared.config import load
from shared.i18n import text
from shared.testing import ManualClock
from tests.journeys.desk import desk
from tests.server.one_branch import new_id
from tests.server.one_server import serving

DAY = "2026-11-16"


@asynccontextmanager
async def switched_on(folder, clock, port=0):
    """A server on the journal of this folder, until it is switched off."""
    journal = await open_sqlite(folder / "lobby.sqlite")
    config = load(DEFAULT_BRANCH, BranchConfig)
    try:
        async with serving(journal, clock, [config], listen=Listen(port=port)) as server:
            yield server
    finally:
        await journal.close()


async def take(server, count=1):
    """Customers take numbers."""
    kiosk = await server.terminal("kiosk-1")
    for _ in range(count):
        await kiosk.order(p.TakeTicket(id=new_id(), day=DAY, service="A"))


async def test_the_server_is_restarted_mid_service(tmp_path):
    clock = ManualClock()
    async with switched_on(tmp_path, clock) as first:
        await take(first, 2)
        opened = desk(first.running.address, tmp_path)
        teller = await opened.__aenter__()
        await teller.sign_in()
        await teller.press("f2", "f2", "f4")
        clock.advance(minutes=3)
        port = first.running.port
    try:
        await teller.until(lambda: teller.app.link_state != "live")
        assert teller.in_hand().number == "A001"
        clock.advance(minutes=2)

        async with switched_on(tmp_path, clock, port):
            await teller.until(lambda: teller.app.link_state == "live")
            await teller.knows(clock.now_ms())
            assert (teller.in_hand().number, teller.in_hand().state) == ("A001", "serving")
            assert teller.says("counter.serving", time="5:00")
            await teller.press("f6")
            assert teller.in_hand().number == "A002"
            assert teller.app.view.figures.serving_ms == 5 * 60_000
    finally:
        await opened.__aexit__(None, None, None)


async def test_the_terminal_is_switched_off_mid_service(tmp_path):
    clock = ManualClock()
    async with switched_on(tmp_path, clock) as server:
        await take(server)
        async with desk(server.running.address, tmp_path) as teller:
            await teller.sign_in()
            await teller.press("f2", "f2", "f4")
        clock.advance(minutes=7)

        async with desk(server.running.address, tmp_path) as teller:
            await teller.sees(lambda view: view.current is not None)
            await teller.knows(clock.now_ms())

            assert (teller.in_hand().number, teller.in_hand().state) == ("A001", "serving")
            assert teller.says("counter.serving", time="7:00")
            assert not teller.says("sign_in.heading")


async def test_what_was_asked_for_when_the_power_went_has_happened_once(tmp_path):
    clock = ManualClock()
    async with switched_on(tmp_path, clock) as first:
        await take(first, 2)
        opened = desk(first.running.address, tmp_path)
        teller = await opened.__aenter__()
        await teller.sign_in()
        await teller.press("f2", "f2", "f4")
        port = first.running.port
    await teller.until(lambda: teller.app.link_state != "live")
    await teller.type_ahead("f6")
    await teller.until((tmp_path / "counter-1.outbox").exists)
    await opened.__aexit__(None, None, None)

    address = f"ws://127.0.0.1:{port}/ws"
    async with switched_on(tmp_path, clock, port), desk(address, tmp_path) as teller:
        name = teller.command("FinishService")
        told = text("en", "counter.recovered_plain", command=name)
        await teller.until(lambda: teller.told == told)
        await teller.sees(lambda view: view.current is None)

        # Finished, once; whom to call next is pressed anew, by whoever is there now.
        assert teller.app.view.figures.finished == 1
        assert teller.app.view.line[0].number == "A002"
