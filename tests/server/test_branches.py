"""Commands become decisions: durable before anyone hears of them, done once however often sent."""

import asyncio
import logging
import random
from collections import Counter as Count

import msgspec
import pytest

from server.answers import RECENT_MAX, Answers, id_of, key_of
from server.batch import CommandFailed, Unanswerable
from server.clock import SystemClock
from server.domain.commands import MarkRehearsal, StepClock
from server.domain.refusals import (
    BranchStopped,
    Busy,
    CommandReused,
    DayChanged,
    NobodyWaiting,
    Refusal,
)
from server.domain.state import Actor
from server.domain.timers import TICK_MS
from server.hub import Outbox
from server.journal.contract import CommandSpan, Entry, JournalFailed, JournalFull
from server.journal.memory import MemoryJournal
from server.journal.sqlite import open_sqlite
from server.runner import BATCH_MAX, REST_MS, WAITING_MAX, RehearsalMismatch
from shared.protocol import Accepted, CloseDay
from shared.testing import ManualClock
from tests.server.one_branch import (
    DAY,
    HEAD,
    KIOSK,
    SlowJournal,
    branch_config,
    call,
    finish,
    new_id,
    newest_snapshot,
    next_view,
    open_counter,
    rows,
    running,
    running_all,
    start,
    take,
    take_anyway,
    take_tickets,
    teller,
    types,
)


def full():
    return JournalFull("full", path="the disk")


def failed():
    return JournalFailed("io_error", path="the disk", detail="broken")


class UnreadableJournal(MemoryJournal):
    """A journal that cannot be read as often as it is told."""

    def __init__(self):
        super().__init__()
        self.unreadable, self.error = 0, full

    async def read(self, branch, after=0, upto=None):
        if self.unreadable:
            self.unreadable -= 1
            raise self.error()
        async for row in super().read(branch, after, upto):
            yield row


class FullJournal(MemoryJournal):
    """A journal on a disk that is full as long as it is told, and which counts the tries."""

    def __init__(self):
        super().__init__()
        self.is_full, self.tried = False, 0

    async def append(self, branch, expected_seq, entries, private_rows=()):
        self._try()
        return await super().append(branch, expected_seq, entries, private_rows)

    async def has_room(self):
        self.tried += self.is_full
        return not self.is_full

    def _try(self):
        self.tried += self.is_full
        if self.is_full:
            raise full()


