"""One connection: welcomed or sent off, exactly one answer per command, cut when it must be."""

import asyncio
import json
import logging
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from server.clock import ScaledClock
from server.journal.contract import JournalFull
from server.journal.memory import MemoryJournal
from server.reception import Deadlines
from shared.i18n import LANGUAGES
from shared.protocol import (
    MESSAGE_BYTES_MAX,
    VERSION,
    Accepted,
    BoardView,
    CounterView,
    DisplayView,
    Heartbeat,
    KioskView,
    LeaveLine,
    OpenCounter,
    Refused,
    ReprintTicket,
    TicketView,
    Welcome,
    encode,
)
from shared.testing import ManualClock
from tests.server.one_branch import (
    DAY,
    branch_config,
    call,
    finish,
    new_id,
    start,
    take,
    take_anyway,
)
from tests.server.one_house import station_secret
from tests.server.one_server import eventually, serving

IMPATIENT = Deadlines(send_seconds=0.2, close_seconds=0.2, heartbeat_seconds=3600)


def open_counter(counter=1):
    return OpenCounter(id=new_id(), day=DAY, counter=counter)


def written(command, **changes):
    """A command as text, with changes no client of ours would make."""
    return json.dumps({**json.loads(encode(command)), **changes})


# --- Hello -----------------------------------------------------------------------------------


async def test_a_station_is_welcomed_with_all_it_needs_to_begin():
    async with serving() as server:
        terminal, welcome = await server.station("kiosk-1")
        view = await terminal.view(KioskView)

    assert isinstance(welcome, Welcome)
    assert (welcome.version, welcome.branch, welcome.station) == (VERSION, "main", "kiosk-1")
    assert (welcome.role, welcome.kind, welcome.day) == ("kiosk", "kiosk", DAY)
    assert (welcome.views, welcome.seq) == (("KioskView",), view.seq)
    assert welcome.time_zone == branch_config().time_zone
    assert welcome.at == ManualClock().now_ms()
    assert welcome.rehearsal_rate is None
    assert len(welcome.epoch) == 32


async def test_in_a_rehearsal_the_welcome_tells_how_fast_the_branchs_time_runs():
    clock = ScaledClock(ManualClock().now_ms(), 60, ManualClock())

    async with serving(clock=clock, rehearsal=True) as server:
        _, welcome = await server.station("kiosk-1")

    assert welcome.rehearsal_rate == 60


async def test_whoever_takes_a_number_is_told_how_many_come_before():
    async with serving() as server:
        kiosk = await server.terminal("kiosk-1")
        first, second = await kiosk.order(take()), await kiosk.order(take())
        other = await kiosk.order(take("B"))

    assert (first.people_ahead, second.people_ahead, other.people_ahead) == (0, 1, 0)


async def test_a_counter_with_nobody_signed_in_is_welcome_and_sees_nothing():
    async with serving() as server:
        _, welcome = await server.station("counter-2")

    assert (welcome.role, welcome.kind, welcome.counter) == ("counter", "counter", 2)
    assert (welcome.staff, welcome.views) == (None, ())


async def test_a_board_sees_the_views_it_asked_for_once_each_as_soon_as_somebody_signs_in():
    async with serving() as server:
        feeds = ("BoardView", "CounterView:1", "BoardView", "DisplayView")
        board, _ = await server.station("board-manager", views=feeds)
        signed_in = await board.sign_in("manager")
        for kind in (BoardView, CounterView, DisplayView):
            await board.view(kind)

    assert signed_in.views == ("BoardView", "CounterView:1", "DisplayView")


async def test_an_unknown_station_and_a_wrong_secret_get_the_same_answer():
    async with serving() as server:
        secret = station_secret("kiosk-1")
        answers = [
            await server.knock(station="kiosk-1", secret="wrong"),
            await server.knock(station="kiosk-9", secret=secret),
            await server.knock(station="", secret=secret),
            await server.knock(ticket=server.ticket(1)),
            await server.knock(),
        ]
        codes = [await terminal.closed() for terminal, _ in answers]

    assert {encode(refused) for _, refused in answers} == {encode(answers[0][1])}
    refused = answers[0][1]
    assert (refused.code, refused.field, refused.final) == ("NotKnown", "secret", True)
    assert codes == [(4401, "")] * 5


