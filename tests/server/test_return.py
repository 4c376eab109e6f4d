"""Terminals come back by themselves after a kill, and do not come back when they must not.

The small form of `bench/comeback.py`.
"""

import asyncio

from msgspec.structs import replace

from bench.branch import furnish, hello
from bench.comeback import TERMINALS, Unwelcoming, bars, everyone, kicks
from bench.process import ServerProcess
from bench.process import serving as serving_process
from shared.link import REAL_TIME, Link
from shared.protocol import VERSION, Hello
from shared.testing import ManualClock, TcpProxy
from shared.timing import Timing
from tests.server.one_server import eventually, serving

KILLS = 2

# A tenth of a station's patience: the test of the real one needs no sockets.
BRISK = replace(REAL_TIME, base_seconds=0.025, cap_seconds=0.5)

MINUTES = 10


def timing(clock):
    return Timing(sleep=clock.sleep, now=clock.monotonic, uniform=clock.uniform)


async def sent_away(link, clock):
    """Wait for that, and until nobody will dial any more; why it was."""
    async with asyncio.timeout(30):
        async for _ in link.changed():
            pass
    dialling = link._tasks[0]
    await eventually(dialling.done)
    clock.advance(hours=1)
    return link.refusal.code


async def test_a_hundred_terminals_are_back_after_each_kill(tmp_path):
    await furnish(tmp_path / "data", TERMINALS)
    async with (
        serving_process(ServerProcess(tmp_path / "data")) as server,
        everyone(server.address, BRISK) as links,
    ):
        assert len(links) == 100
        for _ in range(KILLS):
            seq = max(link.welcome.seq for link in links if link.welcome)
            server.kill()
            await server.ended()
            await server.start()
            async with asyncio.timeout(30):
                await asyncio.gather(*(link.until(seq + 1) for link in links))

        assert {link.state for link in links} == {"live"}


async def test_a_terminal_that_is_refused_never_asks_again():
    clock = ManualClock()
    stranger = Hello(version=VERSION, station="kiosk-1", secret="guessed")

    async with (
        serving() as server,
        TcpProxy(server.running.port) as proxy,
        Link(f"ws://127.0.0.1:{proxy.port}/ws", stranger, timing=timing(clock)) as link,
    ):
        assert await sent_away(link, clock) == "NotKnown"
        assert proxy.connections == 1


async def test_a_terminal_that_is_welcomed_and_then_barred_never_asks_again():
    clock = ManualClock()
    unwelcoming = Unwelcoming(bars)

    async with (
        unwelcoming.at() as address,
        Link(address, hello("kiosk-1"), timing=timing(clock)) as link,
    ):
        assert await sent_away(link, clock) == "NotAllowed"
        assert unwelcoming.attempts == 1


async def test_a_terminal_that_is_kicked_each_time_does_not_hammer():
    clock = ManualClock()
    unwelcoming = Unwelcoming(kicks)

    async with (
        unwelcoming.at() as address,
        Link(address, hello("kiosk-1"), timing=timing(clock)) as link,
        asyncio.timeout(60),
    ):
        while clock.monotonic() < MINUTES * 60:
            await clock.asleep(2)  # one for the next attempt, one for the silence
            clock.advance(seconds=clock.naps[0])
        assert link.refusal is None

    # Every two and a half seconds on average. The library alone: a thousand times a second.
    assert 20 < unwelcoming.attempts / MINUTES < 30
