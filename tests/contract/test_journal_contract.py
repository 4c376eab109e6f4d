"""What every journal keeps to, whatever it is made of."""

import asyncio
import hashlib
import re
import sqlite3
from contextlib import closing

import pytest

from server.journal.contract import (
    CommandSpan,
    Entry,
    Head,
    Journal,
    JournalFailed,
    JournalFull,
    Snapshot,
    WrongSeq,
    follows,
)
from server.journal.memory import MemoryJournal
from server.journal.outbox import PURGE_ROWS, OutboxRow
from server.journal.private import PAGE_ROWS, VALUE_BYTES_MAX, SealedRow
from server.journal.sqlite import open_sqlite

MONDAY_NINE = 1_793_610_000_000
PATIENCE_SECONDS = 30  # only a broken journal makes a test wait for it


@pytest.fixture(params=["memory", "sqlite"])
async def journal(request, tmp_path):
    in_file = request.param == "sqlite"
    journal: Journal = await open_sqlite(tmp_path / "lobby.db") if in_file else MemoryJournal()
    yield journal
    await journal.close()


def entry(name="TicketTaken", command_id="", at=MONDAY_NINE, data=b'{"number":"A001"}'):
    return Entry(
        day="2026-11-02",
        at=at,
        actor='{"station":"kiosk-1"}',
        command_id=command_id,
        type=name,
        data=data,
    )


def entries(*names):
    return [entry(name) for name in names]


async def types(journal, branch, after=0, upto=None):
    return [row.type async for row in journal.read(branch, after, upto)]


async def take(rows, count):
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [(await anext(rows)).type for _ in range(count)]


# --- Appending and reading ------------------------------------------------------------------


async def test_rows_come_back_as_they_were_appended(journal):
    first = Entry("", 0, "{}", "", "BranchConfigured", b'{"name":"\xe5\xa4\xa7\xe5\xa0\x82"}')
    second = entry("TicketTaken", command_id="c-1", data=b"\x00\xff not even JSON")

    await journal.append("main", 0, [first])
    await journal.append("main", 1, [second])

    rows = [row async for row in journal.read("main")]
    assert [row.seq for row in rows] == [1, 2]
    for row, written in zip(rows, [first, second], strict=True):
        assert row.day == written.day
        assert row.at == written.at
        assert row.actor == written.actor
        assert row.command_id == written.command_id
        assert row.type == written.type
        assert row.data == written.data


async def test_an_append_answers_with_the_new_head(journal):
    answered = await journal.append("main", 0, entries("A", "B"))

    last = [row async for row in journal.read("main")][-1]
    assert answered == Head(2, last.hash) == await journal.head("main")


async def test_a_branch_nobody_wrote_to_is_empty(journal):
    assert await journal.head("main") == Head(0, "")
    assert await types(journal, "main") == []
    assert await journal.branches() == []


async def test_branches_are_strangers_to_each_other(journal):
    await journal.append("west", 0, entries("W1", "W2"))
    await journal.append("east", 0, entries("E1"))

    assert await types(journal, "west") == ["W1", "W2"]
    assert await types(journal, "east") == ["E1"]
    assert await journal.branches() == ["east", "west"]


async def test_reading_begins_after_one_row_and_stops_at_another(journal):
    await journal.append("main", 0, entries("A", "B", "C", "D"))

    assert await types(journal, "main", after=2) == ["C", "D"]
    assert await types(journal, "main", after=1, upto=3) == ["B", "C"]
    assert await types(journal, "main", after=4) == []
    assert await types(journal, "main", after=99) == []
    assert await types(journal, "main", after=3, upto=2) == []
    assert await types(journal, "main", upto=99) == ["A", "B", "C", "D"]


@pytest.mark.parametrize("count", [1999, 2000, 2001, 4500])
async def test_reading_does_not_stop_at_the_end_of_a_page(journal, count):
    await journal.append("main", 0, entries(*map(str, range(count))))

    assert await types(journal, "main") == [str(n) for n in range(count)]


