"""What a link promises: every command answered once, only the newest view, no hammering.

The servers here are real ones in this process, and do by hand what each test says. Time stands
still unless a test moves it.
"""

import asyncio
import json
import logging
import random
import stat
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve

from shared.link import REAL_TIME, Link
from shared.outbox import Outbox
from shared.protocol import (
    VERSION,
    Accepted,
    AppointmentFound,
    CounterView,
    DisplayView,
    FindAppointment,
    FindSlots,
    Heartbeat,
    Hello,
    HouseView,
    Refused,
    SlotsFound,
    SlotShown,
    TakeTicket,
    TicketView,
    Welcome,
    Words,
    decode_command,
    decode_first,
    encode,
)
from shared.sender import (
    BUSY_MAX,
    STRIKES_MAX,
    WAITING_MAX,
    LinkEndedError,
    LinkFullError,
    NotSentError,
    OutcomeUnknownError,
    Sender,
)
from shared.testing import ManualClock, TcpProxy
from shared.timing import Timing

DAY = "2026-11-16"
HELLO = Hello(version=VERSION, station="kiosk-1", secret="s3cret")


class Caller:
    """A terminal's connection, as the server sees it."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection

    async def hello(self) -> Hello:
        return decode_first(await self.connection.recv())

    async def welcome(
        self,
        epoch: str = "e1",
        heartbeat_ms: int = 5_000,
        rehearsal_rate: float | None = None,
        seq: int = 0,
    ) -> None:
        await self.tell(
            Welcome(
                version=VERSION,
                branch="main",
                station="kiosk-1",
                role="kiosk",
                epoch=epoch,
                seq=seq,
                at=1_000_000,
                heartbeat_ms=heartbeat_ms,
                rehearsal_rate=rehearsal_rate,
            )
        )

    async def command(self) -> Any:
        return decode_command(await self.connection.recv())

    async def tell(self, *messages: Any) -> None:
        for message in messages:
            await self.connection.send(encode(message), text=True)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        await self.connection.close(code, reason)

    def cut(self) -> None:
        self.connection.transport.abort()


class Server:
    """`async with Server() as server`: every connection is handed to the test."""

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._callers: asyncio.Queue[Caller] = asyncio.Queue()
        self.connections = 0

    async def __aenter__(self):
        self._server = await serve(
            self._handle, "127.0.0.1", 0, compression=None, close_timeout=0.1, **self._options
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"ws://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    async def _handle(self, connection: ServerConnection) -> None:
        self.connections += 1
        self._callers.put_nowait(Caller(connection))
        await connection.wait_closed()

    async def caller(self) -> Caller:
        """The next terminal to connect, not yet welcomed."""
        async with asyncio.timeout(30):
            caller = await self._callers.get()
            await caller.hello()
        return caller

    async def guest(self, **welcome: Any) -> Caller:
        """The next terminal to connect, welcomed."""
        caller = await self.caller()
        await caller.welcome(**welcome)
        return caller


@pytest.fixture
async def server():
    async with Server() as server:
        yield server


@pytest.fixture
def clock():
    return ManualClock()


def timing(clock: ManualClock, **numbers: Any) -> Timing:
    """Time by hand, and chance that always draws the shortest wait: none."""
    numbers.setdefault("uniform", lambda low, high: low)
    return Timing(sleep=clock.sleep, now=clock.monotonic, **numbers)


@pytest.fixture
def link_to(clock):
    def make(server: Server, **options: Any) -> Link:
        options.setdefault("timing", timing(clock))
        return Link(server.url, HELLO, **options)

    return make


async def eventually(true: Callable[[], object]) -> None:
    """Let everything that can go on do so, until it is true."""
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - nothing to wait for: it is about other tasks
            await asyncio.sleep(0)


async def sending(link: Link, command: TakeTicket, **options: Any) -> Any:
    """Start to send; the caller waits in a task of its own."""
    task = asyncio.create_task(link.send(command, **options))
    await asyncio.sleep(0)
    return task


def take(link: Link | None = None, service: str = "A") -> TakeTicket:
    command_id = link.new_id() if link else "0123456789abcdef"
    return TakeTicket(id=command_id, day=DAY, service=service)


def accepted(command: TakeTicket, seq: int = 1) -> Accepted:
    return Accepted(id=command.id, seq=seq, visit=7, number="A007")


def busy(command: TakeTicket) -> Refused:
    return Refused(id=command.id, code="Busy", text="", retry_after_ms=800)


def display(seq: int, **fields: Any) -> DisplayView:
    return DisplayView(
        branch="main", seq=seq, at=seq, name=Words(), calls=(), counters=(), services=(), **fields
    )


def counter(seq: int, number: int = 3) -> CounterView:
    return CounterView(
        branch="main",
        seq=seq,
        at=seq,
        counter=number,
        name=Words(),
        state="open",
        services=("A",),
    )


# --- Commands --------------------------------------------------------------------------------


async def test_a_command_is_answered(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest()
        command = take(link)
        answer = await sending(link, command)

        assert await guest.command() == command
        await guest.tell(accepted(command))

        assert await answer == accepted(command)


def test_an_id_is_128_bits_and_never_the_same():
    link = Link("ws://127.0.0.1:1", HELLO)

    ids = {link.new_id() for _ in range(100)}

    assert len(ids) == 100
    assert all(len(bytes.fromhex(one)) == 16 for one in ids)


async def test_a_refusal_is_an_answer(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest()
        command = take(link)
        answer = await sending(link, command)
        refused = Refused(id=command.id, code="TicketsStopped", text="No more.", field="service")

        await guest.command()
        await guest.tell(refused)

        assert await answer == refused
        assert link.state == "live"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (
            FindSlots(id="a" * 32, service="F"),
            SlotsFound(id="a" * 32, seq=1, service="F", slots=(SlotShown(at=1, room=1),)),
        ),
        (
            FindAppointment(id="b" * 32, code="012345"),
            AppointmentFound(
                id="b" * 32, seq=1, appointment=7, service="F", slot=1, state="booked"
            ),
        ),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_what_was_asked_for_is_handed_to_whoever_asked(server, link_to, query, found):
    async with link_to(server) as link:
        guest = await server.guest()
        while link.state != "live":
            await link.next_state(link.state)
        answer = asyncio.create_task(link.request(query))

        assert await guest.command() == query
        await guest.tell(found)

        assert await answer == found


async def test_a_command_waits_until_the_one_before_is_answered(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest()
        first, second = take(link), take(link)
        answers = [await sending(link, command) for command in (first, second)]

        assert await guest.command() == first
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await guest.command()
        await guest.tell(accepted(first))

        assert await guest.command() == second
        await guest.tell(accepted(second))
        assert [await answer for answer in answers] == [accepted(first), accepted(second)]


async def test_a_command_sent_before_the_server_is_there_is_sent_when_it_is(server, link_to):
    async with link_to(server) as link:
        command = take(link)
        answer = await sending(link, command)

        guest = await server.guest()

        assert await guest.command() == command
        await guest.tell(accepted(command))
        await answer


async def test_a_command_cut_off_is_repeated_with_its_id_until_it_is_answered(server, link_to):
    async with link_to(server) as link:
        command = take(link)
        answer = await sending(link, command)

        for _ in range(3):
            guest = await server.guest()
            assert await guest.command() == command
            guest.cut()
        guest = await server.guest()
        assert await guest.command() == command
        await guest.tell(accepted(command))

        assert await answer == accepted(command)


async def test_an_answer_that_does_not_come_is_asked_for_over_a_new_connection(
    server, link_to, clock
):
    async with link_to(server) as link:
        command = take(link)
        answer = await sending(link, command)
        guest = await server.guest()
        await guest.command()

        for _ in range(3):  # alive, but silent about the command
            clock.advance(seconds=5)
            await guest.tell(Heartbeat(seq=1, at=1, epoch="e1"))
            await eventually(lambda: link._heard_at == clock.monotonic())
        clock.advance(seconds=5)

        guest = await server.guest()
        assert await guest.command() == command
        await guest.tell(accepted(command))
        assert await answer == accepted(command)


async def test_a_busy_server_is_asked_again_after_the_time_it_names(server, link_to, clock):
    async with link_to(server, timing=timing(clock, uniform=lambda low, high: high)) as link:
        guest = await server.guest()
        command = take(link)
        answer = await sending(link, command)
        await guest.command()

        await guest.tell(busy(command))
        await eventually(lambda: 1.2 in clock.naps)  # 0.8 s and at most half as much again
        clock.advance(seconds=1.2)

        assert await guest.command() == command
        await guest.tell(accepted(command))
        assert await answer == accepted(command)


async def test_a_server_that_stays_busy_is_handed_on_as_busy(server, link_to, clock):
    async with link_to(server) as link:
        guest = await server.guest()
        command = take(link)
        answer = await sending(link, command)

        for _ in range(BUSY_MAX):
            await guest.command()
            await guest.tell(busy(command))
            await eventually(lambda: 0.8 in clock.naps)
            clock.advance(seconds=0.8)
            await guest.tell(Heartbeat(seq=1, at=1, epoch="e1"))
        await guest.command()
        await guest.tell(busy(command))

        assert await answer == busy(command)


async def test_busy_is_no_answer_while_an_earlier_one_is_missing(server, link_to, clock):
    async with link_to(server) as link:
        command = take(link)
        answer = await sending(link, command)
        guest = await server.guest()
        await guest.command()
        guest.cut()  # it may have taken effect

        guest = await server.guest()
        for _ in range(BUSY_MAX + 3):
            await guest.command()
            await guest.tell(busy(command))
            await eventually(lambda: 0.8 in clock.naps)
            clock.advance(seconds=0.8)
            await guest.tell(Heartbeat(seq=1, at=1, epoch="e1"))
        await guest.command()
        await guest.tell(accepted(command))

        assert await answer == accepted(command)


async def test_more_commands_than_people_press_are_turned_away(server, link_to):
    async with link_to(server) as link:
        answers = [await sending(link, take(link)) for _ in range(1 + WAITING_MAX)]

        with pytest.raises(LinkFullError):
            await link.send(take(link))

        for answer in answers:
            answer.cancel()


async def test_sending_the_same_command_again_waits_for_the_same_answer(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest()
        command = take(link)
        answers = [await sending(link, command) for _ in range(2)]

        await guest.command()
        await guest.tell(accepted(command))

        assert [await answer for answer in answers] == [accepted(command)] * 2


async def test_an_answer_to_nothing_is_ignored(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest()
        command = take(link)
        answer = await sending(link, command)
        await guest.command()

        await guest.tell(
            Accepted(id="someone-elses-id", seq=1), Refused(id="", code="BadMessage", text="")
        )
        await guest.tell(accepted(command))

        assert await answer == accepted(command)


# --- Callers who go away ---------------------------------------------------------------------


async def test_a_command_whose_caller_went_away_is_pursued_and_its_answer_recovered(
    server, link_to
):
    async with link_to(server) as link:
        guest = await server.guest()
        command = take(link)
        answer = await sending(link, command)
        await guest.command()

        answer.cancel()
        await asyncio.sleep(0)
        await guest.tell(accepted(command))

        found = await anext(link.recovered())
        assert (found.command, found.reply) == (command, accepted(command))


async def test_an_answer_that_came_as_its_caller_went_is_recovered_too(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest()
        command = take(link)
        answer = await sending(link, command)
        await guest.command()

        errand = link._sender._errands[command.id]
        errand.answer.add_done_callback(lambda _: answer.cancel())
        await guest.tell(accepted(command))

        found = await anext(link.recovered())
        assert found.reply == accepted(command)
        assert answer.cancelled()


async def test_a_command_that_is_given_up_with_its_caller_is_not_repeated(
    server, link_to, tmp_path
):
    async with link_to(server, outbox=tmp_path / "outbox") as link:
        guest = await server.guest()
        command, following = take(link), take(link)
        answer = await sending(link, command, pursue=False)
        await guest.command()

        answer.cancel()
        following_answer = await sending(link, following)
        assert await guest.command() == following
        assert Outbox(tmp_path / "outbox", "kiosk-1").read() == following
        await guest.tell(accepted(command), accepted(following))

        assert await following_answer == accepted(following)
        assert not link._sender.recovered


async def test_a_command_given_up_while_it_waits_its_turn_is_never_sent(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest()
        first, second, third = take(link), take(link), take(link)
        answers = [await sending(link, one, pursue=False) for one in (first, second, third)]
        await guest.command()

        answers[1].cancel()
        await asyncio.sleep(0)
        await guest.tell(accepted(first))

        assert await guest.command() == third
        answers[2].cancel()


# --- The outbox ------------------------------------------------------------------------------


async def test_a_command_is_on_disk_before_it_is_sent_and_off_it_after_the_answer(
    server, link_to, tmp_path
):
    file = tmp_path / "state" / "outbox"
    async with link_to(server, outbox=file) as link:
        guest = await server.guest()
        command = take(link)
        answer = await sending(link, command)

        await guest.command()
        assert Outbox(file, "kiosk-1").read() == command
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        await guest.tell(accepted(command))
        await answer

    assert list(file.parent.iterdir()) == []


async def test_a_command_found_in_the_outbox_is_sent_first(server, link_to, tmp_path):
    Outbox(tmp_path / "outbox", "kiosk-1").write(take())

    async with link_to(server, outbox=tmp_path / "outbox") as link:
        later = await sending(link, take(link))
        guest = await server.guest()

        assert await guest.command() == take()
        await guest.tell(accepted(take()))
        found = await anext(link.recovered())
        assert (found.command, found.reply) == (take(), accepted(take()))
        assert (await guest.command()).id != take().id
        later.cancel()


async def test_a_link_that_is_closed_keeps_the_command_for_the_next_start(
    server, link_to, tmp_path
):
    async with link_to(server, outbox=tmp_path / "outbox") as link:
        guest = await server.guest()
        command = take(link)
        answer = await sending(link, command)
        await guest.command()

    with pytest.raises(LinkEndedError) as ended:
        await answer
    assert ended.value.kept
    async with link_to(server, outbox=tmp_path / "outbox") as link:
        guest = await server.guest()
        assert await guest.command() == command


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"null", b"[" * 70_000])
async def test_a_damaged_outbox_is_set_aside_and_stops_no_start(
    server, link_to, tmp_path, caplog, content
):
    file = tmp_path / "outbox"
    file.write_bytes(content)

    async with link_to(server, outbox=file) as link:
        guest = await server.guest()
        command = take(link)
        answer = await sending(link, command)
        await guest.command()
        await guest.tell(accepted(command))
        await answer

    assert (tmp_path / "outbox.damaged").read_bytes() == content
    assert "set aside" in caplog.text


async def test_another_stations_command_is_set_aside(server, link_to, tmp_path):
    Outbox(tmp_path / "outbox", "kiosk-2").write(take())

    async with link_to(server, outbox=tmp_path / "outbox"):
        await server.guest()

    assert (tmp_path / "outbox.foreign").exists()


async def test_an_empty_outbox_holds_nothing(tmp_path):
    (tmp_path / "outbox").touch()

    assert Outbox(tmp_path / "outbox", "kiosk-1").read() is None
    assert list(tmp_path.iterdir()) == [tmp_path / "outbox"]


async def test_an_outbox_that_cannot_be_written_sends_nothing(server, link_to, tmp_path):
    (tmp_path / "file").touch()

    async with link_to(server, outbox=tmp_path / "file" / "outbox") as link:
        await server.guest()

        with pytest.raises(NotSentError):
            await link.send(take(link))


async def test_an_outbox_that_is_a_folder_stops_no_start(server, link_to, tmp_path, caplog):
    (tmp_path / "outbox" / "something").mkdir(parents=True)

    async with link_to(server, outbox=tmp_path / "outbox") as link:
        await server.guest()

        with pytest.raises(NotSentError):
            await link.send(take(link))

    assert "cannot be read" in caplog.text
    assert "cannot be emptied" in caplog.text


def test_a_damaged_outbox_that_cannot_be_set_aside_stops_no_start(tmp_path, caplog):
    (tmp_path / "outbox").write_bytes(b"{")
    (tmp_path / "outbox.damaged" / "something").mkdir(parents=True)

    assert Outbox(tmp_path / "outbox", "kiosk-1").read() is None

    assert "cannot be set aside" in caplog.text


async def test_a_command_lost_in_sending_is_sent_again_on_the_next_wire(clock):
    class Cut:
        async def send(self, data: bytes) -> None:
            raise ConnectionError

        def abort(self) -> None:
            pass

    class Good(Cut):
        async def send(self, data: bytes) -> None:
            sender.heard(accepted(take()))

    sender = Sender(None, timing(clock))
    running = asyncio.create_task(sender.run())
    sender.connected(Cut())
    answer = asyncio.create_task(sender.send(take()))
    await clock.asleep()

    sender.disconnected(None)
    sender.connected(Good())

    assert await answer == accepted(take())
    running.cancel()


async def test_a_command_longer_than_the_server_takes_is_a_mistake_of_ours(server, link_to):
    async with link_to(server) as link:
        far_too_long = TakeTicket(id=link.new_id(), day=DAY, service="A" * 20_000)

        with pytest.raises(AssertionError):
            await link.send(far_too_long)


async def test_a_command_that_breaks_the_server_each_time_is_set_aside(
    server, link_to, tmp_path, caplog
):
    async with link_to(server, outbox=tmp_path / "outbox") as link:
        command, following = take(link), take(link)
        answer = await sending(link, command)
        for _ in range(STRIKES_MAX):
            guest = await server.guest()
            await guest.command()
            await guest.close(1011)

        with pytest.raises(OutcomeUnknownError):
            await answer

        following_answer = await sending(link, following)
        guest = await server.guest()
        assert await guest.command() == following
        await guest.tell(accepted(following))
        await following_answer
    assert Outbox(tmp_path / "outbox.unanswered", "kiosk-1").read() == command


# --- Views -----------------------------------------------------------------------------------


async def test_a_slow_reader_sees_the_newest_view_of_each_feed(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest()
        await guest.tell(counter(1), display(2), counter(3), display(4), counter(4, number=5))
        await link.until(4)
        await eventually(lambda: link.view("CounterView:5"))

        views = link.views()

        assert [await anext(views) for _ in range(3)] == [
            counter(3),
            display(4),
            counter(4, number=5),
        ]


async def test_each_reader_goes_its_own_pace(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest()
        fast, slow = link.views(), link.views()

        await guest.tell(display(1))
        assert await anext(fast) == display(1)
        await guest.tell(display(2))
        assert await anext(fast) == display(2)

        assert await anext(slow) == display(2)


async def test_an_older_view_never_replaces_a_newer_one(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest()

        await guest.tell(display(5), display(4), counter(6))
        await link.until(6)

        assert link.view("DisplayView") == display(5)


async def test_a_view_of_the_same_sequence_replaces_the_one_before(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest()

        await guest.tell(display(5), display(5, emergency=True), counter(6))
        await link.until(6)

        assert link.view("DisplayView") == display(5, emergency=True)


async def test_views_are_kept_over_a_reconnect_and_forgotten_with_another_epoch(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest(epoch="e1")
        await guest.tell(display(9))
        await link.until(9)

        guest.cut()
        guest = await server.guest(epoch="e1", seq=9)
        await eventually(lambda: link.state == "live")
        assert link.view("DisplayView") == display(9)

        guest.cut()
        guest = await server.guest(epoch="e2")
        await eventually(lambda: link.welcome and link.welcome.epoch == "e2")
        assert link.view("DisplayView") is None
        await guest.tell(display(2))
        await link.until(2)
        assert link.view("DisplayView") == display(2)


async def test_views_of_what_the_server_has_lost_are_forgotten(server, link_to):
    """A disk that has lied, or was damaged: the same journal, but shorter than what was shown."""
    async with link_to(server) as link:
        guest = await server.guest(epoch="e1", seq=9)
        await guest.tell(display(9))
        await link.until(9)

        guest.cut()
        guest = await server.guest(epoch="e1", seq=7)
        await guest.tell(display(7))

        await eventually(lambda: link.view("DisplayView") == display(7))


async def test_a_heartbeat_of_another_epoch_makes_the_link_start_anew(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest(epoch="e1")
        await guest.tell(display(9))
        await link.until(9)

        await guest.tell(Heartbeat(seq=2, at=1, epoch="e2"))
        guest = await server.guest(epoch="e2")
        await guest.tell(display(2))

        await eventually(lambda: link.view("DisplayView") == display(2))


async def test_waiting_for_a_sequence_ends_with_a_view_and_not_with_a_heartbeat(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest()
        waiting = asyncio.create_task(link.until(3))

        await guest.tell(display(2), Heartbeat(seq=3, at=77, epoch="e1"))
        await eventually(lambda: link.now_ms() == 77)
        assert not waiting.done()
        await guest.tell(display(3))

        await waiting


async def test_waiting_for_a_sequence_ends_with_its_epoch(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest(epoch="e1")
        await eventually(lambda: link.state == "live")
        waiting = asyncio.create_task(link.until(1_000))
        await asyncio.sleep(0)

        guest.cut()
        await server.guest(epoch="e2")

        await waiting


async def test_views_end_with_the_link(server, link_to):
    async with link_to(server) as link:
        await server.guest()
        reader = asyncio.create_task(anext(link.views(), "the end"))
        waiting = asyncio.create_task(link.until(1))
        await asyncio.sleep(0)

    assert await reader == "the end"
    with pytest.raises(LinkEndedError):
        await waiting


def test_a_customers_own_ticket_is_a_feed_of_its_own():
    from shared.feeds import Feeds

    feeds = Feeds()
    view = TicketView(
        branch="main",
        seq=1,
        at=1,
        visit=7,
        number="A007",
        state="waiting",
        service="A",
        service_name=Words(),
        taken_at=1,
    )

    feeds.take(view)

    assert feeds.newest("TicketView:7") == view


# --- What is not understood ------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        '{"type": "FortuneView", "seq": 3}',
        '{"type": "DisplayView"}',
        '{"type": "Accepted", "id": 7}',
        "not json",
        "[" * 5_000,
        "",
        b"\x00\xff",
    ],
)
async def test_what_is_not_understood_is_passed_over(server, link_to, message):
    async with link_to(server) as link:
        guest = await server.guest()

        await guest.connection.send(message)
        await guest.tell(display(1))
        await link.until(1)

        assert server.connections == 1


async def test_text_that_is_no_utf_8_is_passed_over(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest()

        await guest.connection.send(b'{"type": "\xff"}', text=True)
        await guest.tell(display(1))
        await link.until(1)

        assert server.connections == 1


async def test_fields_of_a_newer_server_are_ignored(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest()
        newer = {**json.loads(encode(display(1))), "weather": "fine"}

        await guest.connection.send(json.dumps(newer))
        await link.until(1)

        assert link.view("DisplayView") == display(1)


# --- State -----------------------------------------------------------------------------------


async def test_the_state_tells_of_connecting_living_and_cuts(server, link_to):
    async with link_to(server) as link:
        states = link.changed()
        assert await anext(states) == "connecting"

        guest = await server.guest()
        assert await anext(states) == "live"
        guest.cut()
        assert await anext(states) == "connecting"
        await server.guest()

        assert await anext(states) == "live"


async def test_a_link_without_a_server_is_stale_after_ten_seconds(clock):
    async with Link("ws://127.0.0.1:1", HELLO, timing=timing(clock, base_seconds=0)) as link:
        states = link.changed()
        assert await anext(states) == "connecting"

        await eventually(lambda: 10.0 in clock.naps)
        clock.advance(seconds=10)

        assert await anext(states) == "stale"


async def test_silence_makes_a_link_stale_and_hangs_up_and_a_message_makes_it_live(
    server, link_to, clock
):
    async with link_to(server) as link:
        states = link.changed()
        await server.guest()
        await eventually(lambda: link.state == "live")
        assert await anext(states) == "live"

        await eventually(lambda: 10.0 in clock.naps)
        clock.advance(seconds=9)
        await asyncio.sleep(0)
        assert link.state == "live"
        clock.advance(seconds=1)
        assert await anext(states) == "stale"

        await server.guest()
        assert await anext(states) == "live"


async def test_a_heartbeat_keeps_a_link_live(server, link_to, clock):
    async with link_to(server) as link:
        guest = await server.guest()
        await eventually(lambda: link.state == "live" and clock.naps)

        for _ in range(10):
            clock.advance(seconds=5)
            await guest.tell(Heartbeat(seq=1, at=1, epoch="e1"))
            await eventually(lambda: link._heard_at == clock.monotonic())

        assert link.state == "live"
        assert server.connections == 1


async def test_a_server_whose_heart_beats_slower_is_given_two_beats(server, link_to, clock):
    async with link_to(server) as link:
        await server.guest(heartbeat_ms=15_000)
        await eventually(lambda: link.state == "live" and clock.naps)

        clock.advance(seconds=29)
        await eventually(lambda: 1.0 in clock.naps)
        assert link.state == "live"
        clock.advance(seconds=1)
        await eventually(lambda: link.state == "stale")


async def test_the_branchs_time_goes_on_between_messages(server, link_to, clock):
    async with link_to(server) as link:
        assert link.now_ms() is None
        await server.guest()
        await eventually(lambda: link.state == "live")

        clock.advance(seconds=2.5)

        assert link.now_ms() == 1_002_500


async def test_in_a_rehearsal_the_branchs_time_runs_at_its_own_rate(server, link_to, clock):
    async with link_to(server) as link:
        await server.guest(rehearsal_rate=60)
        await eventually(lambda: link.state == "live")

        clock.advance(seconds=2.5)

        assert link.now_ms() == 1_150_000


async def test_a_view_of_some_time_ago_does_not_turn_the_time_back(server, link_to, clock):
    async with link_to(server) as link:
        guest = await server.guest()
        await eventually(lambda: link.state == "live")
        clock.advance(seconds=2.5)

        await guest.tell(msgspec.structs.replace(display(1), at=1_001_000))
        await link.until(1)
        assert link.now_ms() == 1_002_500
        await guest.tell(msgspec.structs.replace(display(2), at=1_003_000))
        await link.until(2)

        assert link.now_ms() == 1_003_000


async def test_the_houses_real_time_is_not_taken_for_the_branchs(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest()
        await eventually(lambda: link.state == "live")

        await guest.tell(HouseView(seq=1, at=2_000_000, staff=(), stations=()))
        await eventually(lambda: link.view("HouseView") is not None)

        assert link.now_ms() == 1_000_000


# --- Refused for ever ------------------------------------------------------------------------


async def test_a_final_refusal_ends_the_link_with_its_reason(server, link_to):
    async with link_to(server) as link:
        caller = await server.caller()
        refusal = Refused(id="", code="VersionNotSpoken", text="Update.", final=True)

        await caller.tell(refusal)
        await caller.close(4401)

        assert [state async for state in link.changed()][-1] == "refused"
        assert link.refusal == refusal
        with pytest.raises(LinkEndedError) as ended:
            await link.send(take(link))
        assert ended.value.refusal == refusal
        assert [view async for view in link.views()] == []
        assert server.connections == 1


@pytest.mark.parametrize(
    ("code", "name"), [(4401, "NotKnown"), (4403, "NotAllowed"), (4409, "Superseded")]
)
async def test_some_close_codes_end_the_link_for_ever(server, link_to, code, name):
    async with link_to(server) as link:
        guest = await server.guest()

        await guest.close(code)
        await eventually(lambda: link.state == "refused")

        assert link.refusal is not None
        assert link.refusal.code == name
        assert len(link.refusal.text) > 10
        assert server.connections == 1


async def test_a_link_that_is_superseded_keeps_its_command_for_the_next_start(
    server, link_to, tmp_path
):
    async with link_to(server, outbox=tmp_path / "outbox") as link:
        guest = await server.guest()
        answer = await sending(link, take())
        await guest.command()

        await guest.close(4409)

        with pytest.raises(LinkEndedError) as ended:
            await answer
        assert ended.value.kept
    assert Outbox(tmp_path / "outbox", "kiosk-1").read() == take()


async def test_a_final_refusal_of_a_command_is_also_its_answer(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest()
        command = take(link)
        answer = await sending(link, command)
        await guest.command()
        refusal = Refused(id=command.id, code="BranchStopped", text="", final=True)

        await guest.tell(refusal)

        assert await answer == refusal
        assert link.state == "refused"


# --- How often it asks -----------------------------------------------------------------------


async def test_a_server_that_hangs_up_at_once_is_asked_ever_more_seldom(server, clock):
    longest: list[float] = []

    def uniform(low: float, high: float) -> float:
        longest.append(high)
        return low

    async with Link(server.url, HELLO, timing=timing(clock, uniform=uniform)):
        for _ in range(7):
            guest = await server.guest()
            await guest.close(1000)
        await server.guest()

    assert longest[:7] == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


async def test_only_a_healthy_spell_makes_the_wait_short_again(server, clock):
    longest: list[float] = []

    def uniform(low: float, high: float) -> float:
        longest.append(high)
        return low

    async with Link(server.url, HELLO, timing=timing(clock, uniform=uniform)) as link:
        for seconds in (0, 0, 19, 20, 0):
            guest = await server.guest()
            await eventually(lambda: link.state == "live")
            for _ in range(seconds):
                clock.advance(seconds=1)
                await guest.tell(Heartbeat(seq=1, at=1, epoch="e1"))
                await eventually(lambda: link._heard_at == clock.monotonic())
            await guest.close(1001)
            await eventually(lambda: link.state != "live")
        await server.guest()

    assert longest[:5] == [0.25, 0.5, 1.0, 0.25, 0.5]


def test_a_link_sent_away_each_time_asks_every_few_seconds_on_average():
    chance = random.Random(1)
    patience = Timing(sleep=asyncio.sleep, now=float, uniform=chance.uniform)

    waits = [patience.backoff(attempt) for attempt in range(2_000)]

    assert sum(waits) / len(waits) > 2.4
    assert max(waits) <= 5


def test_a_hundred_links_are_back_within_seconds_of_the_server():
    chance = random.Random(1)
    patience = Timing(sleep=asyncio.sleep, now=float, uniform=chance.uniform)
    outage = 3.0

    returns = []
    for _ in range(100):
        at, attempt = 0.0, 0
        while at < outage:
            at, attempt = at + patience.backoff(attempt), attempt + 1
        returns.append(at)

    assert max(returns) < 10
    assert sum(at < outage + 0.5 for at in returns) < 50  # and not all at once


@pytest.mark.parametrize("code", [4429, 4503])
async def test_a_draining_server_is_left_alone_for_the_time_it_names(server, link_to, clock, code):
    async with link_to(server) as link:
        guest = await server.guest()

        await guest.close(code, '{"retry_after_ms": 3000}')
        await eventually(lambda: 3.0 in clock.naps)
        assert link.state == "connecting"
        clock.advance(seconds=3)

        await server.guest()
        await eventually(lambda: link.state == "live")


@pytest.mark.parametrize("reason", ["going down", '{"retry_after_ms": "soon"}', "{}", "[1]"])
async def test_a_reason_in_words_is_no_time(server, link_to, reason):
    async with link_to(server) as link:
        guest = await server.guest()

        await guest.close(4503, reason)

        await server.guest()
        await eventually(lambda: link.state == "live")


async def test_no_server_can_silence_a_link_for_longer_than_a_minute(server, link_to, clock):
    async with link_to(server):
        guest = await server.guest()

        await guest.close(4503, '{"retry_after_ms": 86400000}')

        await eventually(lambda: 60.0 in clock.naps)


async def test_a_refused_hello_is_repeated_after_the_time_it_names(server, link_to, clock):
    async with link_to(server) as link:
        caller = await server.caller()

        await caller.tell(Refused(id="", code="Busy", text="", retry_after_ms=2_000))
        await caller.close(1013)
        await eventually(lambda: 2.0 in clock.naps)
        clock.advance(seconds=2)

        await server.guest()
        await eventually(lambda: link.state == "live")


async def test_a_handshake_turned_away_is_repeated_after_the_time_it_names(link_to, clock):
    turned_away = 0

    def gate(connection: ServerConnection, _request: Any) -> Any:
        nonlocal turned_away
        turned_away += 1
        if turned_away > 1:
            return None
        response = connection.respond(503, "full")
        response.headers["Retry-After"] = "4"
        return response

    async with Server(process_request=gate) as server, link_to(server) as link:
        await eventually(lambda: 4.0 in clock.naps)
        clock.advance(seconds=4)

        await server.guest()
        await eventually(lambda: link.state == "live")


async def test_a_server_that_never_welcomes_is_hung_up_on(server, clock):
    impatient = timing(clock, open_seconds=0.05)

    async with Link(server.url, HELLO, timing=impatient) as link:
        await eventually(lambda: server.connections >= 2)

        assert link.state == "connecting"


# --- Connections -----------------------------------------------------------------------------


async def test_the_hello_is_sent_as_it_is_and_nothing_is_compressed(server, link_to):
    async with link_to(server):
        caller = await server._callers.get()

        assert await caller.hello() == HELLO
        assert "Sec-WebSocket-Extensions" not in caller.connection.request.headers


async def test_the_machines_proxy_is_not_used(server, link_to, monkeypatch):
    for name in ("http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async with link_to(server):
        await server.guest()


def test_an_address_that_is_none_is_said_at_once():
    with pytest.raises(ValueError, match="no address"):
        Link("localhost:8470", HELLO)


async def test_a_connection_that_is_cut_again_and_again_is_healed(server, clock):
    async with TcpProxy(server.port) as proxy:
        url = f"ws://127.0.0.1:{proxy.port}"
        async with Link(url, HELLO, timing=timing(clock)) as link:
            for seq in range(1, 6):
                guest = await server.guest()
                await guest.tell(display(seq))
                await link.until(seq)
                proxy.cut()
                await eventually(lambda: link.state == "connecting")

            await server.guest()
            await eventually(lambda: link.state == "live")


@pytest.mark.parametrize("way", ["up", "down"])
async def test_a_stalled_line_is_noticed_and_replaced(server, clock, way):
    async with TcpProxy(server.port) as proxy:
        url = f"ws://127.0.0.1:{proxy.port}"
        async with Link(url, HELLO, timing=timing(clock, close_seconds=0.02)) as link:
            guest = await server.guest()
            await eventually(lambda: link.state == "live" and clock.naps)

            proxy.stall(way)
            clock.advance(seconds=10)
            await eventually(lambda: link.state == "stale")
            proxy.resume()

            await server.guest()
            await eventually(lambda: link.state == "live")
            guest.cut()


async def test_closing_ends_quickly_though_the_other_side_is_silent(server, clock):
    async with TcpProxy(server.port) as proxy:
        url = f"ws://127.0.0.1:{proxy.port}"
        link = Link(url, HELLO, timing=timing(clock, close_seconds=0.02))
        await link.__aenter__()
        await server.guest()
        await eventually(lambda: link.state == "live")
        proxy.stall()

        async with asyncio.timeout(30):
            await link.close()

        assert link.state == "stale"


async def test_a_link_may_be_closed_twice_and_before_it_is_connected(server, link_to):
    async with link_to(server) as link:
        await link.close()

    with pytest.raises(LinkEndedError):
        await link.send(take(link))


async def test_recovered_answers_end_with_the_link(server, link_to):
    async with link_to(server) as link:
        reader = asyncio.create_task(anext(link.recovered(), "the end"))
        await asyncio.sleep(0)

    assert await reader == "the end"


async def test_a_server_that_drains_before_the_hello_is_obeyed(clock):
    async def drain(connection: ServerConnection) -> None:
        await connection.close(4503, '{"retry_after_ms": 3000}')

    async with serve(drain, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Link(f"ws://127.0.0.1:{port}", HELLO, timing=timing(clock)):
            await eventually(lambda: 3.0 in clock.naps)


async def test_closing_is_said_goodbye(server, link_to):
    async with link_to(server) as link:
        guest = await server.guest()
        await eventually(lambda: link.state == "live")

    await guest.connection.wait_closed()
    assert guest.connection.close_code == 1000


async def test_a_fault_of_our_own_leaves_nobody_waiting(server, clock, caplog):
    async def broken_sleep(_seconds: float) -> None:
        raise RuntimeError("broken")

    broken = Timing(sleep=broken_sleep, now=clock.monotonic, uniform=clock.uniform)

    async with Link(server.url, HELLO, timing=broken) as link:
        with pytest.raises(LinkEndedError):
            await link.send(take(link))

    assert "the link has failed" in caplog.text


async def test_the_secret_is_never_logged(server, link_to, caplog):
    caplog.set_level(logging.DEBUG, logger="shared")

    async with link_to(server) as link:
        guest = await server.guest()
        guest.cut()
        guest = await server.guest()
        await guest.close(4401, "who are you?")
        await eventually(lambda: link.state == "refused")

    assert caplog.records
    assert HELLO.secret not in caplog.text


async def test_the_real_time_is_that_of_the_loop():
    began = REAL_TIME.now()

    await REAL_TIME.sleep(0.001)

    assert REAL_TIME.now() > began
    assert 0 <= REAL_TIME.backoff(0) <= REAL_TIME.base_seconds
