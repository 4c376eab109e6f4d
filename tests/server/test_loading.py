"""A branch comes back from its journal the same, with snapshots and without."""

import random

import msgspec
import pytest

from server.answers import id_of
from server.domain.state import Branch
from server.journal.contract import Entry, JournalFailed, Snapshot
from server.journal.memory import MemoryJournal
from server.journal.sqlite import open_sqlite
from server.loading import SCHEMA, commands_of_the_day, load, snapshot_of
from shared.protocol import (
    Accepted,
    CloseDay,
    LeaveLine,
    OpenDay,
    ParkTicket,
    StepBack,
    UndoAction,
)
from shared.testing import ManualClock
from tests.server.one_branch import (
    DAY,
    HEAD,
    KIOSK,
    branch_config,
    call,
    finish,
    new_id,
    open_counter,
    rows,
    running,
    start,
    take,
    take_tickets,
    teller,
)

CONFIG = branch_config()


@pytest.fixture(params=["memory", "sqlite"])
async def journal(request, tmp_path):
    journal = (
        MemoryJournal()
        if request.param == "memory"
        else await open_sqlite(tmp_path / "journal.sqlite")
    )
    yield journal
    await journal.close()


def park(counter):
    return ParkTicket(id=new_id(), day=DAY, counter=counter, reason="form")


def undo(counter):
    return UndoAction(id=new_id(), day=DAY, counter=counter)


async def play(runner, clock, chance, commands):
    """A stretch of a busy morning; many commands are refused, as they should be."""
    for counter in (1, 2):
        await open_counter(runner, counter)
    for _ in range(commands):
        counter, visit = chance.choice((1, 2)), chance.randint(1, 40)
        command = chance.choice([call, start, finish, park, undo])
        await runner.submit(command(counter), teller(counter))
        await runner.submit(take(chance.choice("AB")), KIOSK)
        back = StepBack(id=new_id(), day=DAY, visit=visit, places=2)
        leave = LeaveLine(id=new_id(), day=DAY, visit=visit)
        await runner.submit(chance.choice([back, leave]), KIOSK)
        clock.advance(seconds=chance.randint(0, 40))


async def test_with_and_without_snapshots_the_state_is_the_same(journal, seed):
    clock = ManualClock()
    async with running(journal, clock) as runner:
        await play(runner, clock, random.Random(seed), commands=60)
    head = (await journal.head("main")).seq
    assert (await journal.newest_snapshot("main", SCHEMA)).seq == head > 100

    with_snapshot = await load(journal, "main", CONFIG)
    await journal.drop_snapshots("main")
    without = await load(journal, "main", CONFIG)

    assert with_snapshot == without
    assert without.seq == head


async def test_a_snapshot_and_the_events_after_it_give_the_same_state(journal, seed):
    clock = ManualClock()
    async with running(journal, clock) as runner:
        await play(runner, clock, random.Random(seed), commands=30)
        await take_tickets(runner, 5)
    everything = await load(journal, "main", CONFIG)
    await journal.drop_snapshots("main")

    branch = await load(PartOf(journal, upto=20), "main", CONFIG)
    await journal.save_snapshot("main", snapshot_of(branch))

    assert await load(journal, "main", CONFIG) == everything


async def test_a_snapshot_spares_reading_what_was_before_it():
    journal = MemoryJournal()
    await journal.append("main", 0, [unreadable()])
    snapshot = snapshot_of(Branch(config=CONFIG, seq=1))
    with pytest.raises(JournalFailed, match="row 1"):
        await load(journal, "main", CONFIG)

    await journal.save_snapshot("main", snapshot)

    assert (await load(journal, "main", CONFIG)).seq == 1


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"schema": "of another version"}, id="of another shape"),
        pytest.param({"data": b"{}"}, id="that cannot be decoded"),
    ],
)
async def test_an_unusable_snapshot_is_ignored(changes):
    journal = MemoryJournal()
    async with running(journal) as runner:
        await take_tickets(runner, 3)
    expected = await load(journal, "main", CONFIG)
    await journal.drop_snapshots("main")

    useless = msgspec.structs.replace(snapshot_of(expected), **changes)
    await journal.save_snapshot("main", useless)

    assert await load(journal, "main", CONFIG) == expected


async def test_a_snapshot_shares_nothing_with_the_state():
    journal = MemoryJournal()
    async with running(journal) as runner:
        await take_tickets(runner, 3)
        branch = await load(journal, "main", CONFIG)
        snapshot = snapshot_of(branch)

        branch.visits[1].state = "left"

        assert msgspec.json.decode(snapshot.data, type=Branch).visits[1].state == "waiting"


async def test_a_branch_nobody_wrote_to_is_new():
    branch = await load(MemoryJournal(), "main", CONFIG)

    assert branch.seq == 0
    assert branch.config == CONFIG


async def test_the_configuration_in_force_is_the_journals_not_the_files():
    journal = MemoryJournal()
    async with running(journal):
        pass

    branch = await load(journal, "main", branch_config(counters=9))

    assert branch.config == CONFIG


async def test_the_commands_of_the_day_begin_with_the_one_that_opened_it():
    journal, clock = MemoryJournal(), ManualClock()
    async with running(journal, clock) as runner:
        await runner.submit(CloseDay(id=new_id(), day=DAY), HEAD)
        clock.advance(hours=22.5)  # before the clock opens the next day by itself
        open_day = OpenDay(id=new_id(), day="2026-11-17")
        assert isinstance(await runner.submit(open_day, HEAD), Accepted)
        clock.advance(hours=2)
        ticket = take(day="2026-11-17")
        assert isinstance(await runner.submit(ticket, KIOSK), Accepted)
    branch = await load(journal, "main", CONFIG)

    spans = await commands_of_the_day(journal, branch)

    assert [id_of(span.command_id) for span in spans] == [open_day.id, ticket.id]


async def test_the_commands_since_a_day_was_closed_are_known_too():
    journal = MemoryJournal()
    close = CloseDay(id=new_id(), day=DAY, leftovers=True)
    async with running(journal) as runner:
        await take_tickets(runner, 2)
        await runner.submit(close, HEAD)
    branch = await load(journal, "main", CONFIG)

    span = (await commands_of_the_day(journal, branch))[-1]

    assert id_of(span.command_id) == close.id
    assert [row.type for row in await rows(journal)][span.first - 1 : span.last] == [
        "TicketUnserved",
        "TicketUnserved",
        "DayClosed",
    ]


def unreadable():
    return Entry(day="", at=1, actor='{"role":"clock"}', command_id="", type="?", data=b"{}")


class PartOf(MemoryJournal):
    """A journal as it was when it had `upto` rows."""

    def __init__(self, journal, upto):
        super().__init__()
        self._whole, self._upto = journal, upto

    async def read(self, branch, after=0, upto=None):
        async for row in self._whole.read(branch, after, self._upto):
            yield row

    async def newest_snapshot(self, branch, schema) -> Snapshot | None:
        return None