async def test_an_append_of_nothing_is_a_bug(journal):
    with pytest.raises(AssertionError):
        await journal.append("main", 0, [])


# --- The expected number --------------------------------------------------------------------


@pytest.mark.parametrize("expected", [0, 1, 3, 99])
async def test_an_append_anywhere_but_at_the_end_is_refused_and_leaves_nothing(journal, expected):
    head = await journal.append("main", 0, entries("A", "B"))

    with pytest.raises(WrongSeq) as refused:
        await journal.append("main", expected, entries("X", "Y"))

    assert (refused.value.expected, refused.value.actual) == (expected, 2)
    assert await journal.head("main") == head
    assert await types(journal, "main") == ["A", "B"]


async def test_a_wrong_number_does_not_disturb_those_written_beside_it(journal):
    outcomes = await asyncio.gather(
        journal.append("main", 0, entries("A")),
        journal.append("main", 7, entries("X")),
        journal.append("main", 1, entries("B")),
        journal.append("east", 1, entries("X")),
        journal.append("west", 0, entries("W")),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes] == [Head, WrongSeq, Head, WrongSeq, Head]
    assert await types(journal, "main") == ["A", "B"]
    assert await journal.branches() == ["main", "west"]


@pytest.mark.parametrize(
    "bug",
    [entry(name="\ud800"), entry(at=2**63), entry(at=-1), entry(data=None)],
    ids=["half a character", "too late", "too early", "no data"],
)
async def test_a_callers_bug_does_not_disturb_those_written_beside_it(journal, bug):
    outcomes = await asyncio.gather(
        journal.append("main", 0, entries("A")),
        journal.append("east", 0, [entry("E"), bug]),
        journal.append("west", 0, entries("W")),
        return_exceptions=True,
    )

    assert isinstance(outcomes[1], Exception)
    assert await journal.branches() == ["main", "west"]
    await journal.append("east", 0, entries("E"))


# --- Many at once ---------------------------------------------------------------------------


async def test_fifty_branches_written_at_once_keep_their_own_order(journal):
    async def live_a_day(branch):
        for seq in range(10):
            await journal.append(branch, seq, entries(f"{branch}/{seq}"))

    names = [f"branch-{n:02}" for n in range(50)]
    await asyncio.gather(*map(live_a_day, names))

    assert await journal.branches() == names
    for branch in names:
        assert await types(journal, branch) == [f"{branch}/{seq}" for seq in range(10)]


async def test_of_fifty_writers_of_one_branch_each_gets_in_exactly_once(journal):
    async def insist(name):
        while True:
            head = await journal.head("main")
            try:
                return await journal.append("main", head.seq, entries(name, name))
            except WrongSeq:
                continue

    names = [f"writer-{n:02}" for n in range(50)]
    heads = await asyncio.gather(*map(insist, names))

    assert sorted(head.seq for head in heads) == list(range(2, 101, 2))
    found = await types(journal, "main")
    assert found[::2] == found[1::2]
    assert sorted(found[::2]) == names


@pytest.mark.parametrize("steps", range(12))
async def test_a_cancelled_append_is_there_wholly_or_not_at_all(journal, steps):
    """Cancelled a little later each time, in the company of appends that are not cancelled."""
    cancelled = asyncio.create_task(journal.append("main", 0, entries("A", "B", "C")))
    beside = asyncio.create_task(journal.append("east", 0, entries("E")))
    for _ in range(steps):
        await asyncio.sleep(0)

    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)
    await beside

    head = await journal.append("east", 1, entries("F"))
    assert head.seq == 2
    found = await types(journal, "main")
    assert found in ([], ["A", "B", "C"])
    await journal.append("main", len(found), entries("D"))
    assert await types(journal, "main") == [*found, "D"]


