"""A teller's terminal is killed in the middle of a service: a real process, a real server."""

import time

from bench.audit import rows_of
from bench.branch import Terminals, furnish, hello
from bench.counter_keys import CALLED, F4, F5, NOBODY, pressed, signed_in, started, told
from bench.process import ServerProcess, serving
from bench.service import Console
from shared.i18n import text
from shared.link import Link
from shared.protocol import CallNext, OpenCounter, TakeTicket


async def test_a_terminal_that_is_killed_finds_the_ticket_in_service_and_its_clock_again(tmp_path):
    await furnish(tmp_path / "server", Terminals(counters=1, skills=5, kiosks=1))
    (tmp_path / "terminal").mkdir()
    console = Console((100, 30))
    async with serving(ServerProcess(tmp_path / "server")) as server:
        await call_somebody(server)
        secret = signed_in(server, tmp_path / "terminal")
        program = await started(secret, console)
        await console.shows(CALLED)
        began = time.monotonic()
        await pressed(console, F4, text("en", "counter.serving", time="0:"), told("StartService"))

        program.kill()
        await program.wait()
        since = len(console.drawn)
        program = await started(secret, console)
        await console.shows(text("en", "counter.serving", time="").strip(), since)
        minutes, _, seconds = clock_in(console.words(since)).partition(":")
        shown, passed = int(minutes) * 60 + int(seconds), time.monotonic() - began

        assert shown <= passed + 1
        assert shown >= passed - 10  # what a slow machine draws late
        await pressed(console, F5, NOBODY, told("FinishService"))
        program.terminate()
        await program.wait()
    console.close()
    kinds = [row.type for row in rows_of(tmp_path / "server")]
    assert (kinds.count("ServiceStarted"), kinds.count("ServiceFinished")) == (1, 1)


async def call_somebody(server):
    """A customer takes a number, and is called to counter 1."""
    async with Link(server.address, hello("kiosk-1")) as kiosk:
        taken = TakeTicket(id=kiosk.new_id(), day=server.day, service="A")
        await kiosk.send(taken)
    async with Link(server.address, hello("counter-1")) as teller:
        for kind in (OpenCounter, CallNext):
            await teller.send(kind(id=teller.new_id(), day=server.day, counter=1))


def clock_in(words):
    """The time in service as it stands on the screen."""
    return words.split(text("en", "counter.serving", time="").strip(), 1)[1].split()[0]
