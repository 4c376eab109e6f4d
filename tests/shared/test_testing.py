"""What the shipped doubles promise to the tests and the demo that rely on them."""

import asyncio
import inspect
from datetime import UTC, datetime

import pytest

from shared.link import Link
from shared.protocol import (
    Accepted,
    DisplayView,
    Refused,
    TakeTicket,
    Welcome,
    Words,
)
from shared.sender import LinkEndedError
from shared.testing import FakeLink, ManualClock, TcpProxy

DAY = "2026-11-16"


def display(seq: int) -> DisplayView:
    return DisplayView(
        branch="main", seq=seq, at=0, name=Words(), calls=(), counters=(), services=()
    )


def take(link: Link) -> TakeTicket:
    return TakeTicket(id=link.new_id(), day=DAY, service="A")


async def turns(count: int = 10) -> None:
    """Let every task that can go on do so."""
    for _ in range(count):
        await asyncio.sleep(0)


# --- ManualClock -----------------------------------------------------------------------------


def test_the_clock_starts_on_a_monday_at_nine_in_shanghai():
    clock = ManualClock()

    assert datetime.fromtimestamp(clock.now_ms() / 1000, UTC).isoformat() == (
        "2026-11-16T01:00:00+00:00"
    )
    assert clock.wall_ms() == clock.now_ms()


def test_time_passes_only_when_it_is_moved():
    clock = ManualClock()
    began = clock.now_ms()

    clock.advance(hours=1, minutes=2, seconds=3.5)

    assert clock.now_ms() - began == 3_723_500
    assert clock.monotonic() == 3_723.5


async def test_sleepers_wake_in_the_order_of_their_hours():
    clock, woken = ManualClock(), []

    async def sleeper(minutes):
        await clock.sleep_until(clock.now_ms() + minutes * 60_000)
        woken.append(minutes)

    tasks = [asyncio.create_task(sleeper(minutes)) for minutes in (3, 1, 2, 9)]
    await clock.asleep(4)
    clock.advance(minutes=5)
    await turns()

    assert woken == [1, 2, 3]
    assert clock.naps == [240.0]
    tasks[3].cancel()
    await turns()
    assert clock.naps == []


async def test_nobody_sleeps_until_a_time_that_has_come():
    clock = ManualClock()

    await clock.sleep_until(clock.now_ms())
    await clock.sleep(0)

    assert clock.naps == []


async def test_nobody_wakes_before_the_time():
    clock = ManualClock()
    task = asyncio.create_task(clock.sleep(0.0015))
    await clock.asleep()

    clock.advance(seconds=0.001)
    await turns()

    assert not task.done()
    clock.advance(seconds=0.001)
    await task


def test_a_step_of_the_machines_clock_moves_nothing_else():
    clock = ManualClock()
    now, monotonic = clock.now_ms(), clock.monotonic()

    clock.step_wall(-3_600_000)

    assert clock.wall_ms() == now - 3_600_000
    assert (clock.now_ms(), clock.monotonic()) == (now, monotonic)


def test_ids_and_chance_are_the_same_in_every_test():
    one, other = ManualClock(), ManualClock()

    assert [one.token(), one.token()] == [other.token(), other.token()]
    assert one.token() != one.token()
    assert [one.uniform(0, 9) for _ in range(5)] == [other.uniform(0, 9) for _ in range(5)]


def test_a_token_is_128_bits_and_fits_a_url():
    token = ManualClock().token()

    assert len(bytes.fromhex(token)) == 16


# --- FakeLink --------------------------------------------------------------------------------


def test_the_fake_has_the_surface_of_the_link():
    for name, member in inspect.getmembers(Link, callable):
        if not name.startswith("_"):
            real, fake = inspect.signature(member), inspect.signature(getattr(FakeLink, name))
            assert list(real.parameters.values()) == list(fake.parameters.values()), name


async def test_every_command_is_recorded_and_accepted():
    async with FakeLink() as link:
        command = take(link)

        reply = await link.send(command)

    assert reply == Accepted(id=command.id, seq=1)
    assert link.sent == [command]


async def test_answers_come_by_script_with_the_id_of_the_command():
    link = FakeLink()
    link.answer_with(
        Refused(id="", code="Busy", text=""),
        lambda command: Accepted(id=command.id, seq=9, number="A001"),
        ValueError("broken"),
    )
    first, second, third = take(link), take(link), take(link)

    assert await link.send(first) == Refused(id=first.id, code="Busy", text="")
    assert await link.send(second) == Accepted(id=second.id, seq=9, number="A001")
    with pytest.raises(ValueError, match="broken"):
        await link.send(third)