async def test_a_storm_of_cancellations_leaves_no_hole(journal):
    async def insist():
        while True:
            head = await journal.head("main")
            try:
                await journal.append("main", head.seq, entries("A", "B"))
            except WrongSeq:
                continue

    crowd = [asyncio.create_task(insist()) for _ in range(50)]
    for seq in range(30):
        await journal.append("house", seq, entries("Z"))  # so that some of theirs get in
        crowd.pop(0).cancel()
        crowd.append(asyncio.create_task(insist()))
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)

    await journal.append("house", 30, entries("Z"))  # whatever was still being written is now
    found = await types(journal, "main")
    assert found == ["A", "B"] * (len(found) // 2)
    assert len(found) > 0


# --- Following ------------------------------------------------------------------------------


async def test_a_follower_sees_what_was_there_and_then_what_comes(journal):
    await journal.append("main", 0, entries("A", "B"))
    rows = journal.follow("main", after=1)
    assert await take(rows, 1) == ["B"]

    following = asyncio.create_task(take(journal.follow("main", after=2), 3))
    await journal.append("main", 2, entries("C"))
    await journal.append("east", 0, entries("E"))
    await journal.append("main", 3, entries("D", "E"))

    assert await following == ["C", "D", "E"]


async def test_every_follower_of_every_branch_is_woken(journal):
    following = [
        asyncio.create_task(take(journal.follow(branch), 20))
        for branch in ["east", "west", "east", "west"]
    ]

    for seq in range(20):
        await asyncio.gather(
            journal.append("east", seq, entries(f"E{seq}")),
            journal.append("west", seq, entries(f"W{seq}")),
        )

    east, west, east_too, west_too = await asyncio.gather(*following)
    assert east == east_too == [f"E{seq}" for seq in range(20)]
    assert west == west_too == [f"W{seq}" for seq in range(20)]


# --- Commands -------------------------------------------------------------------------------


async def test_the_rows_of_a_command_are_known_by_its_id(journal):
    await journal.append("main", 0, [entry(command_id="old")])
    await journal.append("main", 1, [entry(command_id="c-1"), entry(command_id="c-1")])
    await journal.append("main", 3, [entry()])
    await journal.append("main", 4, [entry(command_id="c-2")])

    assert await journal.command_spans("main", after=1) == [
        CommandSpan("c-1", 2, 3),
        CommandSpan("c-2", 5, 5),
    ]
    assert await journal.command_spans("main", after=5) == []
    assert await journal.command_spans("east", after=0) == []


# --- Snapshots ------------------------------------------------------------------------------


async def test_the_newest_snapshot_of_the_asked_shape_is_given(journal):
    await journal.append("main", 0, entries("A", "B", "C"))
    await journal.save_snapshot("main", Snapshot(1, "shape-1", b"one"))
    await journal.save_snapshot("main", Snapshot(2, "shape-1", b"two"))
    await journal.save_snapshot("main", Snapshot(3, "shape-2", b"three"))

    assert await journal.newest_snapshot("main", "shape-1") == Snapshot(2, "shape-1", b"two")
    assert await journal.newest_snapshot("main", "shape-2") == Snapshot(3, "shape-2", b"three")
    assert await journal.newest_snapshot("main", "shape-3") is None
    assert await journal.newest_snapshot("east", "shape-1") is None


async def test_a_snapshot_ahead_of_the_rows_is_not_used(journal):
    await journal.append("main", 0, entries("A", "B"))
    await journal.save_snapshot("main", Snapshot(1, "shape", b"one"))
    await journal.save_snapshot("main", Snapshot(3, "shape", b"from another life"))

    assert await journal.newest_snapshot("main", "shape") == Snapshot(1, "shape", b"one")


async def test_a_snapshot_taken_again_replaces_the_first(journal):
    await journal.append("main", 0, entries("A"))
    await journal.save_snapshot("main", Snapshot(1, "shape", b"first"))
    await journal.save_snapshot("main", Snapshot(1, "shape", b"again"))

    assert await journal.newest_snapshot("main", "shape") == Snapshot(1, "shape", b"again")


async def test_only_the_newest_three_snapshots_of_a_branch_are_kept(journal):
    await journal.append("main", 0, entries("A", "B", "C", "D"))
    await journal.append("east", 0, entries("E"))
    await journal.save_snapshot("east", Snapshot(1, "oldest", b"east"))
    for seq, shape in enumerate(["oldest", "old", "new", "newest"], start=1):
        await journal.save_snapshot("main", Snapshot(seq, shape, b"main"))

    assert await journal.newest_snapshot("main", "oldest") is None
    assert await journal.newest_snapshot("main", "old") == Snapshot(2, "old", b"main")
    assert await journal.newest_snapshot("east", "oldest") == Snapshot(1, "oldest", b"east")


async def test_dropped_snapshots_are_gone_and_nothing_else_is(journal):
    await journal.append("main", 0, entries("A"))
    await journal.append("east", 0, entries("E"))
    await journal.save_snapshot("main", Snapshot(1, "shape", b"main"))
    await journal.save_snapshot("east", Snapshot(1, "shape", b"east"))

    await journal.drop_snapshots("main")

    assert await journal.newest_snapshot("main", "shape") is None
    assert await journal.newest_snapshot("east", "shape") == Snapshot(1, "shape", b"east")
    assert await types(journal, "main") == ["A"]


# --- Room ------------------------------------------------------------------------------------


async def test_a_journal_with_room_says_so_and_keeps_nothing_of_the_trial(journal):
    head = await journal.append("main", 0, entries("A"))

    assert await journal.has_room()
    assert await journal.has_room()

    assert await journal.branches() == ["main"]
    assert await journal.head("main") == head
    assert await journal.newest_snapshot("", "") is None


async def test_a_journal_without_room_says_so_and_takes_what_still_fits(journal, tmp_path):
    """In memory by order, on disk because it is all but full."""
    small: Journal = journal
    if isinstance(journal, MemoryJournal):
        journal.fail_next(JournalFull("full", path="the disk"))
    else:
        small = await open_sqlite(tmp_path / "small.db", max_pages=60)

    assert not await small.has_room()

    await small.append("main", 0, entries("A"))
    assert await types(small, "main") == ["A"]
    await small.close()


# --- The chain ------------------------------------------------------------------------------


async def test_anyone_can_recompute_the_chain(journal):
    """From the description alone, without our code: netstrings, sha256, hex."""
    await journal.append("大堂", 0, [entry("A", command_id="c-1"), entry("B", data=b"")])

    before = ""
    async for row in journal.read("大堂"):
        fields = [
            before.encode(),
            "大堂".encode(),
            str(row.seq).encode(),
            row.day.encode(),
            str(row.at).encode(),
            row.actor.encode(),
            row.command_id.encode(),
            row.type.encode(),
            row.data,
        ]
        text = b"".join(str(len(field)).encode() + b":" + field + b"," for field in fields)
        assert row.hash == hashlib.sha256(text).hexdigest()
        before = row.hash


async def test_the_chain_never_changes(journal):
    """Journals written years ago must still prove themselves: these figures may not be edited."""
    head = await journal.append("main", 0, [entry("A", command_id="c-1"), entry("B")])

    assert head.hash == "8699264177c738fb708c7d2351f8df44af516e3ad06167d40e4061705ede7604"


async def test_a_row_follows_only_the_row_it_was_written_after(journal):
    await journal.append("main", 0, entries("A", "B", "B"))
    first, second, third = [row async for row in journal.read("main")]

    assert follows(first, "main", second)
    assert not follows(first, "main", third)
    assert not follows(first, "east", second)
    assert not follows(Head(first.seq, "0" * 64), "main", second)


async def test_every_journal_is_an_epoch_of_its_own(journal, tmp_path):
    other = await open_sqlite(tmp_path / "other.db")
    await other.close()

    assert re.fullmatch("[0-9a-f]{32}", journal.epoch)
    assert len({journal.epoch, other.epoch, MemoryJournal().epoch}) == 3


# --- Private rows ---------------------------------------------------------------------------


def private(subject="visit:1", field="name", value=b"sealed", handle=b"", purge_at=MONDAY_NINE):
    return ("main", subject, field, value, handle, purge_at)


async def all_private(journal):
    return [tuple(row) for row in await journal.private_page()]


async def test_private_rows_are_written_with_the_events_they_belong_to(journal):
    rows = [private(field="name"), private(field="phone", value=b"\x00\xff", handle=b"h")]

    head = await journal.append("main", 0, entries("A"), rows)

    assert head == await journal.head("main")
    assert await journal.private_of("main", "visit:1") == [SealedRow(*row) for row in rows]
    assert await journal.private_of("main", "visit:2") == []
    assert await journal.private_of("east", "visit:1") == []


async def test_events_without_private_rows_chain_as_they_do_with_them(journal, tmp_path):
    """What is kept of people must never show in what is kept for ever."""
    other = MemoryJournal()

    with_them = await journal.append("main", 0, entries("A"), [private()])

    assert with_them == await other.append("main", 0, entries("A"))


async def test_an_append_that_is_refused_leaves_no_private_rows(journal):
    await journal.append("main", 0, entries("A"), [private(value=b"first")])

    with pytest.raises(WrongSeq):
        await journal.append("main", 0, entries("B"), [private(value=b"other"), private("visit:2")])

    assert await all_private(journal) == [private(value=b"first")]


@pytest.mark.parametrize(
    "bug",
    [
        ("east", "visit:1", "name", b"", b"", 0),
        private(subject=""),
        private(field=""),
        private(subject="\ud800"),
        private(value=None),
        private(value=bytes(VALUE_BYTES_MAX + 1)),
        private(purge_at=2**63),
        private(purge_at=-1),
        private()[:5],
    ],
    ids=lambda bug: str(bug)[:60],
)
async def test_a_bug_in_one_private_row_leaves_nothing_of_its_append_and_all_of_the_others(
    journal, bug
):
    outcomes = await asyncio.gather(
        journal.append("main", 0, entries("A"), [private("visit:1")]),
        journal.append("main", 1, entries("B"), [private("visit:2"), bug]),
        journal.append("main", 1, entries("C"), [private("visit:3")]),
        return_exceptions=True,
    )

    assert [isinstance(outcome, Head) for outcome in outcomes] == [True, False, True]
    assert await types(journal, "main") == ["A", "C"]
    assert await all_private(journal) == [private("visit:1"), private("visit:3")]


@pytest.mark.parametrize("steps", range(12))
async def test_of_a_cancelled_append_there_are_events_and_private_rows_or_neither(journal, steps):
    cancelled = asyncio.create_task(journal.append("main", 0, entries("A"), [private()]))
    for _ in range(steps):
        await asyncio.sleep(0)

    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)

    await journal.append("east", 0, entries("Z"))  # whatever was still being written is now
    written = len(await types(journal, "main"))
    assert len(await all_private(journal)) == written


