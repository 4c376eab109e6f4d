"""What is kept of people, over real sockets: who is shown what, and what becomes of it."""

import asyncio
import json

import pytest
from msgspec import to_builtins

from server.config import HOUSE_STREAM
from server.domain.state import Actor
from server.housekeeper import HouseKeeper
from server.journal.contract import Entry, JournalFull
from server.journal.memory import MemoryJournal
from server.journal.sqlite import open_sqlite
from server.journal.upcast import stamp_of, to_event
from server.reports.day import figures
from server.retention import Retention
from server.vault.rows import of_person, of_visit
from server.vault.scanner import scan
from shared.protocol import (
    Accepted,
    BoardView,
    CallNext,
    CloseDay,
    CounterView,
    DisplayView,
    ForgetPerson,
    KioskView,
    OpenCounter,
    PersonShown,
    RecordPerson,
    SendMessage,
    StartService,
    TicketView,
    TransferTicket,
    Unlock,
    encode,
)
from shared.testing import ManualClock
from tests.server.one_branch import (
    DAY,
    branch_config,
    new_id,
    rows,
    take,
    take_anyway,
    vault_of,
)
from tests.server.one_house import secret_of
from tests.server.one_server import eventually, serving

NAME, PHONE, NOTE = "王小明", "138 0013 8000", "带了护照"
FULL = PersonShown(name=NAME, phone="13800138000")
MASKED = PersonShown(name="王*明", phone="138****8000")
SAID = (NAME, PHONE, "13800138000", NOTE)
MANAGER = Actor(role="lobby_manager", station="board-manager", staff="manager")
EVENT = Entry(DAY, 1, "{}", "c-1", "TicketTaken", b"{}")
DAY_MS = 24 * 3_600_000


def record(visit=1, command_id=None, **values):
    """Both, unless told otherwise."""
    said = values or {"name": NAME, "phone": PHONE}
    return RecordPerson(id=command_id or new_id(), day=DAY, visit=visit, **said)


def at_counter(command, counter=1, **fields):
    return command(id=new_id(), day=DAY, counter=counter, **fields)


async def served(terminal, counter=1):
    """What the teller sees of the ticket it has just called and begun to serve."""
    for command in (OpenCounter, CallNext, StartService):
        answer = await terminal.order(at_counter(command, counter))
        assert isinstance(answer, Accepted) or answer.code == "CounterAlreadyOpen", answer
    return (await terminal.view(CounterView, answer.seq)).current


async def stored(journal, subject, vault=None):
    """What can be read of it."""
    found = await (vault or vault_of(journal)).show("main", [subject])
    return {row.field: row.value for row in found}


async def person_of(journal, nth=-1):
    """The id in the newest event that recorded somebody."""
    recorded = [row for row in await rows(journal) if row.type == "PersonRecorded"]
    return json.loads(recorded[nth].data)["person"]


# --- Recorded --------------------------------------------------------------------------------


async def test_what_was_said_lies_in_the_vault_and_the_event_has_an_id():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        board = await server.terminal("board-assistant")
        await board.order(take())

        answer = await board.order(record())

    assert (answer.visit, answer.number) == (1, None)
    subject = of_person(await person_of(journal))
    assert await stored(journal, subject) == {
        "name": NAME,
        "phone": "13800138000",
        "visit": f"{DAY} A001",
    }
    written = [bytes(str(row), "utf-8") for row in await rows(journal)]
    assert scan(written, SAID) == []


async def test_a_repeat_makes_no_second_person_and_no_other_visit_has_the_same():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        board = await server.terminal("board-assistant")
        await board.order(take())
        await board.order(take())
        once = record(1)

        answers = [await board.order(once) for _ in range(3)]
        await board.order(record(2))

    assert answers == [answers[0]] * 3
    assert [row.type for row in await rows(journal)].count("PersonRecorded") == 2
    assert await person_of(journal, 0) != await person_of(journal, 1)


async def test_a_repeat_without_what_it_said_earns_the_first_answer_also_after_a_restart():
    """A terminal keeps the command for a power cut, and what it says of a person not."""
    journal, once = MemoryJournal(), record(command_id="once-000000000001")
    bare = record(command_id=once.id, name="")
    async with serving(journal=journal) as server:
        board = await server.terminal("board-assistant")
        await board.order(take())
        first = await board.order(once)
        again = await board.order(bare)

    async with serving(journal=journal) as server:
        board = await server.terminal("board-assistant")
        later = await board.order(bare)
        never_arrived = await board.order(record(name=""))

    assert first == again == later
    assert never_arrived.code == "NothingToRecord"
    assert await stored(journal, of_person(await person_of(journal))) != {}


