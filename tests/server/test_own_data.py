"""What people may ask for: everything that is kept of them, and that it be deleted."""

import json

import pytest

from server.config import HOUSE_STREAM
from server.journal.contract import JournalFull
from server.journal.memory import MemoryJournal
from server.retention import Retention
from shared.protocol import (
    Accepted,
    BoardView,
    CallNext,
    CounterView,
    ErasePerson,
    FindPerson,
    HouseAccepted,
    OpenCounter,
    PersonFound,
    RecordPerson,
    StartService,
    TransferTicket,
)
from shared.testing import ManualClock
from tests.server.one_branch import DAY, branch_config, new_id, rows, take_anyway, vault_of
from tests.server.one_server import serving

NAME, PHONE, NOTE = "王小明", "138 0013 8000", "带了护照"
WHY = "asked at the counter"
DAY_MS = 24 * 3_600_000


def finding(kind=FindPerson, **who):
    return kind(id=new_id(), **{"branch": "main", "reason": WHY, **who})


async def three_people(server):
    """A001 and A003 have the same number, A001 a note as well; A002 is somebody else."""
    board, one = await server.terminal("board-manager"), await server.terminal("counter-1")
    said = ({"name": NAME, "phone": PHONE}, {"name": "李四"}, {"phone": "+86 13800138000"})
    for visit, values in enumerate(said, start=1):
        await done(board, take_anyway())
        await done(board, RecordPerson(id=new_id(), day=DAY, visit=visit, **values))
    for command in (OpenCounter, CallNext, StartService):
        await done(one, command(id=new_id(), day=DAY, counter=1))
    note = TransferTicket(id=new_id(), day=DAY, counter=1, to_counter=2, note=NOTE)
    await done(one, note)
    return board


async def done(terminal, command):
    answer = await terminal.order(command)
    assert isinstance(answer, Accepted), answer


async def events(journal, *types):
    found = [row for row in await rows(journal, HOUSE_STREAM) if row.type in types]
    return [(json.loads(row.actor)["staff"], json.loads(row.data)) for row in found]


# --- Shown -----------------------------------------------------------------------------------


async def test_all_that_is_kept_is_shown_by_telephone_number_and_the_look_is_written_down():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        await three_people(server)
        day_ends = server.running.runners["main"].published.day_ends
        desk = await server.terminal("desk-1")

        found = await desk.order(finding(phone="138-0013-8000"))

    assert isinstance(found, PersonFound)
    assert sorted((one.field, one.value) for one in found.kept) == [
        ("name", NAME),
        ("note", NOTE),
        ("phone", "13800138000"),
        ("phone", "13800138000"),
        ("visit", f"{DAY} A001"),
        ("visit", f"{DAY} A003"),
    ]
    until = {one.field: one.until for one in found.kept}
    assert until["note"] == day_ends
    assert until["name"] == until["phone"] == day_ends + 7 * DAY_MS
    assert await events(journal, "PersonLookedUp") == [
        ("admin", {"type": "PersonLookedUp", "branch": "main", "values": 6, "reason": WHY})
    ]


@pytest.mark.parametrize(("number", "fields"), [("A002", ["name", "visit"]), ("A009", [])])
async def test_a_person_is_named_by_the_day_and_the_number_of_a_visit(number, fields):
    async with serving() as server:
        await three_people(server)
        desk = await server.terminal("desk-1")

        found = await desk.order(finding(day=DAY, number=number))

    assert [one.field for one in found.kept] == fields


async def test_a_visit_of_last_week_is_still_found_and_one_of_the_week_before_is_not():
    journal, clock = MemoryJournal(), ManualClock()
    async with serving(journal=journal, clock=clock) as server:
        await three_people(server)
    found = []
    for _ in range(2):
        clock.advance(hours=4 * 24)
        async with serving(journal=journal, clock=clock) as server:
            desk = await server.terminal("desk-1")
            await Retention(vault_of(journal), server.people.keeper, clock).purge()
            found.append(await desk.order(finding(day=DAY, number="A001")))

    assert [sorted(one.field for one in each.kept) for each in found] == [
        ["name", "phone", "visit"],
        [],
    ]


async def test_a_reason_keeps_nothing_of_what_was_found():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        await three_people(server)
        desk = await server.terminal("desk-1")

        await desk.order(finding(phone=PHONE, reason=f"{NAME} asked, number A001"))
        refused = await desk.order(finding(phone=PHONE, reason=f"call {PHONE}"))

    ((_, told),) = await events(journal, "PersonLookedUp")
    assert told["reason"] == "… asked, number A001"
    assert (refused.code, refused.field) == ("NumberOfAPerson", "reason")