async def test_a_private_row_in_the_same_place_takes_the_place_of_the_first(journal):
    await journal.append("main", 0, entries("A"), [private(value=b"first", purge_at=1)])

    await journal.append("main", 1, entries("B"), [private(value=b"2nd"), private(value=b"third")])

    assert await all_private(journal) == [private(value=b"third")]


async def test_subjects_are_found_by_the_handles_of_their_rows(journal):
    rows = [
        private("visit:1", "phone", handle=b"h1"),
        private("visit:2", "phone", handle=b"h1"),
        private("visit:3", "phone", handle=b"h2"),
        private("visit:4", "phone", handle=b"h3"),
        private("visit:5", "name"),
    ]
    await journal.append("main", 0, entries("A"), rows)

    assert await journal.private_subjects("main", [b"h1"]) == ["visit:1", "visit:2"]
    assert await journal.private_subjects("main", [b"h3", b"h2", b"h3"]) == ["visit:3", "visit:4"]
    assert await journal.private_subjects("main", [b"", b"h"]) == []
    assert await journal.private_subjects("east", [b"h1"]) == []


async def test_private_rows_of_all_branches_are_read_page_by_page(journal):
    rows = [private(f"visit:{n:04}") for n in range(PAGE_ROWS + 2)]
    await journal.append("main", 0, entries("A"), rows)
    await journal.append("east", 0, entries("A"), [("east", *private()[1:])])

    first = await journal.private_page()
    second = await journal.private_page(first[-1][:3])

    assert len(first) == PAGE_ROWS
    assert first[0].branch == "east"
    assert [tuple(row) for row in [*first[1:], *second]] == rows
    assert await journal.private_page(second[-1][:3]) == []