@pytest.mark.parametrize("version", [VERSION + 1, 9_999])
async def test_a_version_that_is_not_spoken_is_refused_for_good(version):
    async with serving() as server:
        terminal, refused = await server.knock(
            version=version, station="kiosk-1", secret=station_secret("kiosk-1")
        )
        code, _ = await terminal.closed()

    assert (refused.code, refused.field, refused.final) == ("VersionNotSpoken", "version", True)
    assert code == 4403


async def test_a_view_that_is_not_for_this_role_is_refused_for_good():
    async with serving() as server:
        terminal, refused = await server.knock(
            station="kiosk-1", secret=station_secret("kiosk-1"), views=("KioskView", "BoardView")
        )
        code, _ = await terminal.closed()

    assert (refused.code, refused.values) == ("ViewNotAllowed", {"view": "BoardView"})
    assert (refused.field, refused.final) == ("views", True)
    assert code == 4403


@pytest.mark.parametrize(
    ("first", "code", "field"),
    [
        ("hello", "BadMessage", None),
        (b'{"type":"Hello","version":1}', "BadMessage", None),
        ('{"type":"Hello","version":"1"}', "BadMessage", "version"),
        (encode(take()).decode(), "HelloExpected", "type"),
        ('{"type":"Hello","version":1,"secret":"' + "x" * 17_000 + '"}', "MessageTooLong", None),
    ],
)
async def test_whoever_does_not_begin_with_hello_is_told_so_and_sent_off(first, code, field):
    async with serving() as server:
        terminal = await server.dial()
        await terminal.say(first)
        refused = await terminal.hear(Refused)
        close_code, _ = await terminal.closed()

    assert (refused.code, refused.field, refused.final) == (code, field, True)
    assert close_code == 4400


async def test_whoever_says_nothing_is_not_waited_for():
    hasty = Deadlines(hello_seconds=0.05, heartbeat_seconds=3600)
    async with serving(deadlines=hasty) as server:
        silent = await server.dial()

        code, _ = await silent.closed()

        assert code == 4408
        assert server.figure("lobby_kicked_connections_total", code="4408") == 1


async def test_the_newest_connection_of_a_station_wins():
    async with serving() as server:
        older = await server.terminal("counter-1")
        newer = await server.terminal("counter-1")
        other = await server.terminal("counter-2")

        code, _ = await older.closed()
        reply = await newer.order(open_counter(1))
        watched = await other.order(open_counter(2))

        assert code == 4409
        assert isinstance(reply, Accepted)
        assert isinstance(watched, Accepted)
        await eventually(lambda: server.figure("lobby_connections", role="counter") == 2)


async def test_a_ticket_may_be_open_on_three_phones():
    async with serving() as server:
        kiosk = await server.terminal("kiosk-1")
        await kiosk.order(take())
        phones = [(await server.knock(ticket=server.ticket(1)))[0] for _ in range(4)]

        code, _ = await phones[0].closed()

        assert code == 4409
        for phone in phones[1:]:
            assert (await phone.view(TicketView)).visit == 1


# --- Commands --------------------------------------------------------------------------------


async def test_what_one_does_the_other_sees():
    async with serving() as server:
        kiosk = await server.terminal("kiosk-1")
        display = await server.terminal("display-1")
        counter = await server.terminal("counter-1")

        taken = await kiosk.order(take("A"))
        await counter.order(open_counter())
        called = await counter.order(call())
        shown = await display.view(DisplayView, called.seq)

    assert taken.number == called.number == "A001"
    assert [(one.number, one.counter) for one in shown.calls] == [("A001", 1)]