async def test_a_correction_replaces_what_it_names_and_leaves_the_rest():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        board = await server.terminal("board-assistant")
        await board.order(take())
        await board.order(record(name="王小名", phone=PHONE))
        await board.order(record(name=NAME))
        answer = await board.order(record(phone="139 0013 9000"))
        view = await board.view(BoardView, answer.seq)

    assert await person_of(journal, 0) == await person_of(journal, -1)
    kept = await stored(journal, of_person(await person_of(journal)))
    assert (kept["name"], kept["phone"]) == (NAME, "13900139000")
    assert view.line[0].person == PersonShown(name="王*明", phone="139****9000")


@pytest.mark.parametrize("phone", ["12", "call me", "1380013800013800", "王 13800138000"])
async def test_what_is_no_telephone_number_is_refused_with_its_field(phone):
    async with serving() as server:
        board = await server.terminal("board-assistant", language="zh")
        await board.order(take())

        refused = await board.order(record(name=NAME, phone=phone))

    assert (refused.code, refused.field, refused.values) == ("PhoneNotValid", "phone", {})
    assert phone not in refused.text


async def test_a_name_is_cleaned_before_it_is_kept():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        board = await server.terminal("board-assistant")
        await board.order(take())

        await board.order(record(name="  王\u202e小\x1b明 "))
        nothing = await board.order(record(name="\u200b\u202e"))

    assert (await stored(journal, of_person(await person_of(journal))))["name"] == NAME
    assert nothing.code == "NothingToRecord"


async def test_a_full_disk_keeps_neither_the_event_nor_the_person():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        board = await server.terminal("board-assistant")
        await board.order(take())
        journal.fail_next(JournalFull("full", path="x"))

        refused = await board.order(record())
        view = await board.view(BoardView)

    assert refused.code == "Busy"
    assert view.line[0].person is None
    assert await journal.private_page() == []


# --- Shown -----------------------------------------------------------------------------------


async def test_the_teller_sees_whom_it_serves_and_everybody_else_less():
    async with serving(branches=[branch_config(counters=3)]) as server:
        board = await server.terminal("board-manager", views=("BoardView", "CounterView:1"))
        mine, other = await server.terminal("counter-1"), await server.terminal("counter-2")
        await board.order(take())
        await board.order(record())
        opened = await mine.order(at_counter(OpenCounter))
        in_line = (await mine.view(CounterView, opened.seq)).line

        answer = await mine.order(at_counter(CallNext))
        called = await mine.view(CounterView, answer.seq)
        seen = await board.view(BoardView, called.seq)
        watched = await board.view(CounterView, called.seq)
        elsewhere = await other.view(CounterView, called.seq)

    assert [ticket.person for ticket in in_line] == [MASKED]
    assert called.current.person == FULL
    assert watched.current.person == MASKED
    assert seen.counters[0].current.person == MASKED
    assert scan([encode(seen), encode(watched), encode(elsewhere)], SAID) == []


async def test_a_terminal_left_alone_shows_no_name_until_its_person_is_back():
    clock = ManualClock()
    async with serving(clock=clock) as server:
        board, (one, _) = await server.terminal("board-manager"), await server.station("counter-1")
        token = (await one.sign_in("teller-1")).token
        await board.order(take())
        await board.order(record())
        in_hand = await served(one)

        clock.advance(minutes=16)
        server.running.reception.end_old_sign_ins()
        alone = (await one.hear(CounterView)).current
        again, _ = await server.station("counter-1", token=token)
        returned = (await again.view(CounterView)).current
        await again.order(Unlock(id=new_id(), secret=secret_of("teller-1")))
        back = again.views["CounterView"].current

    assert (in_hand.person, back.person) == (FULL, FULL)
    assert alone.person == returned.person == MASKED


async def test_displays_kiosks_and_phones_are_sent_nothing_of_anybody():
    async with serving() as server:
        board = await server.terminal("board-assistant")
        await board.order(take())
        kiosk, display = await server.terminal("kiosk-1"), await server.terminal("display-1")
        phone, _ = await server.knock(ticket=server.ticket(1))
        mine = await server.terminal("counter-1")
        answer = await board.order(record())
        await served(mine)

        seen = [
            await kiosk.view(KioskView, answer.seq + 2),
            await display.view(DisplayView, answer.seq + 2),
            await phone.view(TicketView, answer.seq + 2),
        ]

    for view in seen:
        assert "person" not in json.dumps(to_builtins(view))
        assert scan([encode(view)], (*SAID, MASKED.name, MASKED.phone)) == []