async def test_a_row_is_replaced_only_if_it_is_still_the_one_that_was_read(journal):
    rows = [private(f"visit:{n}") for n in range(3)]
    await journal.append("main", 0, entries("A"), rows)
    await journal.append("main", 1, entries("B"), [private("visit:1", value=b"newer")])
    await journal.erase_private("main", ["visit:2"])

    changes = [(row, (*row[:3], b"again", b"h", row[5])) for row in rows]
    assert await journal.replace_private(changes) == 1

    assert await all_private(journal) == [
        private("visit:0", value=b"again", handle=b"h"),
        private("visit:1", value=b"newer"),
    ]


async def test_rows_past_their_time_are_purged_and_no_others(journal):
    due = [private(f"visit:{n}", purge_at=MONDAY_NINE) for n in range(PAGE_ROWS + 1)]
    later = private("visit:9999", purge_at=MONDAY_NINE + 1)
    await journal.append("main", 0, entries("A"), [*due, later])

    assert await journal.purge_private(MONDAY_NINE - 1) == 0
    assert await journal.purge_private(MONDAY_NINE) == len(due)
    assert await journal.purge_private(MONDAY_NINE) == 0

    assert await all_private(journal) == [later]
    assert await types(journal, "main") == ["A"]


async def test_what_is_kept_of_a_subject_can_be_erased(journal):
    rows = [private("visit:1"), private("visit:1", "phone"), private("visit:2"), private("visit:3")]
    await journal.append("main", 0, entries("A"), rows)
    await journal.append("east", 0, entries("A"), [("east", *private()[1:])])

    assert await journal.erase_private("main", ["visit:1", "visit:3", "visit:4"]) == 3

    assert await journal.private_of("main", "visit:1") == []
    assert await all_private(journal) == [("east", *private()[1:]), private("visit:2")]
    assert await journal.clear_log()


