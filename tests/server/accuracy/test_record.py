"""What was told is kept with what then happened, over a kill and whatever happens to the file."""

import sqlite3
from contextlib import closing

from server.accuracy import rows
from server.accuracy.shown import End, Taken
from server.accuracy.store import Looked, open_record, reading
from tests.server.accuracy.told_ranges import DAY, a_range, a_record, keep, ms


async def summed(record, first=DAY, last=DAY):
    """The sums by kind."""
    found = await record.sums("main", first, last)
    return {one.kind: one for one in found.sums}


async def test_a_wait_within_its_range_is_counted_and_covered():
    async with a_record() as record:
        await keep(record, [a_range(1)], [End(1, "called", ms(15))])

        told = (await summed(record))["first"]

    assert (told.shown, told.counts, told.covered) == (1, 1, 1)
    assert (told.due, told.in_time) == (1, 1)
    assert (told.error, told.bias, told.wait) == (0, 0, 15)


async def test_a_wait_beyond_its_range_and_its_latest_time_is_a_miss_of_both():
    async with a_record() as record:
        await keep(record, [a_range(1)], [End(1, "called", ms(26))])

        told = (await summed(record))["first"]

    assert (told.counts, told.covered, told.due, told.in_time) == (1, 0, 1, 0)
    assert (told.error, told.bias) == (11, -11)


async def test_whoever_leaves_early_says_nothing_and_whoever_leaves_late_was_told_wrong():
    async with a_record() as record:
        ended = [End(1, "left", ms(12)), End(2, "left", ms(22)), End(3, "left", ms(26))]
        await keep(record, [a_range(1), a_range(2), a_range(3)], ended)

        told = (await summed(record))["first"]

    assert (told.left, told.counts, told.covered) == (3, 2, 0)
    assert (told.due, told.in_time, told.called) == (1, 0, 0)


async def test_a_call_that_was_taken_back_leaves_the_wait_open():
    async with a_record() as record:
        await keep(record, [a_range(1)], [End(1, "called", ms(15)), End(1, None, ms(16))])
        before = (await summed(record))["first"]
        await keep(record, [], [End(1, "called", ms(18))])

        told = (await summed(record))["first"]

    assert (before.open, before.counts) == (1, 0)
    assert (told.open, told.wait) == (0, 18)


async def test_what_was_shown_after_the_end_is_a_wait_of_its_own():
    async with a_record() as record:
        await keep(record, [a_range(1)], [End(1, "changed", ms(5))])
        await keep(record, [a_range(1, at=6, first=False)], [End(1, "called", ms(20))])

        told = await summed(record)

    assert (told["first"].changed, told["first"].counts) == (1, 0)
    assert (told["again"].called, told["again"].wait) == (1, 14)


async def test_what_stood_for_the_next_counts_from_when_somebody_took_a_number():
    async with a_record() as record:
        taken = Taken(DAY, "A", "ordinary", 7, ms(3))
        later = Taken(DAY, "A", "ordinary", 8, ms(4))
        await keep(record, [a_range(None, first=False), taken, later])
        await keep(record, [], [End(7, "called", ms(18)), End(8, "called", ms(50))])

        told = (await summed(record))["next"]

    assert (told.called, told.wait, told.due) == (1, 15, 0)


async def test_what_nobody_took_a_number_for_is_shown_and_no_more():
    async with a_record() as record:
        await keep(record, [a_range(None, first=False)])

        told = (await summed(record))["next"]

    assert (told.shown, told.open, told.counts) == (1, 0, 0)


async def test_what_was_written_is_there_after_a_kill(tmp_path):
    path = tmp_path / "waits.sqlite"
    killed = await open_record(path)
    await keep(killed, [a_range(1), a_range(2)], [End(1, "called", ms(15))], seq=9)

    async with a_record(path) as record:
        looked = await record.looked("main")
        waiting = await record.waiting("main", DAY)
        told = (await summed(record))["first"]

    assert looked == Looked("epoch", 9)
    assert [first.visit for first, _ in waiting] == [2]
    assert waiting[0] == (a_range(2), a_range(2))
    assert (told.shown, told.covered) == (2, 1)
    await killed.close()


async def test_a_ticket_is_remembered_by_what_it_was_told_first_and_last():
    async with a_record() as record:
        first = a_range(1)
        last = a_range(1, at=5, low=20, high=40, first=False, slipped="counter_closed")
        await keep(record, [first, last])

        assert await record.waiting("main", DAY) == [(first, last)]


async def test_a_file_that_cannot_be_read_is_put_aside(tmp_path, caplog):
    path = tmp_path / "waits.sqlite"
    path.write_bytes(b"no database at all" * 100)

    async with a_record(path) as record:
        await keep(record, [a_range(1)])

    assert path.with_name("waits.sqlite.unreadable").read_bytes().startswith(b"no database")
    assert "begins anew" in caplog.text
    with reading(path) as db:
        assert rows.branches(db) == {"main": False}


async def test_nobody_else_may_read_the_file(tmp_path):
    path = tmp_path / "waits.sqlite"

    async with a_record(path):
        assert path.stat().st_mode & 0o077 == 0


async def test_old_days_are_forgotten_and_so_is_what_is_too_much(monkeypatch):
    monkeypatch.setattr(rows, "ROWS_MAX", 3)
    monkeypatch.setattr(rows, "PRUNED_ROWS", 2)
    async with a_record() as record:
        old = [a_range(n, day="2025-01-01") for n in range(3)]
        new = [a_range(n) for n in range(10, 15)]
        await keep(record, [*old, *new])

        forgotten = await record.prune("main", "2026-01-01")

        left = await record.sums("main", "2000-01-01", "2100-01-01")
    assert forgotten == 5
    assert [(one.day, one.shown) for one in left.sums] == [(DAY, 3)]


async def test_a_branch_without_a_record_has_none(tmp_path):
    path = tmp_path / "waits.sqlite"
    async with a_record(path) as record:
        assert await record.looked("main") is None
        assert await record.waiting("main", DAY) == []
    with closing(sqlite3.connect(path)) as db:
        assert rows.last_day(db, "main") == rows.NO_DAY