@pytest.mark.parametrize("station", ["counter-1", "board-manager", "board-auditor"])
async def test_nobody_asks_for_a_counters_feed_in_full(station):
    async with serving() as server:
        _, refused = await server.station(station, views=("CounterView:1:full",))

    assert (refused.code, refused.field) == ("BadMessage", "views")


async def test_a_note_reaches_the_next_teller_and_nobody_else():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        board = await server.terminal("board-manager", views=("BoardView", "CounterView:2"))
        one, two = await server.terminal("counter-1"), await server.terminal("counter-2")
        await board.order(take())
        await served(one)
        note = f"{NOTE} 138 0013 8000"
        await one.order(at_counter(TransferTicket, to_counter=2, note=note))
        opened = await two.order(at_counter(OpenCounter, 2))
        waiting = await two.view(CounterView, opened.seq)
        in_hand = await served(two, 2)
        seq = server.running.runners["main"].published.seq
        board_sees = await board.view(BoardView, seq)
        watched = await board.view(CounterView, seq)

    assert waiting.line[0].note == ""
    assert in_hand.note == f"{NOTE} …"
    assert scan([encode(board_sees), encode(watched)], SAID) == []
    assert list((await stored(journal, of_visit(1))).values()) == [f"{NOTE} …"]
    assert scan([bytes(str(row), "utf-8") for row in await rows(journal)], SAID) == []


async def test_after_a_restart_everything_is_shown_as_before():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        board, one = await server.terminal("board-manager"), await server.terminal("counter-1")
        await board.order(take())
        await board.order(record())
        await served(one)
        await one.order(at_counter(TransferTicket, to_counter=2, note=NOTE))

    async with serving(journal=journal) as server:
        board, two = await server.terminal("board-manager"), await server.terminal("counter-2")
        line = (await board.view(BoardView)).line
        in_hand = await served(two, 2)

    assert [ticket.person for ticket in line] == [MASKED]
    assert (in_hand.person, in_hand.note) == (FULL, NOTE)


async def test_a_value_that_was_tampered_with_is_not_shown_and_stops_nobody(caplog):
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        board = await server.terminal("board-manager")
        await board.order(take())
        await board.order(record())
    for row in await journal.private_page():
        await journal.replace_private([(row, row._replace(value=row.value[:-1] + b"x"))])

    async with serving(journal=journal) as server:
        board = await server.terminal("board-manager")
        view = await board.view(BoardView)

    assert view.line[0].number == "A001"
    assert view.line[0].person is None
    assert "not as it was sealed" in caplog.text
    assert NAME not in caplog.text


# --- Forgotten -------------------------------------------------------------------------------


async def test_whoever_is_forgotten_is_gone_from_the_screens_and_from_the_disk(tmp_path):
    path = tmp_path / "lobby.sqlite"
    journal = await open_sqlite(path)
    async with serving(journal=journal) as server:
        board, one = await server.terminal("board-manager"), await server.terminal("counter-1")
        await board.order(take())
        await board.order(record())
        await served(one)
        await one.order(at_counter(TransferTicket, to_counter=2, note=NOTE))
        sealed = [row.value for row in await journal.private_page()]

        answer = await board.order(ForgetPerson(id=new_id(), day=DAY, visit=1))
        view = await board.view(BoardView, answer.seq)
        left = [*await journal.private_page()]
        content = path.read_bytes() + path.with_name(path.name + "-wal").read_bytes()
    await journal.close()

    assert len(sealed) == 4
    assert view.line[0].person is None
    assert left == []
    assert [value for value in sealed if value in content] == []


async def test_what_is_said_again_in_the_same_moment_is_kept():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        board = await server.terminal("board-manager")
        await board.order(take())
        await board.order(record())
        runner = server.running.runners["main"]

        await asyncio.gather(
            runner.submit(ForgetPerson(id=new_id(), day=DAY, visit=1), MANAGER),
            runner.submit(record(name="李四"), MANAGER),
        )
        view = await board.view(BoardView, runner.published.seq)

    assert view.line[0].person == PersonShown(name="李*")
    assert (await stored(journal, of_person(await person_of(journal))))["name"] == "李四"


async def test_a_teller_records_and_forgets_for_the_ticket_in_hand_only():
    async with serving() as server:
        board, one = await server.terminal("board-manager"), await server.terminal("counter-1")
        await board.order(take())
        await board.order(take())
        await served(one)

        mine, other = await one.order(record(1)), await one.order(record(2))

    assert isinstance(mine, Accepted)
    assert (other.code, other.values) == ("TicketNotInHand", {"number": "A002"})


# --- Nobody's number anywhere else -----------------------------------------------------------