async def test_a_failed_append_keeps_what_was_there_before(journal, tmp_path):
    """In memory by order, on disk because there is no room."""
    await journal.append("main", 0, entries("A"), [private(value=b"first")])
    failing: Journal = journal
    if isinstance(journal, MemoryJournal):
        journal.fail_next(JournalFull("full", path="the disk"))
    else:
        failing = await open_sqlite(tmp_path / "small.db", max_pages=20)
        await failing.append("main", 0, entries("A"), [private(value=b"first")])

    large = [entry(data=bytes(100_000))]
    with pytest.raises(JournalFull):
        await failing.append("main", 1, large, [private(value=b"other"), private("visit:2")])

    assert await all_private(failing) == [private(value=b"first")]
    assert await types(failing, "main") == ["A"]
    await failing.close()


# --- The outbox ------------------------------------------------------------------------------


def tried(notice="1.0.soon", state="waiting", at=MONDAY_NINE, branch="main"):
    return OutboxRow(branch, notice, state, "unreachable", 1, at + 60_000, at)


async def test_the_outbox_keeps_the_last_that_was_tried_of_each_notice(journal):
    await journal.put_outbox([tried(), tried("2.0.soon"), tried(branch="east")])

    await journal.put_outbox([tried(state="sent", at=MONDAY_NINE + 1)])

    assert await journal.outbox_of("main") == [
        tried(state="sent", at=MONDAY_NINE + 1),
        tried("2.0.soon"),
    ]
    assert await journal.outbox_of("east") == [tried(branch="east")]
    assert await journal.outbox_of("west") == []


