"""Midnight in the middle of services: at the end of a month, of a year, on leap days, when clocks
change. Each business day begins its numbers once, and each ticket is counted on one day.
"""

import pytest
from msgspec.structs import replace

from server.domain.configuration import Hours, HoursRule
from server.domain.hours import WEEKDAYS
from server.journal.memory import MemoryJournal
from server.journal.upcast import stamp_of, to_event
from server.reports.day import figures
from shared.protocol import Accepted, CallNext, FinishService, OpenCounter, StartService, TakeTicket
from shared.testing import ManualClock
from tests.server.one_branch import KIOSK, branch_config, new_id, rows, running, teller

MINUTE, HOUR = 60_000, 3_600_000

ROUND_THE_CLOCK = Hours(
    day_opens="00:00",
    day_ends="24:00",
    rules=(
        HoursRule(
            days=WEEKDAYS,
            opens="00:00",
            closes="24:00",
            tickets_from="00:00",
            tickets_until="24:00",
        ),
    ),
)

NIGHTS = {
    "an ordinary night": ("2026-11-16", "2026-11-17", 24),
    "the end of a month": ("2026-11-30", "2026-12-01", 24),
    "the end of a year": ("2026-12-31", "2027-01-01", 24),
    "into a leap day": ("2028-02-28", "2028-02-29", 24),
    "out of a leap day": ("2028-02-29", "2028-03-01", 24),
    "no leap year": ("2027-02-28", "2027-03-01", 24),
    "clocks go forward": ("2027-03-28", "2027-03-29", 23),
    "clocks go back": ("2026-10-25", "2026-10-26", 25),
}


class Night:
    """A branch in Berlin that never closes, from an evening or a whole day before midnight on."""

    def __init__(self, begins, clock):
        self.day = begins
        self.clock = clock
        self.journal = MemoryJournal()
        self.config = replace(branch_config(), hours=ROUND_THE_CLOCK, time_zone="Europe/Berlin")
        self.numbers = {}

    async def live(self, hours):
        """An hour at a time; the server is started again after each, also within midnight's."""
        for _ in range(hours):
            async with running(self.journal, self.clock, config=self.config) as runner:
                self.runner = runner
                for _ in range(4):
                    await self._quarter()

    async def _quarter(self):
        self.clock.advance(minutes=15)
        for counter in (1, 2):
            await self._order(OpenCounter, teller(counter), counter=counter)
        for service in "AB":
            taken = await self._order(TakeTicket, KIOSK, service=service)
            assert isinstance(taken, Accepted), taken
            self.numbers.setdefault(self.runner.published.day, []).append(taken.number)
        for counter in (1, 2):
            for kind in (FinishService, CallNext, StartService):
                await self._order(kind, teller(counter), counter=counter)

    async def _order(self, kind, actor, **fields):
        """For the day that is open now: after midnight it is another one."""
        day = self.runner.published.day
        answer = await self.runner.submit(kind(id=new_id(), day=day, **fields), actor)
        if isinstance(answer, Accepted) or type(answer).__name__ != "DayChanged":
            return answer
        return await self._order(kind, actor, **fields)

    async def history(self):
        return [(to_event(row), stamp_of(row)) for row in await rows(self.journal)]


@pytest.mark.parametrize(("day", "tomorrow", "hours"), NIGHTS.values(), ids=NIGHTS)
async def test_a_branch_that_never_closes_turns_its_day_once_at_midnight(day, tomorrow, hours):
    clock = ManualClock(f"{day}T00:00", "Europe/Berlin")
    night = Night(day, clock)
    began = clock.now_ms()

    await night.live(hours + 2)

    history = await night.history()
    opened = [(e.day, stamp.at) for e, stamp in history if type(e).__name__ == "DayOpened"]
    closed = [(e.day, e.late) for e, _ in history if type(e).__name__ == "DayClosed"]
    assert [name for name, _ in opened] == [day, tomorrow]
    assert closed == [(day, False)]
    assert opened[1][1] == began + hours * HOUR

    assert set(night.numbers) == {day, tomorrow}
    for numbers in night.numbers.values():
        assert len(numbers) == len(set(numbers))
        assert numbers[:2] == ["A001", "B001"]
    assert len(night.numbers[tomorrow]) == 2 * 4 * 2 + 2

    reports = [figures(history, name) for name in (day, tomorrow)]
    assert [report.tickets.issued for report in reports] == [
        len(night.numbers[day]),
        len(night.numbers[tomorrow]),
    ]
    first = reports[0].tickets
    assert first.issued == first.done + first.left + first.given_up + first.unserved
    assert first.here == 0


@pytest.mark.parametrize("day", ["2027-03-28", "2026-10-25"], ids=["forward", "back"])
async def test_a_wait_over_the_hour_that_clocks_leave_out_or_repeat_is_as_long_as_it_was(day):
    clock = ManualClock(f"{day}T01:30", "Europe/Berlin")
    night = Night(day, clock)
    async with running(night.journal, clock, config=night.config) as night.runner:
        taken = await night._order(TakeTicket, KIOSK, service="A")
        clock.advance(minutes=130)
        await night._order(OpenCounter, teller(1), counter=1)
        await night._order(CallNext, teller(1), counter=1)
        await night._order(StartService, teller(1), counter=1)
        clock.advance(minutes=7)
        await night._order(FinishService, teller(1), counter=1)

    history = await night.history()
    [called] = [event for event, _ in history if type(event).__name__ == "TicketCalled"]
    assert called.visit == taken.visit
    assert called.why.waited_ms == 130 * MINUTE
    assert figures(history, day).work.serve.mean_ms == 7 * MINUTE