async def soon(*coroutines):
    """Begin these, in this order, and let them come as far as they can by themselves."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    for _ in range(10):
        await asyncio.sleep(0)
    return tasks


async def outcomes(*coroutines):
    """What these, begun together, return or raise."""
    return await asyncio.gather(*coroutines, return_exceptions=True)


# --- Durable first ---------------------------------------------------------------------------


async def test_nothing_is_answered_or_shown_before_it_is_durable():
    journal, early, late = SlowJournal(), Outbox(), Outbox()
    async with running(journal) as runner:
        runner.listen("BoardView", early)
        assert (await next_view(early)).line == ()
        journal.hold()

        [taking] = await soon(runner.submit(take(), KIOSK))
        runner.listen("DisplayView", late)
        [seeing] = await soon(next_view(late))
        assert not taking.done()
        assert not seeing.done()
        assert runner.published.visits == range(1, 1)

        journal.let_go()
        assert (await taking).number == "A001"
        assert [ticket.number for ticket in (await next_view(early)).line] == ["A001"]
        assert (await seeing).seq == (await taking).seq == runner.published.seq
        assert runner.published.visits == range(1, 2)


async def test_the_answer_comes_after_the_view_that_shows_it():
    outbox = Outbox()
    async with running(MemoryJournal()) as runner:
        runner.listen("KioskView", outbox)
        await outbox.next()

        answer = await runner.submit(take(), KIOSK)
        outbox.reply(b"the answer")

        assert (await next_view(outbox)).seq == answer.seq
        assert await outbox.next() == b"the answer"


async def test_whatever_waits_is_written_in_one_go_and_decided_in_turn():
    journal = SlowJournal()
    async with running(journal) as runner:
        await open_counter(runner, 1)
        await open_counter(runner, 2)
        await take_tickets(runner, 1)
        journal.appends = 0

        commands = [(call(1), teller(1)), (call(2), teller(2)), (take(), KIOSK)]
        first, second, third = await asyncio.gather(*(runner.submit(*one) for one in commands))

        assert first.number == "A001"
        assert second == NobodyWaiting()
        assert third.number == "A002"
        assert journal.appends == 1


async def test_fifty_counters_that_call_at_once_never_call_the_same_ticket(tmp_path):
    journal = await open_sqlite(tmp_path / "journal.sqlite")
    config, counters = branch_config(counters=50), range(1, 51)
    async with running(journal, config=config) as runner:
        await asyncio.gather(*(open_counter(runner, counter) for counter in counters))
        taken = await asyncio.gather(*(runner.submit(take(), KIOSK) for _ in range(400)))

        async def work(counter):
            called: list[str] = []
            while True:
                answer = await runner.submit(call(counter), teller(counter))
                if answer == NobodyWaiting():
                    return called
                called.append(answer.number)
                await runner.submit(start(counter), teller(counter))
                await runner.submit(finish(counter), teller(counter))

        called = [n for numbers in await asyncio.gather(*map(work, counters)) for n in numbers]

    assert len({answer.number for answer in taken}) == 400
    assert sorted(called) == sorted(answer.number for answer in taken)
    await journal.close()


async def test_the_journal_names_who_did_it_and_the_day_it_belongs_to():
    journal = MemoryJournal()
    async with running(journal) as runner:
        ticket = take()
        await runner.submit(ticket, KIOSK)
        await runner.submit(CloseDay(id=new_id(), day=DAY, leftovers=True), HEAD)

    written = {row.type: row for row in await rows(journal)}
    assert id_of(written["TicketTaken"].command_id) == ticket.id
    assert written["TicketTaken"].actor == '{"role":"kiosk","station":"kiosk-1"}'
    assert written["DayOpened"].actor == '{"role":"clock"}'
    assert written["BranchConfigured"].day == ""
    assert {written[t].day for t in ("DayOpened", "TicketTaken", "DayClosed")} == {DAY}


# --- Repeats ---------------------------------------------------------------------------------


async def test_a_command_sent_five_times_takes_one_ticket_and_gets_five_equal_answers():
    journal, ticket = SlowJournal(), take()
    async with running(journal) as runner:
        journal.hold()
        same_batch = await soon(runner.submit(ticket, KIOSK), runner.submit(ticket, KIOSK))
        await journal.writing.wait()
        [in_flight] = await soon(runner.submit(ticket, KIOSK))
        journal.let_go()
        answers = [*await asyncio.gather(*same_batch), await in_flight]
        await take_tickets(runner, 2)
        answers.append(await runner.submit(ticket, KIOSK))
    async with running(journal) as runner:
        answers.append(await runner.submit(ticket, KIOSK))

    assert answers == [answers[0]] * 5
    assert answers[0].number == "A001"
    assert (await types(journal)).count("TicketTaken") == 3


async def test_a_command_that_left_several_events_is_answered_again_after_a_restart():
    journal, close = MemoryJournal(), CloseDay(id=new_id(), day=DAY, leftovers=True)
    async with running(journal) as runner:
        await take_tickets(runner, 3)
        first = await runner.submit(close, HEAD)
    async with running(journal) as runner:
        again = await runner.submit(close, HEAD)

    assert again == first
    assert (await types(journal)).count("DayClosed") == 1


async def test_calling_twice_in_a_hurry_is_one_call_and_each_repeat_gets_its_own_answer():
    journal, first, second = MemoryJournal(), call(), call()
    async with running(journal) as runner:
        await open_counter(runner)
        await take_tickets(runner, 2)

        answers = [await runner.submit(command, teller(1)) for command in (first, second)]
        repeats = [await runner.submit(command, teller(1)) for command in (first, second)]

    assert [answer.number for answer in answers] == ["A001", "A001"]
    assert [answer.visit for answer in answers] == [1, 1]
    assert repeats == answers
    assert (await types(journal)).count("TicketCalled") == 1


async def test_a_refused_command_stays_refused():
    command = call()
    async with running(MemoryJournal()) as runner:
        await open_counter(runner)
        assert await runner.submit(command, teller(1)) == NobodyWaiting()
        await take_tickets(runner, 1)

        assert await runner.submit(command, teller(1)) == NobodyWaiting()
        assert (await runner.submit(call(), teller(1))).number == "A001"


async def test_an_id_used_by_somebody_else_is_refused_also_after_a_restart():
    journal, ticket = MemoryJournal(), take("A")
    other_kiosk = Actor(role="kiosk", station="kiosk-2")
    async with running(journal) as runner:
        answer = await runner.submit(ticket, KIOSK)
        assert await runner.submit(ticket, other_kiosk) == CommandReused()

    async with running(journal) as runner:
        assert await runner.submit(ticket, other_kiosk) == CommandReused()
        assert await runner.submit(take("B", command_id=ticket.id), KIOSK) == CommandReused()
        assert await runner.submit(ticket, KIOSK) == answer


async def test_an_id_used_for_another_command_is_refused_on_its_way_and_afterwards():
    journal, ticket = SlowJournal(), take("A")
    other = take("B", command_id=ticket.id)
    async with running(journal) as runner:
        journal.hold()
        [taking] = await soon(runner.submit(ticket, KIOSK))
        assert await runner.submit(other, KIOSK) == CommandReused()
        journal.let_go()
        answer = await taking

        assert await runner.submit(other, KIOSK) == CommandReused()
        assert await runner.submit(ticket, KIOSK) == answer


async def test_yesterdays_command_sent_again_hears_that_the_day_has_changed():
    journal, clock, ticket = MemoryJournal(), ManualClock(), take()
    async with running(journal, clock) as runner:
        assert isinstance(await runner.submit(ticket, KIOSK), Accepted)
        clock.advance(hours=24)
        tomorrow = "2026-11-17"
        assert (await runner.submit(take(day=tomorrow), KIOSK)).number == "A001"

        assert await runner.submit(ticket, KIOSK) == DayChanged(tomorrow)


async def test_only_so_many_answers_are_kept_whole_and_older_ones_are_found_in_the_journal():
    answers, refused, oldest = Answers(), call(), take()
    answers.remember(key_of(refused, KIOSK), NobodyWaiting(), events=0)
    answers.remember(key_of(oldest, KIOSK), Accepted(id=oldest.id, seq=7), events=2)

    for seq in range(8, 8 + RECENT_MAX):
        command = take()
        answers.remember(key_of(command, KIOSK), Accepted(id=command.id, seq=seq), events=1)

    assert answers.to(key_of(refused, KIOSK)) is None
    assert answers.to(key_of(oldest, KIOSK)) == CommandSpan(key_of(oldest, KIOSK), 6, 7)
    assert answers.to(key_of(command, KIOSK)) == Accepted(id=command.id, seq=seq)


# --- Callers that go away --------------------------------------------------------------------


async def test_a_caller_that_goes_away_leaves_the_command_on_its_way():
    journal, ticket = SlowJournal(), take()
    async with running(journal) as runner:
        journal.hold()
        [taking] = await soon(runner.submit(ticket, KIOSK))
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
        journal.let_go()

        assert (await runner.submit(ticket, KIOSK)).number == "A001"
    assert (await types(journal)).count("TicketTaken") == 1


async def test_one_of_two_callers_that_goes_away_does_not_take_the_others_answer():
    journal, ticket = SlowJournal(), take()
    async with running(journal) as runner:
        journal.hold()
        first, second = await soon(runner.submit(ticket, KIOSK), runner.submit(ticket, KIOSK))
        first.cancel()
        journal.let_go()

        assert (await second).number == "A001"


async def test_a_storm_of_callers_that_go_away_loses_and_repeats_nothing(tmp_path, seed):
    chance = random.Random(seed)
    journal = await open_sqlite(tmp_path / "journal.sqlite")
    tickets = [take_anyway() for _ in range(300)]
    async with running(journal) as runner:

        async def impatient(ticket):
            for _ in range(chance.randint(0, 3)):
                taking = asyncio.create_task(runner.submit(ticket, HEAD))
                for _ in range(chance.randint(0, 20)):
                    await asyncio.sleep(0)
                taking.cancel()
            return await runner.submit(ticket, HEAD)

        answers = await asyncio.gather(*map(impatient, tickets))

    assert sorted(answer.number for answer in answers) == [f"A{n:03}" for n in range(1, 301)]
    counted = Count(
        id_of(row.command_id) for row in await rows(journal) if row.type == "TicketTaken"
    )
    assert counted == Count(ticket.id for ticket in tickets)
    await journal.close()


# --- Too much --------------------------------------------------------------------------------


async def test_more_commands_than_may_wait_are_told_to_come_again():
    journal = SlowJournal()
    async with running(journal) as runner:
        journal.hold()
        [first] = await soon(runner.submit(take(), KIOSK))
        await journal.writing.wait()
        many = await soon(*(runner.submit(take(), KIOSK) for _ in range(WAITING_MAX)))

        refused = take()
        assert await runner.submit(refused, KIOSK) == Busy()
        journal.let_go()
        await asyncio.gather(first, *many)

        assert isinstance(await runner.submit(refused, KIOSK), Refusal | Accepted)
        assert await runner.submit(refused, KIOSK) != Busy()


# --- A journal that fails --------------------------------------------------------------------


async def test_a_full_disk_changes_nothing_and_is_over_when_there_is_room():
    journal, clock, outbox = MemoryJournal(), ManualClock(), Outbox()
    ticket = take()
    async with running(journal, clock) as runner:
        await take_tickets(runner, 1)
        runner.listen("BoardView", outbox)
        before = await next_view(outbox)
        journal.fail_next(full())

        assert await runner.submit(ticket, KIOSK) == Busy()
        assert not runner.stopped
        assert runner.published.seq == before.seq
        assert (await next_view(outbox)).read_only
        assert await runner.submit(ticket, KIOSK) == Busy()

        clock.advance(seconds=REST_MS / 1000)
        answer = await runner.submit(ticket, KIOSK)
        assert answer.number == "A002"
        assert [t.number for t in (await next_view(outbox)).line] == ["A001", "A002"]


async def test_a_full_disk_is_said_on_every_screen_and_so_is_its_end_with_nobody_asking():
    journal, clock, outbox, late = MemoryJournal(), ManualClock(), Outbox(), Outbox()
    async with running(journal, clock) as runner:
        runner.listen("BoardView", outbox)
        assert not (await next_view(outbox)).read_only
        journal.fail_next(full())

        await runner.submit(take(), KIOSK)
        runner.listen("DisplayView", late)

        assert runner.read_only
        assert (await next_view(outbox)).read_only
        assert (await next_view(late)).read_only
        await clock.asleep()
        clock.advance(seconds=REST_MS / 1000)
        assert not (await next_view(outbox)).read_only
        assert not (await next_view(late)).read_only
        assert not runner.read_only


async def test_a_disk_that_stays_full_is_tried_once_a_second_and_said_once(caplog):
    journal, clock = FullJournal(), ManualClock()
    async with running(journal, clock) as runner:
        journal.is_full = True
        with caplog.at_level(logging.WARNING, "server.runner"):
            for _ in range(5):
                assert await runner.submit(take(), KIOSK) == Busy()
                await clock.asleep()
                clock.advance(seconds=REST_MS / 2000)
                assert await runner.submit(take(), KIOSK) == Busy()
                clock.advance(seconds=REST_MS / 2000)
            tried = journal.tried
            journal.is_full = False
            await soon()
            clock.advance(seconds=REST_MS / 1000)
            assert isinstance(await runner.submit(take(), KIOSK), Accepted)

    assert tried <= 6
    said = [r.levelname for r in caplog.records if r.name == "server.runner"]
    assert said == ["ERROR", "WARNING"]


async def test_a_disk_too_full_to_be_read_is_said_with_the_last_true_picture():
    journal, clock, outbox = UnreadableJournal(), ManualClock(), Outbox()
    async with running(journal, clock) as runner:
        await take_tickets(runner, 1)
        runner.listen("BoardView", outbox)
        before = await next_view(outbox)
        journal.fail_next(full())
        journal.unreadable = 1

        assert await runner.submit(take(), KIOSK) == Busy()

        assert await next_view(outbox) == msgspec.structs.replace(before, read_only=True)


async def test_on_a_full_disk_nobody_waits_for_one_failure_after_the_other():
    journal = SlowJournal()
    async with running(journal) as runner:
        journal.appends = 0
        journal.hold()
        [first] = await soon(runner.submit(take(), KIOSK))
        many = await soon(*(runner.submit(take(), KIOSK) for _ in range(BATCH_MAX * 2)))
        journal.fail_next(full())
        journal.let_go()

        answers = await asyncio.gather(first, *many)

        assert set(answers) == {Busy()}
        assert journal.appends == 1


async def test_a_refusal_that_stood_on_a_failed_write_is_none():
    journal, clock = MemoryJournal(), ManualClock()
    async with running(journal, clock) as runner:
        await open_counter(runner, 1)
        await open_counter(runner, 2)
        await take_tickets(runner, 1)
        journal.fail_next(full())
        commands = [(call(1), teller(1)), (call(2), teller(2))]

        answers = await asyncio.gather(*(runner.submit(*one) for one in commands))
        clock.advance(seconds=REST_MS / 1000)
        second = await runner.submit(*commands[1])

        assert answers == [Busy(), Busy()]
        assert second.number == "A001"


async def test_the_clock_does_its_work_when_the_disk_has_room_again():
    journal, clock, outbox = MemoryJournal(), ManualClock(), Outbox()
    async with running(journal, clock) as runner:
        runner.listen("KioskView", outbox)
        assert (await next_view(outbox)).day == DAY
        await clock.asleep()
        journal.fail_next(full())

        clock.advance(hours=11)  # the day ends
        assert (await next_view(outbox)).day == DAY
        await clock.asleep()
        clock.advance(seconds=REST_MS / 1000)

        assert (await next_view(outbox)).day is None


async def test_a_start_on_a_full_disk_is_made_up_for():
    journal, clock = MemoryJournal(), ManualClock()
    journal.fail_next(full())
    async with running(journal, clock) as runner:
        assert await runner.submit(take(), KIOSK) == Busy()
        assert await types(journal) == []

        clock.advance(seconds=REST_MS / 1000)
        assert (await runner.submit(take(), KIOSK)).number == "A001"
    assert (await types(journal))[:2] == ["BranchConfigured", "DayOpened"]


async def test_a_second_writer_stops_the_branch_and_takes_no_number_twice(caplog):
    journal, ticket = MemoryJournal(), take()
    async with running(journal) as runner, running(journal) as other:
        elsewhere = await other.submit(ticket, KIOSK)

        with caplog.at_level(logging.CRITICAL):
            here, new = await asyncio.gather(
                runner.submit(ticket, KIOSK), runner.submit(take(), KIOSK)
            )

        assert here == elsewhere
        assert new == BranchStopped()
        assert runner.stopped
        assert await runner.submit(take(), KIOSK) == BranchStopped()
        assert "second writer" in caplog.text
        assert (await other.submit(take(), KIOSK)).number == "A002"


async def test_a_journal_that_fails_stops_the_branch_and_everyone_waiting(caplog):
    journal = SlowJournal()
    async with running(journal) as runner:
        journal.hold()
        in_doubt = take()
        [taking] = await soon(runner.submit(in_doubt, KIOSK))
        waiting = await soon(runner.submit(take(), KIOSK), runner.ask(StepClock(by_ms=5_000)))
        journal.fail_next(failed())
        with caplog.at_level(logging.CRITICAL):
            journal.let_go()
            first, *others = await outcomes(taking, *waiting)

        # The first may be in the journal, nobody can say: a refusal would say that it is not.
        # And the second is better asked again than told that the system has stopped.
        assert [type(answer) for answer in (first, others[0])] == [Unanswerable] * 2
        assert others[1] == BranchStopped()
        for command in (in_doubt, take()):
            [again] = await outcomes(runner.submit(command, KIOSK))
            assert isinstance(again, Unanswerable)
        assert runner.stopped
        assert await runner.ask(StepClock(by_ms=5_000)) == BranchStopped()
        runner.listen("KioskView", Outbox())
        assert "has stopped" in caplog.text


async def test_a_branch_that_cannot_be_read_is_stopped_and_the_others_go_on(caplog):
    journal = MemoryJournal()
    damaged = Entry(day="", at=1, actor="{}", command_id="", type="?", data=b"{}")
    await journal.append("main", 0, [damaged])
    configs = [branch_config("main"), branch_config("second")]
    async with running_all(journal, configs) as branches:
        with caplog.at_level(logging.CRITICAL):
            main, second = await branches.runner("main"), await branches.runner("second")

        assert await main.submit(take(), KIOSK) == BranchStopped()
        assert (await second.submit(take(), KIOSK)).number == "A001"
        assert "cannot be loaded" in caplog.text


async def test_random_failures_and_resends_lose_and_repeat_nothing(seed):
    chance, journal, clock = random.Random(seed), MemoryJournal(), ManualClock()
    acknowledged: dict[str, Accepted] = {}
    async with running(journal, clock) as runner:
        for ticket in [take() for _ in range(200)]:
            if chance.random() < 0.2:
                journal.fail_next(full())
            for _ in range(chance.randint(1, 4)):
                answer = await runner.submit(ticket, KIOSK)
                if isinstance(answer, Accepted):
                    assert acknowledged.setdefault(ticket.id, answer) == answer
                else:
                    clock.advance(seconds=REST_MS / 1000)

    taken = [row for row in await rows(journal) if row.type == "TicketTaken"]
    assert [id_of(row.command_id) for row in taken] == list(acknowledged)
    numbers = [answer.number for answer in acknowledged.values()]
    assert numbers == [f"A{n:03}" for n in range(1, len(numbers) + 1)]


async def test_a_disk_so_full_that_it_cannot_even_be_read_is_waited_out():
    journal, clock = UnreadableJournal(), ManualClock()
    async with running(journal, clock) as runner:
        await take_tickets(runner, 1)
        journal.fail_next(full())
        journal.unreadable = 1

        assert await runner.submit(take(), KIOSK) == Busy()
        clock.advance(seconds=REST_MS / 1000)
        assert (await runner.submit(take(), KIOSK)).number == "A002"


async def test_a_repeat_that_cannot_be_read_for_want_of_room_is_told_to_come_again():
    journal, ticket = UnreadableJournal(), take()
    async with running(journal) as runner:
        first = await runner.submit(ticket, KIOSK)
    async with running(journal) as runner:
        journal.unreadable = 1

        assert await runner.submit(ticket, KIOSK) == Busy()
        assert await runner.submit(ticket, KIOSK) == first


async def test_a_repeat_whose_events_are_damaged_stops_the_branch(caplog):
    journal, ticket = UnreadableJournal(), take()
    async with running(journal) as runner:
        await runner.submit(ticket, KIOSK)
    async with running(journal) as runner:
        journal.unreadable, journal.error = 1, failed

        with caplog.at_level(logging.CRITICAL):
            assert await runner.submit(ticket, KIOSK) == BranchStopped()
        assert runner.stopped
        assert "has stopped" in caplog.text


async def test_what_was_acknowledged_before_a_real_disk_was_full_is_there_afterwards(tmp_path):
    small = await open_sqlite(tmp_path / "journal.sqlite", max_pages=60)
    clock, tickets = ManualClock(), [take_anyway() for _ in range(900)]
    answers: dict[str, Accepted | Refusal] = {}

    async def take_in_tens(runner):
        for n in range(0, len(tickets), 10):
            ten = tickets[n : n + 10]
            got = await asyncio.gather(*(runner.submit(ticket, HEAD) for ticket in ten))
            answers.update(zip((ticket.id for ticket in ten), got, strict=True))

    async with running(small, clock) as runner:
        await take_in_tens(runner)
    await small.close()
    acknowledged = {k: a for k, a in answers.items() if isinstance(a, Accepted)}
    assert 0 < len(acknowledged) < len(tickets)
    assert set(answers.values()) - set(acknowledged.values()) == {Busy()}

    roomy = await open_sqlite(tmp_path / "journal.sqlite")
    async with running(roomy, clock) as runner:
        await take_in_tens(runner)
    await roomy.close()

    assert acknowledged.items() <= answers.items()
    numbers = [a.number for a in answers.values() if isinstance(a, Accepted)]
    assert sorted(map(str, numbers)) == [f"A{n:03}" for n in range(1, 901)]


# --- Faults of ours --------------------------------------------------------------------------


async def test_a_decision_that_crashes_is_answered_by_nobody_and_harms_no_other(caplog):
    async with running(MemoryJournal()) as runner:
        await take_tickets(runner, 1)

        with caplog.at_level(logging.ERROR):
            # Asking for this in the middle of a day is a fault of the shell, and asserted.
            crashed, sound = await outcomes(
                runner.ask(MarkRehearsal()), runner.submit(take(), KIOSK)
            )

        assert isinstance(crashed, CommandFailed)
        assert sound.number == "A002"
        assert "MarkRehearsal" in caplog.text


async def test_a_crash_while_the_state_was_changing_leaves_no_trace(caplog):
    journal = MemoryJournal()
    async with running(journal) as runner:
        await take_tickets(runner, 1)
        length = len(await rows(journal))
        unwritable = msgspec.structs.replace(StepClock(by_ms=1), by_ms=object())

        with caplog.at_level(logging.ERROR):
            before, crashed, after = await outcomes(
                runner.submit(take(), KIOSK),
                runner.ask(unwritable),
                runner.submit(take(), KIOSK),
            )

        assert isinstance(crashed, CommandFailed)
        assert (before.number, after.number) == ("A002", "A003")
        assert (await types(journal))[length:] == ["TicketTaken", "TicketTaken"]
        assert runner.published.seq == length + 2
        assert "spoilt" in caplog.text


# --- Time ------------------------------------------------------------------------------------


async def test_the_day_opens_by_the_clock_with_nobody_there_to_ask():
    journal, clock, outbox = MemoryJournal(), ManualClock("2026-11-16T07:00"), Outbox()
    async with running(journal, clock) as runner:
        runner.listen("KioskView", outbox)
        assert (await next_view(outbox)).day is None
        await clock.asleep()
        assert clock.naps == [3600.0]

        clock.advance(hours=1)

        assert (await next_view(outbox)).day == DAY
    assert (await types(journal)) == ["BranchConfigured", "DayOpened"]


async def test_after_a_night_off_the_old_day_is_closed_and_then_the_new_one_opened():
    journal, clock = MemoryJournal(), ManualClock()
    async with running(journal, clock) as runner:
        await take_tickets(runner, 1)
    length = len(await rows(journal))

    clock.advance(hours=24)
    async with running(journal, clock) as runner:
        assert runner.published.day == "2026-11-17"

    assert (await types(journal))[length:] == [
        "BranchResumed",
        "TicketUnserved",
        "DayClosed",
        "DayOpened",
    ]
    days = [row.day for row in (await rows(journal))[length:]]
    assert days == [DAY, DAY, DAY, "2026-11-17"]


async def test_a_stream_of_commands_does_not_put_off_the_clock():
    clock = ManualClock("2026-11-16T16:59")
    async with running(MemoryJournal(), clock) as runner:
        closes = clock.now_ms() + 60_000
        while runner.published.day is not None:
            clock.advance(seconds=TICK_MS / 4_000)
            await runner.submit(call(), teller(1))

        assert closes <= clock.now_ms() <= closes + TICK_MS


async def test_what_is_due_comes_before_the_commands_that_came_later():
    journal, clock = MemoryJournal(), ManualClock()
    async with running(journal, clock) as runner:
        clock.advance(hours=24)

        answer = await runner.submit(take(day="2026-11-17"), KIOSK)

        assert answer.number == "A001"


async def test_a_wall_clock_that_steps_back_over_a_restart_takes_no_time_back():
    journal = MemoryJournal()
    async with running(journal, ManualClock("2026-11-16T11:00")) as runner:
        await take_tickets(runner, 1)
    async with running(journal, ManualClock("2026-11-16T10:00")) as runner:
        await take_tickets(runner, 1)

    instants = [row.at for row in await rows(journal)]
    assert instants == sorted(instants)


class Machine:
    """A machine whose clock can be set."""

    def __init__(self, clock):
        self.wall = clock.now_ms() * 1_000_000
        self.clock = SystemClock(lambda: self.wall, lambda: 0)

    def set_by(self, hours):
        self.wall += hours * 3_600_000_000_000


async def test_a_step_of_the_clock_is_recorded_once_and_followed_when_nobody_is_here():
    journal, machine = MemoryJournal(), Machine(ManualClock())
    async with running_all(journal, [branch_config()], machine.clock) as branches:
        runner = await branches.runner("main")
        await open_counter(runner)
        await take_tickets(runner, 1)
        began = machine.clock.now_ms()

        machine.set_by(hours=1)
        await branches.look_at_wall(machine.clock)
        await branches.look_at_wall(machine.clock)
        assert machine.clock.now_ms() == began
        assert (await types(journal)).count("ClockStepped") == 1

        for command in (call(), start(), finish()):
            await runner.submit(command, teller(1))
        await branches.look_at_wall(machine.clock)
        assert machine.clock.now_ms() == began + 3_600_000
        await branches.look_at_wall(machine.clock)
        assert (await types(journal)).count("ClockStepped") == 1


async def test_a_step_back_is_recorded_and_never_followed_and_so_is_its_correction():
    journal, machine = MemoryJournal(), Machine(ManualClock())
    async with running_all(journal, [branch_config()], machine.clock) as branches:
        await branches.runner("main")
        began = machine.clock.now_ms()

        for hours in (-1, 1):
            machine.set_by(hours)
            await branches.look_at_wall(machine.clock)
            await branches.look_at_wall(machine.clock)

        assert machine.clock.now_ms() == began
        assert (await types(journal)).count("ClockStepped") == 2


# --- Start and stop --------------------------------------------------------------------------


async def test_a_configuration_is_recorded_when_it_changes_and_only_then():
    journal = MemoryJournal()
    for counters in (2, 2, 3, 3):
        async with running(journal, config=branch_config(counters=counters)) as runner:
            assert len(runner.published.config.counters) == counters

    assert (await types(journal)).count("BranchConfigured") == 2


async def test_a_configuration_that_takes_away_what_is_in_use_waits_and_the_branch_runs(caplog):
    journal = MemoryJournal()
    async with running(journal, config=branch_config(counters=2)) as runner:
        await open_counter(runner, 2)

    with caplog.at_level(logging.WARNING):
        async with running(journal, config=branch_config(counters=1)) as runner:
            assert (await runner.submit(take(), KIOSK)).number == "A001"

    assert len(runner.published.config.counters) == 2
    assert "InUse" in caplog.text


async def test_a_server_that_comes_back_during_the_day_gives_calls_their_time_again():
    journal, clock = MemoryJournal(), ManualClock()
    async with running(journal, clock) as runner:
        await open_counter(runner)
        await take_tickets(runner, 1)
        await runner.submit(call(), teller(1))

    clock.advance(minutes=30)
    async with running(journal, clock) as runner:
        assert isinstance(await runner.submit(start(), teller(1)), Accepted)

    assert (await types(journal)).count("BranchResumed") == 1
    assert "TicketMissed" not in await types(journal)


async def test_a_rehearsal_is_marked_in_its_journal_before_anything_else_happens():
    journal = MemoryJournal()
    async with running(journal, rehearsal=True):
        pass
    async with running(journal, rehearsal=True):
        pass

    assert (await types(journal))[:3] == ["BranchConfigured", "RehearsalMarked", "DayOpened"]
    assert (await types(journal)).count("RehearsalMarked") == 1


@pytest.mark.parametrize(
    ("was", "words"), [(True, "with --rehearsal"), (False, "without --rehearsal")]
)
async def test_a_rehearsal_and_real_days_do_not_mix(was, words):
    journal = MemoryJournal()
    async with running(journal, rehearsal=was):
        pass

    with pytest.raises(RehearsalMismatch, match=words):
        async with running(journal, rehearsal=not was):
            pass


async def test_a_snapshot_is_kept_when_a_day_opens_and_every_two_thousand_events():
    journal = MemoryJournal()
    async with running(journal) as runner:
        await soon()
        opening = (await newest_snapshot(journal)).seq
        assert opening == runner.published.seq

        for service in "AB":
            many = (runner.submit(take_anyway(service), HEAD) for _ in range(990))
            await asyncio.gather(*many)
        await soon()
        assert (await newest_snapshot(journal)).seq == opening
        await open_counter(runner)
        for command in [call(), start(), finish()] * 7:
            await runner.submit(msgspec.structs.replace(command, id=new_id()), teller(1))
        await soon()
        snapshot = await newest_snapshot(journal)

    assert opening + 2_000 <= snapshot.seq < opening + 2_004


async def test_stopping_finishes_what_waits_and_takes_nothing_new():
    journal = SlowJournal()
    async with running(journal) as runner:
        journal.hold()
        waiting = await soon(*(runner.submit(take_anyway(), HEAD) for _ in range(600)))
        [stopping] = await soon(runner.stop())

        assert await runner.submit(take(), KIOSK) == Busy()
        assert await runner.ask(StepClock(by_ms=5_000)) == Busy()
        journal.let_go()
        await stopping

        answers = await asyncio.gather(*waiting)
        assert [answer.number for answer in answers] == [f"A{n:03}" for n in range(1, 601)]
        snapshot = await newest_snapshot(journal)
        assert snapshot.seq == (await journal.head("main")).seq


async def test_a_branch_is_started_once_however_many_ask_and_whoever_gives_up():
    journal = MemoryJournal()
    async with running_all(journal, [branch_config()]) as branches:
        first, second = await soon(branches.runner("main"), branches.runner("main"))
        first.cancel()

        assert await second is await branches.runner("main")
        assert (await types(journal)).count("BranchConfigured") == 1
        with pytest.raises(KeyError, match="nowhere"):
            await branches.runner("nowhere")


async def test_branches_do_not_see_each_other():
    journal, ticket = MemoryJournal(), take()
    configs = [branch_config("main"), branch_config("second")]
    async with running_all(journal, configs) as branches:
        main, second = await branches.runner("main"), await branches.runner("second")

        answers = [await runner.submit(ticket, KIOSK) for runner in (main, second)]

        assert [answer.number for answer in answers] == ["A001", "A001"]
        assert [len(await rows(journal, branch)) for branch in ("main", "second")] == [3, 3]