async def test_notices_that_are_not_wanted_any_more_are_forgotten(journal):
    await journal.put_outbox([tried(), tried("2.0.soon"), tried(branch="east")])

    await journal.forget_outbox("main", ["1.0.soon", "9.0.soon"])

    assert await journal.outbox_of("main") == [tried("2.0.soon")]
    assert await journal.outbox_of("east") == [tried(branch="east")]


async def test_old_notices_are_deleted_however_many_there_are(journal):
    old = [tried(f"{n}.0.soon", "sent", at=n) for n in range(PURGE_ROWS + 1)]
    await journal.put_outbox([*old, tried("new")])

    assert await journal.purge_outbox(PURGE_ROWS) == PURGE_ROWS + 1

    assert await journal.outbox_of("main") == [tried("new")]


async def test_a_bug_in_one_row_of_the_outbox_leaves_nothing_of_the_others(journal):
    with pytest.raises(AssertionError):
        await journal.put_outbox([tried(), tried("")])

    assert await journal.outbox_of("main") == []


async def test_the_outbox_is_no_part_of_the_chain(journal):
    head = await journal.append("main", 0, entries("A"))

    await journal.put_outbox([tried()])

    assert await journal.head("main") == head


# --- The end --------------------------------------------------------------------------------


async def test_a_closed_journal_says_so(journal):
    await journal.append("main", 0, entries("A"))
    following = asyncio.create_task(take(journal.follow("main"), 2))
    await asyncio.sleep(0)

    await journal.close()
    await journal.close()

    for asked in [
        journal.append("main", 1, entries("B")),
        journal.head("main"),
        types(journal, "main"),
        journal.command_spans("main", 0),
        journal.save_snapshot("main", Snapshot(1, "shape", b"")),
        journal.newest_snapshot("main", "shape"),
        journal.drop_snapshots("main"),
        journal.branches(),
        journal.has_room(),
        journal.private_of("main", "visit:1"),
        journal.private_subjects("main", [b"h"]),
        journal.private_page(),
        journal.replace_private([]),
        journal.purge_private(0),
        journal.erase_private("main", []),
        journal.clear_log(),
        journal.outbox_of("main"),
        journal.put_outbox([]),
        journal.forget_outbox("main", []),
        journal.purge_outbox(0),
        following,
    ]:
        with pytest.raises(JournalFailed) as refused:
            await asked
        assert refused.value.code == "closed"


async def test_what_was_asked_before_closing_is_still_written(journal):
    """Or plainly refused; never answered and then lost."""
    asked = [asyncio.create_task(journal.append(f"branch-{n}", 0, entries("A"))) for n in range(50)]
    await asyncio.sleep(0)
    await journal.close()

    for outcome in await asyncio.gather(*asked, return_exceptions=True):
        assert isinstance(outcome, Head | JournalFailed)


async def test_a_journal_that_can_write_no_more_says_so_and_why(journal, tmp_path):
    """In memory by order, on disk because somebody else has taken it over."""
    failing = asyncio.create_task(journal.failed())
    await journal.append("main", 0, entries("A"))
    assert not failing.done()
    if isinstance(journal, MemoryJournal):
        journal.fail_next(JournalFailed("taken_over", path="the journal"))
    else:
        with closing(sqlite3.connect(tmp_path / "lobby.db", isolation_level=None)) as other:
            other.execute("UPDATE journal SET instance = 'another'")

    with pytest.raises(JournalFailed):
        await journal.append("main", 1, entries("B"))

    async with asyncio.timeout(PATIENCE_SECONDS):
        assert (await failing).code == (await journal.failed()).code == "taken_over"


async def test_the_memory_journal_fails_once_when_told_to():
    journal = MemoryJournal()
    journal.fail_next(JournalFull("full", path="the disk"))

    with pytest.raises(JournalFull):
        await journal.append("main", 0, entries("A"))

    assert await types(journal, "main") == []
    await journal.append("main", 0, entries("A"))
