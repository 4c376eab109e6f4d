"""Who is let in when many come, over real sockets: terminals before phones, nobody shut out."""

import asyncio

import pytest
from msgspec.structs import replace
from websockets.exceptions import InvalidStatus

from server.reception import Deadlines
from shared.lane import HEADER, headers_of, station_in
from shared.link import Link
from shared.protocol import VERSION, Accepted, Hello, Welcome
from shared.testing import ManualClock
from tests.server.one_branch import take
from tests.server.one_house import station_secret
from tests.server.one_server import PATIENCE_SECONDS, UNLIMITED, eventually, serving

FEW = replace(UNLIMITED, handshakes_per_second=10)
PATIENT = Deadlines(heartbeat_seconds=3600, hello_seconds=3600, open_seconds=3600)


def with_pass(station):
    return {"additional_headers": headers_of(station, station_secret(station))}


async def turned_away(server, **options):
    with pytest.raises(InvalidStatus) as caught:
        await server.dial(**options)
    return caught.value.response


async def welcomed(server, station):
    """A terminal as ours are: it shows its pass."""
    terminal = await server.dial(**with_pass(station))
    await terminal.say(Hello(version=VERSION, station=station, secret=station_secret(station)))
    assert isinstance(await terminal.hear(Welcome), Welcome)
    return terminal


# --- Too many at once ----------------------------------------------------------------------------


async def test_a_crowd_is_let_in_so_many_a_second_and_the_rest_is_told_to_come_again():
    clock = ManualClock()
    async with serving(rate_limits=FEW, clock=clock) as server:
        for _ in range(8):
            await server.dial()

        refused = await turned_away(server)
        clock.advance(seconds=0.1)
        await server.dial()

        assert refused.status_code == 503
        assert 1 <= int(refused.headers["Retry-After"]) <= 10
        assert b'"TooManyConnections"' in refused.body
        assert server.figure("lobby_turned_away_total", limit="handshakes") == 1


async def test_terminals_find_what_the_crowd_of_phones_leaves_to_them():
    async with serving(rate_limits=FEW) as server:
        for _ in range(8):
            await server.dial()
        await turned_away(server)

        kiosk = await welcomed(server, "kiosk-1")
        await welcomed(server, "counter-1")
        refused = await turned_away(server, **with_pass("display-1"))

        assert refused.status_code == 503
        assert isinstance(await kiosk.order(take()), Accepted)


async def test_one_address_cannot_use_up_the_handshakes_of_all():
    limits = replace(UNLIMITED, handshakes_per_address=3, minutes_at_once=1)
    clock = ManualClock()
    async with serving(rate_limits=limits, clock=clock) as server:
        for _ in range(3):
            await server.dial()

        refused = await turned_away(server)
        kiosk = await welcomed(server, "kiosk-1")
        clock.advance(seconds=20)
        await server.dial()

    assert refused.headers["Retry-After"] == "20"
    assert kiosk.socket.close_code != 4401


async def test_pages_are_shown_in_any_crowd():
    async with serving(rate_limits=FEW) as server:
        for _ in range(8):
            await server.dial()

        assert (await server.get("/health"))[0] == 200


# --- The pass ------------------------------------------------------------------------------------


def hash_of(station):
    from server.people import _hash

    return _hash(station_secret("kiosk-1")) if station == "kiosk-1" else None


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "kiosk-1",
        "kiosk-1 ",
        "kiosk-1 wrong",
        "kiosk-2 " + headers_of("kiosk-1", station_secret("kiosk-1"))[HEADER].split()[1],
        headers_of("kiosk-1", "another secret")[HEADER],
        "kiosk-1 \u00fc" + "x" * 21,
        " " * 30,
    ],
)
def test_no_other_pass_is_taken_for_a_terminals(shown):
    assert station_in(shown, hash_of) is None


