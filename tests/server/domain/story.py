"""Given, when, then: tells what happens in a branch, in sentences a banker can check.

    story.open(1)
    story.take("A")
    story.at("09:05")
    story.when(CallNext, counter=1).then(like(TicketCalled, number="A001", counter=1))
    story.when(CallNext, counter=2).refused(CounterNotOpen(2))

`given` is for what leads up to the point and has to succeed; `when` is what the test is about,
and what becomes of it must be said. Between two times the clock does what the server would have
it do. Every event is written down and read again before it happens, and after the test the whole
journal is played into a second branch: `replays`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from server.config import DEFAULT_BRANCH
from server.domain import views
from server.domain.apply import apply
from server.domain.commands import AnyCommand, Configure, Resume, TimePassed
from server.domain.configuration import BranchConfig
from server.domain.decide import decide
from server.domain.events import Event, RatingAsked, TicketCalled, decode_event, encode_event
from server.domain.known import Known
from server.domain.refusals import Refusal, Refused
from server.domain.state import CLOCK, LIVE_STATES, Actor, Branch, Counter, Stamp, Visit, new_branch
from server.domain.timers import next_wakeup
from shared import protocol as p
from shared.config import load
from shared.private import bare, said_of_a_person

MONDAY = "2026-11-16"
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
STAFF = {
    "lobby_assistant": "zhao",
    "lobby_manager": "li",
    "operations_supervisor": "qian",
    "branch_head": "sun",
}
PASSES_MAX = 10
"""More wake-ups at one instant than a branch can need: beyond, it would never sleep again."""


class like:  # noqa: N801 - reads as a word of the sentence
    """An event, of which only these fields matter here."""

    def __init__(self, kind: type, /, **fields: Any) -> None:
        self._kind, self._fields = kind, fields

    def __eq__(self, other: object) -> bool:
        return type(other) is self._kind and all(
            getattr(other, name) == value for name, value in self._fields.items()
        )

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self._fields.items())
        return f"{self._kind.__name__}({fields}, ...)"


ASKED = like(RatingAsked)
"""The customer is asked how it was: when a service has been finished, by itself."""


class Outcome:
    """What became of a command: its events, or the refusal."""

    def __init__(self, command: AnyCommand, events: list[Event], refusal: Refusal | None) -> None:
        self.command, self.events, self.refusal = command, events, refusal
        self.checked = False

    def then(self, *expected: object) -> None:
        """These events and no others, in this order; none: nothing happened."""
        self.checked = True
        assert self.refusal is None, self.refusal
        assert self.events == list(expected)

    def refused(self, expected: Refusal) -> None:
        """Refused, with exactly this."""
        self.checked = True
        assert self.refusal == expected, (self.refusal, self.events)


class Story:
    """One branch from its first event on."""

    def __init__(self, config: BranchConfig, start: str) -> None:
        self.zone = ZoneInfo(config.time_zone)
        self.date = start[:10]
        self.now = self.moment(start)
        self.branch = new_branch(config)
        self.history: list[tuple[Event, Stamp]] = []
        self.known = Known()
        self.same: tuple[str, ...] = ()  # ids of persons with the telephone number that is said
        self._commands = 0
        self._last: Outcome | None = None
        self.given(Configure, config=config)
        self._time_passed()

    # --- Time ------------------------------------------------------------------------------------

    def moment(self, time: str) -> int:
        """The instant (ms) of "09:05", "09:05:30" or "2026-11-17 09:05" on the branch's wall."""
        text = time if len(time) > 8 else f"{self.date} {time}"
        local = datetime.fromisoformat(text).replace(tzinfo=self.zone)
        return round(local.timestamp() * SECOND)

    @property
    def clock(self) -> str:
        """The time on the branch's wall."""
        return str(datetime.fromtimestamp(self.now / SECOND, tz=self.zone).time())

    def at(self, time: str) -> None:
        """It is now that time, and everything due until then has been done."""
        self._until(self.moment(time))

    def later(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """So much later."""
        span = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        self._until(self.now + round(span.total_seconds() * SECOND))

    def away_until(self, time: str) -> None:
        """The server was down until then: nobody did anything meanwhile."""
        self.now = self.moment(time)
        self.date = str(datetime.fromtimestamp(self.now / SECOND, tz=self.zone).date())
        self.given(Resume)
        self._time_passed()

    def _until(self, target: int) -> None:
        assert target >= self.now, "time does not go back"
        while True:
            wake = next_wakeup(self.branch, self.now)
            if wake is None or wake > target:
                break
            self.now = wake
            self._time_passed()
        self.now = target
        self.date = str(datetime.fromtimestamp(target / SECOND, tz=self.zone).date())

    def _time_passed(self) -> None:
        for _ in range(PASSES_MAX):
            if not self.given(TimePassed):
                break
        wake = next_wakeup(self.branch, self.now)
        assert wake is None or wake > self.now, "the branch wants to be woken for ever"

    # --- Commands --------------------------------------------------------------------------------

    def when(self, kind: Any, /, *, by: str = "", station: str = "", **fields: Any) -> Outcome:
        """Somebody gives this command; say with `then` or `refused` what becomes of it."""
        assert self._last is None or self._last.checked, f"and then? {self._last.command}"
        self._last = self._give(kind, by, station, fields)
        return self._last

    def given(self, kind: Any, /, *, by: str = "", station: str = "", **fields: Any) -> list[Event]:
        """Somebody gave this command, and it took effect."""
        outcome = self._give(kind, by, station, fields)
        assert outcome.refusal is None, outcome.refusal
        return outcome.events

    def _give(self, kind: Any, by: str, station: str, fields: dict[str, Any]) -> Outcome:
        if isinstance(fields.get("visit"), str):
            fields["visit"] = self.visit(fields["visit"]).id
        if not issubclass(kind, p.BranchCommand):
            return self._decide(kind(**fields), Stamp(self.now, CLOCK))
        self._commands += 1
        command_id = f"command-{self._commands:08d}"
        command: Any = kind(**{"id": command_id, "day": self.date, **fields})
        assert p.decode_command(p.encode(command)) == command, "it could be sent"
        said = said_of_a_person(command)
        private = f"said-{self._commands}" if said else ""
        actor = _actor(command, by, station)
        answers = said if isinstance(command, p.FillForm) else {}
        stamp = Stamp(self.now, actor, command_id, private, self.same, answers)
        return self._decide(bare(command), stamp)

    def _decide(self, command: AnyCommand, stamp: Stamp) -> Outcome:
        try:
            events = decide(self.branch, command, stamp)
        except Refused as refused:
            return Outcome(command, [], refused.refusal)
        for event in events:
            self.happen(event, stamp)
        if events:
            check(self.branch)
        return Outcome(command, events, None)

    def happen(self, event: Event, stamp: Stamp | None = None) -> None:
        """The event takes place, as the journal holds it."""
        stamp = stamp or Stamp(self.now)
        written = decode_event(encode_event(event))
        assert written == event
        self.history.append((written, stamp))
        apply(self.branch, written, stamp)

    # --- Everyday commands -----------------------------------------------------------------------

    def take(self, service: str, *lanes: str, **fields: Any) -> str:
        """A customer took a number; the number."""
        (taken,) = self.given(p.TakeTicket, service=service, lanes=lanes, **fields)
        return taken.number  # type: ignore[union-attr]

    def open(self, *counters: int) -> None:
        """These counters opened."""
        for counter in counters:
            self.given(p.OpenCounter, counter=counter)

    def call(self, counter: int) -> str:
        """A counter called the next; the number."""
        events = self.given(p.CallNext, counter=counter)
        return next(event.number for event in events if isinstance(event, TicketCalled))

    def serve(self, counter: int) -> str:
        """A counter called the next and began to serve; the number."""
        number = self.call(counter)
        self.given(p.StartService, counter=counter)
        return number

    def finish(self, counter: int, **fields: Any) -> None:
        """A counter finished."""
        self.given(p.FinishService, counter=counter, **fields)

    def miss(self, counter: int) -> str:
        """A counter called three times in vain, 10 s apart, and gave up; the number."""
        visit = self.branch.visits[self.counter(counter).visit or 0]
        for _ in range(2):
            self.later(seconds=10)
            self.given(p.RecallTicket, counter=counter)
        self.later(seconds=10)
        self.given(p.MarkMissed, counter=counter)
        return visit.number

    # --- What there is ---------------------------------------------------------------------------

    def visit(self, number: str) -> Visit:
        """The visit that has, or last had, this number."""
        return [v for v in self.branch.visits.values() if v.number == number][-1]

    def state(self, number: str) -> str:
        """The state of a ticket."""
        return self.visit(number).state

    def counter(self, counter: int) -> Counter:
        """A counter."""
        return self.branch.counters[counter]

    def line(self, counter: int) -> list[str]:
        """The numbers a counter would call, in order."""
        return [ticket.number for ticket in self.feed(f"CounterView:{counter}").line]

    def ahead(self, number: str) -> int | None:
        """How many people the customer's own page says are ahead."""
        people: int | None = self.feed(f"TicketView:{self.visit(number).id}").people_ahead
        return people

    def alerts(self) -> list[str]:
        """The kinds of the alerts on the board."""
        return [alert.kind for alert in self.board.alerts]

    def alert(self, kind: str) -> p.AlertShown:
        """The one alert of that kind on the board."""
        (found,) = [alert for alert in self.board.alerts if alert.kind == kind]
        return found

    def service(self, service: str) -> p.ServiceShown:
        """A service as the display shows it."""
        return next(shown for shown in self.display.services if shown.id == service)

    def feed(self, feed: str) -> Any:
        """A view, as it is read from the wire."""
        view = views.build(self.branch, feed, self.now, self.known)
        return None if view is None else p.decode_from_server(p.encode(view))

    @property
    def board(self) -> p.BoardView:
        """What the lobby manager sees."""
        view: p.BoardView = self.feed("BoardView")
        return view

    @property
    def display(self) -> p.DisplayView:
        """What everybody sees."""
        view: p.DisplayView = self.feed("DisplayView")
        return view

    @property
    def kiosk(self) -> p.KioskView:
        """What the kiosk shows."""
        view: p.KioskView = self.feed("KioskView")
        return view

    # --- The end ---------------------------------------------------------------------------------

    def replays(self) -> None:
        """The journal, played into a second branch, makes the same state; so does a snapshot."""
        assert self._last is None or self._last.checked, f"and then? {self._last.command}"
        second = new_branch(BranchConfig(id="other", name=p.Words()))
        for event, stamp in self.history:
            apply(second, event, stamp)
        assert second == self.branch
        assert msgspec.json.decode(msgspec.json.encode(self.branch), type=Branch) == self.branch


def check(branch: Branch) -> None:
    """What must hold after every command, whatever the story."""
    here = {v.id: v for v in branch.visits.values() if v.state in LIVE_STATES}
    assert branch.live == {v.number: v.id for v in here.values()}, "one visit, one number"
    assert set(branch.line) == {v.id for v in here.values() if v.state == "waiting"}
    in_hand = {v.counter: v.id for v in here.values() if v.state in ("called", "serving")}
    assert in_hand == {c.id: c.visit for c in branch.counters.values() if c.visit is not None}
    for counter in branch.counters.values():
        assert counter.state == "open" or counter.visit is None, "nobody is left at a counter"
        assert not counter.closing or counter.visit is not None, "it closes after a ticket"


def _actor(command: p.BranchCommand, by: str, station: str) -> Actor:
    """Who usually gives this command, or the role that was named, or a person: "teller:anna"."""
    at = station.removeprefix("counter-") if station.startswith("counter-") else "0"
    counter = command.counter if isinstance(command, p.CounterCommand) else int(at)
    named, _, person = by.partition(":")
    role: Any = named or ("teller" if counter else "lobby_manager")
    staff = person or (f"teller{counter}" if role == "teller" else STAFF.get(role, ""))
    return Actor(role=role, station=station, staff=staff, counter=counter)


# --- The branch ----------------------------------------------------------------------------------


@cache
def _default_branch() -> BranchConfig:
    return load(DEFAULT_BRANCH, BranchConfig)


def a_branch(
    services: dict[str, dict[str, Any]] | None = None,
    counters: dict[int, dict[str, Any]] | None = None,
    hours: dict[str, Any] | None = None,
    calling: dict[str, Any] | None = None,
    limits: dict[str, Any] | None = None,
    **changes: Any,
) -> BranchConfig:
    """The default branch with some settings changed, such as services={"A": {...}}."""
    config = _default_branch()
    return replace(
        config,
        services=tuple(replace(s, **(services or {}).get(s.id, {})) for s in config.services),
        counters=tuple(replace(c, **(counters or {}).get(c.id, {})) for c in config.counters),
        hours=replace(config.hours, **(hours or {})),
        calling=replace(config.calling, **(calling or {})),
        limits=replace(config.limits, **(limits or {})),
        **changes,
    )
