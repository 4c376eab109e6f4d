"""What these tests say often."""

from collections.abc import Callable
from typing import TypeAlias

from server.domain.commands import StepClock
from server.reports.day import figures
from server.reports.report import CounterTime, DayReport, Spread
from shared.protocol import StartService
from tests.server.domain.story import MINUTE, Story

Tell: TypeAlias = Callable[..., Story]


def report_of(story: Story) -> DayReport:
    """The report of the day so far, made from its journal."""
    return figures(story.history)


def minutes(spread: Spread) -> list[float]:
    """How often, and the mean in minutes: [2, 7.5]; with none of them [0]."""
    return [spread.n] if spread.mean_ms is None else [spread.n, spread.mean_ms / MINUTE]


def serve(story: Story, counter: int, called: str, started: str, finished: str) -> str:
    """A counter called the next one, began and finished at these times; the number."""
    story.at(called)
    number = story.call(counter)
    story.at(started)
    story.given(StartService, counter=counter)
    story.at(finished)
    story.finish(counter)
    return number


def time_at(story: Story, counter: int) -> CounterTime:
    return next(one.time for one in report_of(story).counters if one.counter == counter)


def spent(time: CounterTime) -> dict[str, float]:
    """What an open counter did, in minutes; what it did not do is left out."""
    parts = ("calling", "serving", "wrap_up", "idle_waiting", "idle_alone")
    assert time.open_ms == sum(getattr(time, f"{part}_ms") for part in parts)
    return {part: ms / MINUTE for part in parts if (ms := getattr(time, f"{part}_ms"))}


def until(story: Story, time: str) -> None:
    """Something happens at that time that no counter has to do with."""
    story.at(time)
    story.given(StepClock, by_ms=1)