def test_a_pass_is_made_of_the_secret_and_tells_nothing_of_it():
    shown = headers_of("kiosk-1", station_secret("kiosk-1"))[HEADER]

    assert station_in(shown, hash_of) == "kiosk-1"
    assert station_secret("kiosk-1") not in shown
    assert hash_of("kiosk-1")[:8] not in shown
    assert headers_of("", "") == {}


async def test_a_revoked_terminals_pass_is_worth_nothing():
    async with serving(rate_limits=FEW) as server:
        server.people.keeper.house.stations["kiosk-1"].revoked = True
        for _ in range(8):
            await server.dial()

        assert (await turned_away(server, **with_pass("kiosk-1"))).status_code == 503


async def test_our_terminals_show_it():
    async with serving(rate_limits=FEW) as server:
        for _ in range(8):
            await server.dial()
        hello = Hello(version=VERSION, station="kiosk-1", secret=station_secret("kiosk-1"))

        async with Link(server.running.address, hello) as link:
            await eventually(lambda: link.state == "live")
            taken = await link.send(take())

    assert isinstance(taken, Accepted)


async def test_a_pass_alone_lets_nobody_in():
    async with serving() as server:
        terminal = await server.dial(**with_pass("kiosk-1"))
        await terminal.say(Hello(version=VERSION, station="kiosk-1", secret="wrong"))

        assert (await terminal.closed())[0] == 4401


# --- Those who say nothing -----------------------------------------------------------------------


async def test_strangers_who_say_nothing_keep_no_terminal_out():
    async with serving(connections_per_address_max=20, deadlines=PATIENT) as server:
        strangers = [await server.dial() for _ in range(20)]

        for _ in range(5):
            kiosk = await server.terminal("kiosk-1")  # without a pass: an older one
            assert isinstance(await kiosk.order(take()), Accepted)
            await kiosk.socket.close()
            await eventually(lambda: not server.figure("lobby_connections", role="kiosk"))

        cut = [s for s in strangers if s.socket.close_code is not None]
        assert strangers[0] in cut
        assert strangers[-1] not in cut


async def test_a_crowd_of_welcome_phones_keeps_no_terminal_out():
    async with serving(connections_per_address_max=3, public_url="https://x.example") as server:
        kiosk = await welcomed(server, "kiosk-1")
        for n in range(1, 4):
            await kiosk.order(take())
            await server.knock(ticket=server.ticket(n))
        refused = await turned_away(server)

        counter = await welcomed(server, "counter-1")

        assert refused.headers["Retry-After"] == "10"
        assert counter.socket.close_code is None


async def silent_socket(server, *sent):
    """A connection on which hardly anything comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.running.port)
    for part in sent:
        writer.write(part)
    await writer.drain()
    return reader, writer


async def test_whoever_never_finishes_asking_is_cut_and_nobody_waits_for_it():
    # Long enough for the kiosk to come in, also on a slow machine.
    impatient = Deadlines(heartbeat_seconds=3600, open_seconds=3.0)
    async with serving(deadlines=impatient) as server:
        silent = [await silent_socket(server) for _ in range(100)]
        slow = [await silent_socket(server, b"GET /ws HTTP/1.1\r\nHo") for _ in range(100)]

        kiosk = await server.terminal("kiosk-1")
        taken = await kiosk.order(take())

        assert isinstance(taken, Accepted)
        for reader, writer in (*silent, *slow):
            async with asyncio.timeout(PATIENCE_SECONDS):
                assert await reader.read() == b""
            writer.close()
        assert server.running.room.taken == 1


async def test_an_endless_header_is_refused():
    async with serving() as server:
        reader, writer = await silent_socket(
            server, b"GET /ws HTTP/1.1\r\n", b"X-Long: " + b"x" * 20_000 + b"\r\n\r\n"
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = await reader.read()
        writer.close()

        assert b"101" not in answer.split(b"\r\n")[0]
        assert isinstance(await (await server.terminal("kiosk-1")).order(take()), Accepted)
