"""What customers say of a service by the ticket's link: who reads it, and what becomes of it."""

from server.journal.memory import MemoryJournal
from server.retention import Retention
from server.vault.rows import of_visit
from server.vault.scanner import scan
from shared.protocol import (
    Accepted,
    BoardView,
    CounterView,
    ErasePerson,
    FindPerson,
    OpenCounter,
    RateVisit,
    encode,
)
from shared.testing import ManualClock
from tests.server.one_branch import DAY, call, finish, new_id, rows, start, take, vault_of
from tests.server.one_server import serving

SAID = "等了很久，柜员很耐心"
PHONE = "138 0013 8000"


async def a_service(server, clock, counter=1):
    """A customer was served, nobody answered at the panel, and the phone is at hand."""
    kiosk, teller = await server.terminal("kiosk-1"), await server.terminal(f"counter-{counter}")
    taken = await kiosk.order(take())
    for command in (OpenCounter(id=new_id(), day=DAY, counter=counter), call(), start(), finish()):
        await teller.order(command)
    clock.advance(seconds=30)
    phone, _ = await server.knock(ticket=server.ticket(taken.visit))
    return teller, phone, taken.visit


async def rated(phone, visit, comment, score=2, question=1):
    command = RateVisit(
        id=new_id(), day=DAY, visit=visit, question=question, score=score, comment=comment
    )
    answer = await phone.order(command)
    assert isinstance(answer, Accepted), answer
    return answer


async def stored(journal, visit):
    found = await vault_of(journal).show("main", [of_visit(visit)])
    return {row.field: row.value for row in found}


async def test_a_comment_reaches_the_board_and_no_counter_and_lies_in_the_vault():
    journal, clock = MemoryJournal(), ManualClock()
    async with serving(journal=journal, clock=clock) as server:
        board = await server.terminal("board-manager")
        teller, phone, visit = await a_service(server, clock)

        answer = await rated(phone, visit, f"{SAID} {PHONE}")

        (shown,) = (await board.view(BoardView, answer.seq)).comments
        at_counter = await teller.view(CounterView, answer.seq)
    assert (shown.number, shown.counter, shown.score) == ("A001", 1, 2)
    assert shown.comment == f"{SAID} …"
    assert SAID not in repr(shown)
    assert scan([encode(at_counter)], [SAID]) == []
    assert await stored(journal, visit) == {"comment.1": f"{SAID} …"}
    assert scan([bytes(str(row), "utf-8") for row in await rows(journal)], [SAID]) == []


async def test_after_a_restart_it_is_shown_as_before_and_erased_when_somebody_asks():
    journal, clock = MemoryJournal(), ManualClock()
    async with serving(journal=journal, clock=clock) as server:
        _, phone, visit = await a_service(server, clock)
        await rated(phone, visit, SAID, score=5)

    async with serving(journal=journal, clock=clock) as server:
        board = await server.terminal("board-manager")
        again = (await board.view(BoardView)).comments
        desk = await server.terminal("desk-1")
        asked = {"branch": "main", "day": DAY, "number": "A001", "reason": "asked for it"}
        found = await desk.order(FindPerson(id=new_id(), **asked))
        gone = await desk.order(ErasePerson(id=new_id(), **asked))
        after = (await board.hear(BoardView)).comments
    left = await stored(journal, visit)

    assert [one.comment for one in again] == [SAID]
    assert [(one.field, one.value) for one in found.kept] == [("comment", SAID)]
    assert gone.values == 1
    assert after == ()
    assert left == {}


async def test_it_goes_with_the_day():
    journal, clock = MemoryJournal(), ManualClock()
    async with serving(journal=journal, clock=clock) as server:
        _, phone, visit = await a_service(server, clock)
        await rated(phone, visit, SAID)
        retention = Retention(vault_of(journal), server.people.keeper, clock)
        before = await retention.purge()
        clock.advance(hours=11)
        after = await retention.purge()

    assert (before, after) == (0, 1)
    assert await stored(journal, visit) == {}


async def test_a_rating_without_a_comment_keeps_nothing():
    journal, clock = MemoryJournal(), ManualClock()
    async with serving(journal=journal, clock=clock) as server:
        board = await server.terminal("board-manager")
        _, phone, visit = await a_service(server, clock)
        answer = await rated(phone, visit, "")
        shown = (await board.view(BoardView, answer.seq)).comments

    assert shown == ()
    assert await stored(journal, visit) == {}