async def test_held_answers_come_when_they_are_released():
    link = FakeLink()
    link.hold()
    sending = asyncio.create_task(link.send(take(link)))

    assert await link.next_command() == link.sent[0]
    await turns()
    assert not sending.done()
    link.release()

    assert isinstance(await sending, Accepted)


async def test_a_held_answer_whose_caller_went_away_is_recovered():
    link = FakeLink()
    link.hold()
    command = take(link)
    sending = asyncio.create_task(link.send(command))
    await link.next_command()
    sending.cancel()
    await turns()

    link.release()

    found = await anext(link.recovered())
    assert (found.command, found.reply) == (command, Accepted(id=command.id, seq=1))


async def test_views_pushed_by_hand_are_seen_like_real_ones():
    link = FakeLink(display(1))
    views = link.views()

    assert await anext(views) == display(1)
    link.push(display(2), display(3))
    assert await anext(views) == display(3)
    assert link.view("DisplayView") == display(3)
    await link.until(3)
    link.restore()
    assert link.view("DisplayView") is None


async def test_states_are_changed_by_hand_and_a_refusal_ends_everything():
    link = FakeLink(welcome=None)
    states = link.changed()
    link.hold()
    sending = asyncio.create_task(link.send(take(link)))
    await link.next_command()

    assert await anext(states) == "live"
    link.become("stale")
    assert await anext(states) == "stale"
    link.refuse(Refused(id="", code="NotKnown", text="", final=True))

    assert await anext(states) == "refused"
    assert [state async for state in states] == []
    assert [view async for view in link.views()] == []
    with pytest.raises(LinkEndedError):
        await sending
    with pytest.raises(LinkEndedError):
        await link.send(take(link))


def test_a_welcome_may_be_given():
    welcome = Welcome(
        version=1, branch="main", station="k", role="kiosk", epoch="e", seq=0, at=0, heartbeat_ms=1
    )

    assert FakeLink(welcome=welcome).welcome == welcome


# --- TcpProxy --------------------------------------------------------------------------------


class Echo:
    """A server that sends back what it gets; `async with Echo() as port`."""

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._echo, "127.0.0.1", 0)
        return self._server.sockets[0].getsockname()[1]

    async def __aexit__(self, *_):
        self._server.close()

    async def _echo(self, reader, writer):
        while data := await reader.read(1000):
            writer.write(data)
        writer.close()


async def test_the_proxy_passes_on_until_one_side_ends():
    async with Echo() as port, TcpProxy(port) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)

        writer.write(b"hello")
        writer.write_eof()

        assert await reader.read() == b"hello"
        assert proxy.connections == 1
        writer.close()


async def test_a_cut_ends_the_connections_there_are_and_no_later_ones():
    async with Echo() as port, TcpProxy(port) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"x")
        await reader.readexactly(1)

        proxy.cut()

        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.transport.abort()
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"y")
        assert await reader.readexactly(1) == b"y"
        writer.close()


@pytest.mark.parametrize("ways", [("up",), ("down",), ()])
async def test_what_is_stalled_arrives_when_it_is_resumed(ways):
    async with Echo() as port, TcpProxy(port) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        proxy.stall(*ways)

        writer.write(b"late")
        answer = asyncio.create_task(reader.readexactly(4))
        await turns(50)
        assert not answer.done()
        proxy.resume()

        assert await answer == b"late"
        writer.close()


async def test_new_connections_are_turned_away_and_old_ones_stay():
    async with Echo() as port, TcpProxy(port) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"x")
        await reader.readexactly(1)

        proxy.turn_away()

        late_reader, late_writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await late_reader.readexactly(1)
        late_writer.transport.abort()
        writer.write(b"y")
        assert await reader.readexactly(1) == b"y"
        writer.close()


async def test_a_server_that_is_gone_looks_like_one():
    async with Echo() as port:
        pass
    async with TcpProxy(port) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)

        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.transport.abort()


async def test_a_delay_holds_every_piece_back():
    async with Echo() as port, TcpProxy(port) as proxy:
        proxy.delay_seconds = 0.02
        loop = asyncio.get_running_loop()
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        began = loop.time()

        writer.write(b"x")
        await reader.readexactly(1)

        assert loop.time() - began >= 0.04
        writer.close()