async def test_a_view_is_there_before_the_reply_that_names_its_sequence():
    async with serving() as server:
        kiosk = await server.terminal("kiosk-1")

        reply = await kiosk.order(take())

        assert kiosk.views["KioskView"].seq == reply.seq


async def test_a_repeated_command_gets_the_first_answer_and_changes_nothing():
    async with serving() as server:
        kiosk = await server.terminal("kiosk-1")
        command = take()

        first = await kiosk.order(command)
        again = await kiosk.order(command)
        seq = server.running.runners["main"].published.seq

    assert first == again
    assert seq == first.seq


async def test_a_repeat_over_a_new_connection_gets_the_first_answer_too():
    async with serving() as server:
        command = take()
        first = await (await server.terminal("kiosk-1")).order(command)

        again = await (await server.terminal("kiosk-1")).order(command)

    assert first == again


async def test_a_ticket_carries_its_private_link_where_phones_can_reach_us():
    async with serving(public_url="https://lobby.example") as server:
        kiosk = await server.terminal("kiosk-1")
        board = await server.terminal("board-assistant")
        taken = await kiosk.order(take())
        reprint = ReprintTicket(id=new_id(), day=DAY, visit=taken.visit)

        reprinted = await board.order(reprint)
        phone, _ = await server.knock(ticket=taken.link.removeprefix("https://lobby.example/t/"))
        view = await phone.view(TicketView)
        left = await phone.order(LeaveLine(id=new_id(), day=DAY, visit=taken.visit))

    assert taken.link == reprinted.link
    assert (view.visit, view.number) == (taken.visit, "A001")
    assert isinstance(left, Accepted)
    assert left.link is None


async def test_without_an_address_for_phones_a_ticket_carries_no_link():
    async with serving() as server:
        taken = await (await server.terminal("kiosk-1")).order(take())

    assert taken.link is None