@pytest.mark.parametrize("number", ["13800138000", "138 0013 8000", "11010519491231002X"])
async def test_a_number_of_a_person_is_taken_in_no_other_field(number):
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        board = await server.terminal("board-manager", language="en")
        message = SendMessage(id=new_id(), day=DAY, zh=f"请{number}来", en="Please come", minutes=5)

        refused = await board.order(message)

    assert (refused.code, refused.field) == ("NumberOfAPerson", "zh")
    assert number not in encode(refused).decode()
    assert "MessageSent" not in [row.type for row in await rows(journal)]


async def test_hours_dates_and_service_numbers_are_no_persons():
    async with serving() as server:
        board = await server.terminal("board-manager")
        zh = "2026-11-16 至 2026-11-20 营业时间 09:00-17:00，客服 400 810 8888、95588"

        answer = await board.order(
            SendMessage(id=new_id(), day=DAY, zh=zh, en="Call 400 810 8888", minutes=5)
        )

    assert isinstance(answer, Accepted)


# --- Time ------------------------------------------------------------------------------------


async def test_after_a_year_the_rows_are_gone_and_the_figures_of_the_day_are_the_same():
    """T-46: the clock a year on, a purge at the start, and nothing else changed."""
    journal, clock = MemoryJournal(), ManualClock()
    async with serving(journal=journal, clock=clock) as server:
        board, one = await server.terminal("board-head"), await server.terminal("counter-1")
        for visit in (1, 2, 3):
            await board.order(take_anyway())
            await board.order(record(visit))
        await served(one)
        await one.order(at_counter(TransferTicket, to_counter=2, note=NOTE))
        await board.order(CloseDay(id=new_id(), day=DAY, leftovers=True))
        kept = len(await journal.private_page())
    before = await report_of_the_day(journal)

    clock.advance(hours=365 * 24)
    async with serving(journal=journal, clock=clock) as server:
        await eventually(lambda: server.people.keeper.house.at == clock.now_ms())
    told = [row for row in await rows(journal, HOUSE_STREAM) if row.type == "PersonalDataPurged"]

    assert kept == 3 * 3 + 1
    assert await journal.private_page() == []
    assert [(row.actor, json.loads(row.data)["values"]) for row in told] == [
        ('{"role":"clock"}', kept)
    ]
    assert await report_of_the_day(journal) == before


async def report_of_the_day(journal):
    told = [(to_event(row), stamp_of(row)) for row in await rows(journal) if row.day in ("", DAY)]
    return figures(iter(told), DAY, "real")


async def test_notes_go_with_the_day_names_and_numbers_seven_days_later():
    journal, clock = MemoryJournal(), ManualClock()
    async with serving(journal=journal, clock=clock) as server:
        board, one = await server.terminal("board-manager"), await server.terminal("counter-1")
        await board.order(take())
        await board.order(record())
        await served(one)
        await one.order(at_counter(TransferTicket, to_counter=2, note=NOTE))
        day_ends = server.running.runners["main"].published.day_ends
        subjects = [of_person(await person_of(journal)), of_visit(1)]

    left = []
    for until in (day_ends - 1, day_ends, day_ends + 7 * DAY_MS - 1, day_ends + 7 * DAY_MS):
        clock.advance(seconds=(until - clock.now_ms()) / 1000)
        await Retention(vault_of(journal), HouseKeeper(MemoryJournal(), clock, {}), clock).purge()
        left.append([len(await stored(journal, subject)) for subject in subjects])

    assert left == [[3, 1], [3, 0], [3, 0], [0, 0]]


async def test_a_purge_that_cannot_be_written_down_is_written_down_with_the_next(caplog):
    journal, clock = MemoryJournal(), ManualClock()
    rows_due = [("main", f"visit:{n}", "note.1", b"x", b"", 0) for n in range(3)]
    await journal.append("main", 0, [EVENT], rows_due[:2])
    retention = Retention(vault_of(journal), HouseKeeper(journal, clock, {}), clock)
    journal.fail_next(JournalFull("full", path="x"))

    assert await retention.purge() == 2
    assert "not written down yet" in caplog.text
    await journal.append("main", 1, [EVENT], rows_due[2:])
    assert await retention.purge() == 1

    (told,) = await rows(journal, HOUSE_STREAM)
    assert json.loads(told.data)["values"] == 3


async def test_a_purge_that_fails_is_told_and_ends_nothing(caplog):
    journal, clock = MemoryJournal(), ManualClock()
    await journal.close()

    purged = await Retention(vault_of(journal), HouseKeeper(journal, clock, {}), clock).purge()

    assert purged == 0
    assert "was not deleted" in caplog.text
