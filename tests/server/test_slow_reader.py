"""Screens that stop reading are cut off; they cost next to nothing, and the others lose nothing.

The small form of `bench/slow_reader.py`.
"""

import asyncio

from server.hub import REPLIES_MAX, Hub, Outbox
from server.reception import Deadlines
from shared.protocol import Accepted, DisplayView, Words
from tests.server.one_branch import branch_config, take
from tests.server.one_server import eventually, serving

IMPATIENT = Deadlines(send_seconds=0.3, close_seconds=0.3, heartbeat_seconds=3600)

COUNTERS = 20
DEAF = ("display-1", "board-manager", "board-supervisor", "board-head", "board-auditor")

KEPT_BYTES_MAX = 131_072
"""For one connection: what the library buffers, a message beyond, and the newest view."""


def kept_bytes(server, terminal):
    """What this server holds back for a terminal; 0 when it has cut it off."""
    for part in server.running.reception._parts:
        for session in part:
            if session._socket.remote_address == terminal.socket.local_address:
                waiting = sum(len(data) for data in session.outbox._waiting.values())
                return waiting + session._socket.transport.get_write_buffer_size()
    return 0


async def read_on(terminal):
    while True:
        await terminal.hear(DisplayView)


async def test_screens_that_stop_reading_are_cut_and_the_others_lose_nothing():
    async with serving(branches=[branch_config(counters=COUNTERS)], deadlines=IMPATIENT) as server:
        deaf = [await server.deaf(station) for station in DEAF]
        healthy = [
            await server.terminal(f"counter-{n}", views=("DisplayView",))
            for n in range(1, COUNTERS + 1)
        ]
        reading = [asyncio.create_task(read_on(terminal)) for terminal in healthy]
        assistant = await server.terminal("board-assistant", views=("KioskView",))

        kept = [0]
        while server.figure("lobby_kicked_connections_total", code="4413") < len(DEAF):
            taken = await assistant.order(take())
            assert isinstance(taken, Accepted), taken
            kept += [kept_bytes(server, terminal) for terminal in deaf]

        await eventually(lambda: all(t.views["DisplayView"].seq == taken.seq for t in healthy))
        assert server.figure("lobby_connections", role="counter") == COUNTERS
        assert 0 < max(kept) < KEPT_BYTES_MAX
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)


async def test_in_a_quiet_branch_too_a_screen_that_stops_reading_is_cut():
    pulse = Deadlines(pulse_seconds=0.05, pong_seconds=3.0, heartbeat_seconds=3600)
    async with serving(deadlines=pulse) as server:
        healthy = await server.terminal("counter-1")
        reading = asyncio.create_task(healthy.hear(DisplayView))
        await server.deaf("display-1")

        await eventually(lambda: server.figure("lobby_kicked_connections_total", code="4413") == 1)

        assert server.figure("lobby_connections", role="counter") == 1
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


def test_what_waits_for_a_screen_that_does_not_read_is_bounded():
    hub, outbox = Hub(), Outbox()
    hub.listen("main", "DisplayView", outbox)

    for seq in range(10_000):
        view = DisplayView(
            branch="main", seq=seq, at=seq, name=Words(), calls=(), counters=(), services=()
        )
        hub.publish("main", {"DisplayView": view}.get)
        outbox.heartbeat(b"heartbeat")
        if seq < REPLIES_MAX:
            outbox.reply(b"reply")

    assert len(outbox._waiting) == 1 + 1 + REPLIES_MAX