LONG = written(take(), zh="x" * MESSAGE_BYTES_MAX)
WRONG = {
    "malformed": ("{not json", "BadMessage", None),
    "binary": (encode(take()), "BadMessage", None),
    "out of bounds": (written(call(), counter=0), "BadMessage", "counter"),
    "incomplete": (written(call(), counter=None), "BadMessage", "counter"),
    "oversized": (LONG, "MessageTooLong", None),
    "unknown": (written(call(), type="SingSong"), "UnknownCommand", "type"),
    "unauthorised": (take(), "NotAllowed", "type"),
    "of another counter": (call(2), "NotYourCounter", "counter"),
    "out of order": (start(1), "CounterNotOpen", "counter"),
    "of another day": (written(call(), day="2026-11-15"), "DayChanged", "day"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wrong", WRONG)
async def test_what_is_wrong_is_answered_with_a_code_a_sentence_and_the_field(wrong, language):
    message, code, field = WRONG[wrong]
    async with serving() as server:
        counter = await server.terminal("counter-1", language=language)

        refused = await counter.order(message)

        # Nothing else comes for it, and the connection goes on.
        opened = await counter.order(open_counter())

    assert isinstance(refused, Refused), refused
    assert (refused.code, refused.field, refused.final) == (code, field, False)
    assert refused.text != f"refusal.{code}"
    assert any("\u4e00" <= c <= "\u9fff" for c in refused.text) == (language == "zh")
    assert isinstance(opened, Accepted)


async def test_a_refusal_names_the_command_it_answers():
    async with serving() as server:
        kiosk = await server.terminal("kiosk-1")

        for text in (
            written(take(), id="0123456789abcdef", service=7),
            written(take(), id="0123456789abcdef", type="SingSong"),
            written(take(), id="0123456789abcdef", x="x" * MESSAGE_BYTES_MAX),
        ):
            assert (await kiosk.order(text)).id == "0123456789abcdef"


async def test_a_refusal_speaks_of_services_by_their_names():
    async with serving() as server:
        kiosk = await server.terminal("kiosk-1", language="en")
        counter = await server.terminal("counter-1")
        await counter.order(open_counter())

        refused = await kiosk.order(take(service="Z"))

    assert refused.code == "UnknownService"
    assert refused.values == {"service": "Z"}


async def test_an_id_that_was_used_for_another_command_is_refused():
    async with serving() as server:
        kiosk = await server.terminal("kiosk-1")
        await kiosk.order(take("A", command_id="0123456789abcdef"))

        refused = await kiosk.order(take("B", command_id="0123456789abcdef"))

    assert (refused.code, refused.field) == ("CommandReused", "id")


async def test_a_full_disk_is_answered_with_when_to_try_again():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        kiosk = await server.terminal("kiosk-1")
        journal.fail_next(JournalFull("full", path="the disk"))

        refused = await kiosk.order(take())

    assert refused.code == "Busy"
    assert 0 < refused.retry_after_ms <= 1000


async def test_every_command_of_a_burst_gets_exactly_one_answer():
    async with serving() as server:
        kiosk = await server.terminal("kiosk-1")
        commands = [take() if n % 3 else take("Z") for n in range(60)]

        for command in commands:
            await kiosk.say(command)
        replies = [await kiosk.hear(Accepted, Refused) for _ in commands]
        await kiosk.say(last := take())

        assert [reply.id for reply in replies] == [command.id for command in commands]
        assert (await kiosk.hear(Accepted, Refused)).id == last.id


# --- Bad messages ----------------------------------------------------------------------------


async def test_the_third_bad_message_within_a_minute_ends_the_connection_after_its_refusal():
    async with serving() as server:
        kiosk = await server.terminal("kiosk-1")

        codes = [(await kiosk.order("nonsense")).code for _ in range(3)]
        close_code, _ = await kiosk.closed()

    assert codes == ["BadMessage"] * 3
    assert close_code == 4400


async def test_bad_messages_far_apart_are_forgiven():
    clock = ManualClock()
    async with serving(clock=clock) as server:
        kiosk = await server.terminal("kiosk-1")
        for _ in range(2):
            await kiosk.order("nonsense")
        clock.advance(seconds=61)

        await kiosk.order("nonsense")

        assert isinstance(await kiosk.order(take()), Accepted)


async def test_good_messages_between_bad_ones_do_not_excuse_them():
    async with serving() as server:
        kiosk = await server.terminal("kiosk-1")
        for _ in range(2):
            await kiosk.order("nonsense")
            await kiosk.order(take())

        await kiosk.order(LONG)

        assert (await kiosk.closed())[0] == 4400


async def test_a_newer_client_is_not_cut_off_for_what_an_older_server_does_not_know():
    async with serving() as server:
        kiosk = await server.terminal("kiosk-1")

        for _ in range(5):
            assert (await kiosk.order(written(take(), type="SingSong"))).code == "UnknownCommand"

        assert isinstance(await kiosk.order(take()), Accepted)


async def test_a_frame_beyond_all_measure_is_cut_by_the_library():
    async with serving() as server:
        kiosk = await server.terminal("kiosk-1")

        await kiosk.say("x" * 70_000)

        assert (await kiosk.closed())[0] == 1009


# --- Faults and limits -----------------------------------------------------------------------


async def test_a_fault_of_ours_ends_one_connection_and_is_logged_by_name(caplog):
    async with serving() as server:
        unlucky = await server.terminal("counter-1")
        others = await server.terminal("kiosk-1")
        runner = server.running.runners["main"]
        runner.submit = _failing(runner.submit, "0000000000000bad")

        await unlucky.say(written(open_counter(), id="0000000000000bad"))
        code, _ = await unlucky.closed()

        assert code == 1011
        assert isinstance(await others.order(take()), Accepted)
    fault = next(record for record in caplog.records if record.levelno == logging.ERROR)
    assert fault.getMessage() == "a fault in OpenCounter"
    assert fault.id == "0000000000000bad"


def _failing(submit, command_id):
    async def failing(command, actor):
        assert command.id != command_id
        return await submit(command, actor)

    return failing


async def test_a_client_that_stops_reading_is_cut_off_and_nobody_else_notices():
    async with serving(deadlines=IMPATIENT) as server:
        await server.deaf("board-manager")
        assistant = await server.terminal("board-assistant")

        taken = 0
        while not server.figure("lobby_kicked_connections_total", code="4413"):
            assert isinstance(await assistant.order(take_anyway()), Accepted)
            taken += 1

        assert assistant.views["BoardView"].line_count == taken
        await eventually(lambda: server.figure("lobby_connections", role="board") == 1)


async def test_a_station_that_comes_back_does_not_wait_for_its_dead_connection():
    async with serving(deadlines=IMPATIENT) as server:
        await server.deaf("kiosk-1")

        again = await server.terminal("kiosk-1")

        assert isinstance(await again.order(take()), Accepted)
        await eventually(lambda: server.figure("lobby_connections", role="kiosk") == 1)


async def test_a_client_that_sends_and_never_reads_is_cut_off():
    async with serving(deadlines=IMPATIENT) as server:
        deaf = await server.deaf("kiosk-1")

        async with asyncio.timeout(30):
            with suppress(ConnectionClosed):
                while True:
                    await deaf.say(take("Z"))

        assert server.figure("lobby_kicked_connections_total", code="4413") == 1
        await eventually(lambda: server.figure("lobby_connections", role="kiosk") == 0)


async def test_a_heartbeat_carries_the_head_of_the_journal():
    async with serving(deadlines=Deadlines(heartbeat_seconds=0.05)) as server:
        kiosk = await server.terminal("kiosk-1")
        taken = await kiosk.order(take())

        beat = await kiosk.hear(Heartbeat)
        while beat.seq < taken.seq:
            beat = await kiosk.hear(Heartbeat)

    assert beat.seq == taken.seq
    assert beat.at == ManualClock().now_ms()


async def test_each_command_is_logged_in_one_line_without_what_was_said(caplog):
    caplog.set_level(logging.INFO, "server.session")
    async with serving(public_url="https://lobby.example") as server:
        kiosk = await server.terminal("kiosk-1")
        taken = await kiosk.order(take())
        await kiosk.order(take("Z"))
        secrets = [station_secret("kiosk-1"), taken.link[-22:], "Z"]

    lines = [record for record in caplog.records if record.getMessage() == "command"]
    assert [(line.command, line.result) for line in lines] == [
        ("TakeTicket", "Accepted"),
        ("TakeTicket", "UnknownService"),
    ]
    assert {(line.branch, line.station, line.role) for line in lines} == {
        ("main", "kiosk-1", "kiosk")
    }
    assert all(line.ms >= 0 for line in lines)
    assert not any(secret in str(vars(line)) for line in lines for secret in secrets)


async def test_commands_are_counted_by_name_and_result():
    async with serving() as server:
        kiosk = await server.terminal("kiosk-1")
        await kiosk.order(take())
        await kiosk.order(take("Z"))

        count = "lobby_commands_total"
        assert server.figure(count, command="TakeTicket", result="Accepted") == 1
        assert server.figure(count, command="TakeTicket", result="UnknownService") == 1
        assert server.figure("lobby_connections", role="kiosk") == 1


async def test_a_whole_visit_over_real_sockets():
    async with serving() as server:
        kiosk = await server.terminal("kiosk-1")
        counter = await server.terminal("counter-1")
        board = await server.terminal("board-manager")
        await counter.order(open_counter())

        taken = await kiosk.order(take())
        for command in (call(), start(), finish()):
            reply = await counter.order(command)
            assert isinstance(reply, Accepted), reply
        shown = await board.view(BoardView, reply.seq)

    assert taken.number == "A001"
    assert (shown.figures.issued, shown.figures.done) == (1, 1)