async def test_nothing_is_shown_that_could_not_be_written_down():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        await three_people(server)
        desk = await server.terminal("desk-1")
        journal.fail_next(JournalFull("full", path="x"))

        refused = await desk.order(finding(phone=PHONE))

    assert refused.code == "Busy"


# --- Deleted ---------------------------------------------------------------------------------


async def test_a_person_is_erased_from_the_vault_and_from_every_screen_at_once():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        await three_people(server)
        two = await server.terminal("counter-2")
        for command in (OpenCounter, CallNext):
            await done(two, command(id=new_id(), day=DAY, counter=2))
        before = (await two.view(CounterView)).current
        desk = await server.terminal("desk-1")

        erased = await desk.order(finding(ErasePerson, phone=PHONE))
        after = (await two.hear(CounterView)).current
        view = await (await server.terminal("board-auditor")).view(BoardView)
        found = await desk.order(finding(phone=PHONE))
        others = await desk.order(finding(day=DAY, number="A002"))

    assert (before.person.name, before.note) == (NAME, NOTE)
    assert isinstance(erased, HouseAccepted)
    assert erased.values == 6
    assert (after.person, after.note) == (None, "")
    assert [ticket.person and ticket.person.name for ticket in view.line] == ["李*", None]
    assert found.kept == ()
    assert [one.value for one in others.kept] == ["李四", f"{DAY} A002"]
    assert [told["values"] for _, told in await events(journal, "PersonErased")] == [6]


async def test_an_erasure_that_was_not_written_down_is_asked_for_again_and_nothing_comes_back():
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        await three_people(server)
        desk = await server.terminal("desk-1")
        journal.fail_next(JournalFull("full", path="x"))

        refused = await desk.order(finding(ErasePerson, phone=PHONE))
        again = await desk.order(finding(ErasePerson, phone=PHONE))

    assert refused.code == "Busy"
    assert again.values == 0
    assert [told["values"] for _, told in await events(journal, "PersonErased")] == [0]


# --- Refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "code", "field"),
    [
        ({}, "PhoneOrVisit", "phone"),
        ({"day": DAY}, "PhoneOrVisit", "phone"),
        ({"number": "A001"}, "PhoneOrVisit", "phone"),
        ({"phone": PHONE, "day": DAY, "number": "A001"}, "PhoneOrVisit", "phone"),
        ({"phone": "nobody"}, "PhoneNotValid", "phone"),
        ({"phone": PHONE, "branch": "nowhere"}, "UnknownBranch", "branch"),
        ({"phone": PHONE, "reason": "\u200b"}, "BadMessage", "reason"),
    ],
)
async def test_who_is_meant_and_why_has_to_be_said(who, code, field):
    async with serving() as server:
        desk = await server.terminal("desk-1")

        refused = await desk.order(finding(**who))

    assert (refused.code, refused.field) == (code, field)


@pytest.mark.parametrize("station", ["board-head", "board-auditor", "counter-1", "kiosk-1"])
async def test_nobody_but_the_administrator_may_ask(station):
    async with serving() as server:
        terminal = await server.terminal(station)

        kinds = (FindPerson, ErasePerson)
        answers = [await terminal.order(finding(kind, phone=PHONE)) for kind in kinds]

    assert [answer.code for answer in answers] == ["NotAllowed"] * 2


async def test_the_password_is_asked_for_again():
    clock = ManualClock()
    async with serving(clock=clock) as server:
        desk = await server.terminal("desk-1")
        clock.advance(minutes=4)

        refused = await desk.order(finding(phone=PHONE))

    assert refused.code == "ProveAgain"


async def test_of_another_branch_nothing_is_found():
    async with serving(branches=[branch_config("east"), branch_config("west")]) as server:
        board = await server.terminal("east-board-manager")
        await done(board, take_anyway())
        await done(board, RecordPerson(id=new_id(), day=DAY, visit=1, name=NAME, phone=PHONE))
        desk = await server.terminal("west-desk-1")

        found = [await desk.order(finding(phone=PHONE, branch=b)) for b in ("west", "east")]

    assert [len(one.kept) for one in found] == [0, 3]


async def test_what_cannot_be_read_is_said_and_not_guessed_at(caplog):
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        await three_people(server)
        for row in await journal.private_page():
            await journal.replace_private([(row, row._replace(value=row.value[:-1] + b"?"))])
        desk = await server.terminal("desk-1")

        refused = await desk.order(finding(phone=PHONE))

    assert refused.code == "ValuesDamaged"
    assert "not as it was sealed" in caplog.text
    assert NAME not in caplog.text
