"""Random business days: a branch nobody would set up, and a crowd that does what it likes.

A day is played from numbers alone: a shape (the configuration) and a list of moves. The crowd
looks at the branch and turns a move into the next command, plausible there or not; the day adds
what the server does by itself: waking up when asked to, being away, coming back. Numbers shrink
well: all zeros is the simplest branch, and a move of zeros does nothing. What must hold on such
days is left to the tests.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from msgspec.structs import replace

from server.domain import hours, views_pagers
from server.domain.apply import apply
from server.domain.commands import (
    AnyCommand,
    Configure,
    MarkRehearsal,
    NoteTerminal,
    Resume,
    StepClock,
    TimePassed,
)
from server.domain.configuration import (
    BALANCED,
    SIMPLE,
    Appointments,
    Bookable,
    BranchConfig,
    Calling,
    ChoiceConfig,
    CounterConfig,
    DayException,
    FieldConfig,
    Hours,
    HoursRule,
    LaneRule,
    Limits,
    MachineConfig,
    Preset,
    ServiceConfig,
    faults,
)
from server.domain.decide import decide
from server.domain.events import Event
from server.domain.free_slots import find
from server.domain.refusals import Refusal, Refused
from server.domain.state import CLOCK, Actor, Branch, Stamp, new_branch
from server.domain.timers import next_wakeup
from shared import protocol as p
from shared.private import said_of_a_person

T = TypeVar("T")

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
DIGITS_MAX = 2**24
"""One number to draw digits from; hypothesis draws larger ones small far too often."""
SHAPE_NUMBERS = 9
MOVES = 90
WAKEUPS_MAX = 30
"""More wake-ups in a row than a branch could ever need: beyond, it would never sleep again."""

COMMANDS: tuple[type[p.BranchCommand], ...] = get_args(p.Command)
KINDS: tuple[Any, ...] = (
    "rest",
    *["take"] * 44,
    *["work"] * 80,
    *["rate"] * 44,
    *["page"] * 6,
    *[p.ClearMessage, p.AddTransaction, p.UndoAction] * 2,
    *["appoint"] * 20,
    *["again"] * 4,
    "time",
    "resume",
    "step",
    *["configure"] * 2,
    *COMMANDS,
    *[p.StepBack] * 4,
    *[p.EndStepBack] * 3,
    *[p.FillForm] * 4,
    *[p.TakeRemoteTicket] * 8,
    *["arrive"] * 4,
    *[p.CloseService, p.OpenService, p.OpenService, p.FinishAtMachine, p.FinishAtMachine],
    *[p.TakeUpRequest, p.EscalateRequest, p.CloseRequest],
    *[p.DivertToMachine, p.ReturnFromMachine, p.SignOnDuty, p.HandOverDuty],
)
"""What a move may be: mostly ordinary work, and every command now and then."""

WAITS = (
    *(0, 0, 0, 0, 1, 400, 1_000, 2_000, 3_000, 4_000, 5_000, 7_000, 9_999, 10_000, 10_001) * 3,
    *(12_000, 15_000, 20_000, 30_000, 40_000, 59_999, 60_000, 61_000, 90_000, 2 * MINUTE) * 2,
    *(3 * MINUTE, 4 * MINUTE, 5 * MINUTE, 7 * MINUTE, 10 * MINUTE, 15 * MINUTE),
    *(25 * MINUTE, 45 * MINUTE, 3 * HOUR),
)
ACTORS = (
    Actor(role="kiosk", station="kiosk-1"),
    Actor(role="teller", station="counter-1", staff="staff.1", counter=1),
    Actor(role="customer", visit=1),
    Actor(role="branch_head", station="board-1", staff="staff.2"),
    *(
        Actor(role=role, station="board-1", staff="staff.3")
        for role in get_args(p.Role)
        if role not in ("kiosk", "teller", "customer", "branch_head", "clock")
    ),
)
STAFF = ("staff.1", "staff.2", "staff.3")
NOWHERE = "nowhere"
MEANT_FOR = {
    "StepBack": "waiting",
    "EndStepBack": "waiting",
    "FillForm": "waiting",
    "PromoteTicket": "waiting",
    "ReassignTicket": "waiting",
    "DivertToMachine": "waiting",
    "ReturnFromMachine": "diverted",
    "FinishAtMachine": "diverted",
    "ReinstateTicket": "missed",
    "ResumeTicket": "parked",
}
"""The tickets a command is mostly tried on."""
IN_HAND = frozenset(
    "RecallTicket StartService FinishService MarkMissed ParkTicket TransferTicket AddTransaction"
    " ReturnTicket CloseAfterThis UndoAction".split()
)
"""Commands mostly tried at a counter with a ticket in hand."""


class Move(NamedTuple):
    """Some small numbers that the crowd makes something of."""

    kind: int
    wait: int
    who: int
    which: int
    how: int


Shape = tuple[int, ...]


class Digits:
    """Small choices out of large numbers; when those are used up, the first of everything."""

    def __init__(self, *numbers: int) -> None:
        self._rest = 0
        for number in reversed(numbers):
            self._rest = self._rest * DIGITS_MAX + number

    def __call__(self, n: int) -> int:
        self._rest, digit = divmod(self._rest, n)
        return digit

    def pick(self, options: Sequence[T]) -> T:
        return options[self(len(options))]

    def some(self, options: Sequence[T]) -> tuple[T, ...]:
        return tuple(option for option in options if self(2))


# --- Drawing a day ---------------------------------------------------------------------------

RANGES = (len(KINDS), len(WAITS), len(ACTORS), 64, DIGITS_MAX)
_small = [st.integers(0, n - 1) for n in RANGES]
moves = st.builds(Move, *_small)
shapes = st.tuples(*[st.integers(0, DIGITS_MAX - 1)] * SHAPE_NUMBERS)


def days(moves_min: int = MOVES // 2, moves_max: int = MOVES * 3 // 2) -> st.SearchStrategy:
    """A shape and its moves, for hypothesis to draw and to shrink."""
    return st.tuples(shapes, st.lists(moves, min_size=moves_min, max_size=moves_max))


def seeded(seed: int, count: int = MOVES) -> tuple[Shape, list[Move]]:
    """The same without hypothesis: always the same day for the same seed."""
    chance = random.Random(seed)
    shape = tuple(chance.randrange(DIGITS_MAX) for _ in range(SHAPE_NUMBERS))
    return shape, [Move(*map(chance.randrange, RANGES)) for _ in range(count)]


# --- A branch by chance ----------------------------------------------------------------------

SERVICES = ("cash", "cards", "wealth", "forex")
SERIES = ("A", "F", "L", "W")
COUNTERS = (1, 2, 3, 7, 12)
MACHINES = ("kiosk_a", "kiosk_b")
PLACES = (
    ("Asia/Shanghai", "2026-11-23"),
    ("Europe/Berlin", "2026-10-23"),  # summer time ends on the Sunday
    ("America/New_York", "2026-03-06"),  # and begins on the Sunday
)
WEEKDAYS: tuple[Any, ...] = ("mon", "tue", "wed", "thu", "fri")


def config_of(shape: Shape) -> BranchConfig:
    """A configuration by chance, and always a valid one."""
    d = Digits(*shape)
    zone, date = PLACES[d(3)]
    services = tuple(_service(n, d) for n in range(1 + d(4)))
    ids = [s.id for s in services]
    counters = tuple(_counter(number, ids, d) for number in COUNTERS[: 1 + d(5)])
    if not any(c.low for c in counters):
        counters = (replace(counters[0], low=True), *counters[1:])
    config = BranchConfig(
        id="main",
        name=p.Words(zh="支行", en="Branch"),
        time_zone=zone,
        duty_required=d(3) == 0,
        services=services,
        counters=counters,
        machines=tuple(MachineConfig(id=m, name=_words(m)) for m in MACHINES[: d(3)]),
        hours=_hours(ids, date, d),
        appointments=_appointments(d),
        calling=_calling(d),
        limits=_limits(d),
    )
    assert not faults(config)
    return config


def _words(text: str) -> p.Words:
    return p.Words(zh=f"{text}业务", en=f"The {text}")


FORM = (
    FieldConfig(id="why", label=p.Words(zh="用途", en="Purpose"), required=True, length_min=1),
    FieldConfig(id="sum", label=p.Words(zh="金额", en="Amount"), kind="number", least=1, most=9),
    FieldConfig(
        id="kind",
        label=p.Words(zh="币种", en="Currency"),
        kind="choice",
        choices=(ChoiceConfig(id="usd", label=p.Words(zh="美元", en="US dollar")),),
    ),
    FieldConfig(
        id="day",
        label=p.Words(zh="日期", en="Day"),
        kind="date",
        earliest_days=0,
        latest_days=30,
    ),
)
"""What two of three services ask of whoever waits."""


def _service(n: int, d: Digits) -> ServiceConfig:
    return ServiceConfig(
        id=SERVICES[n],
        series=SERIES[0] if d(6) == 5 else SERIES[n],
        name=_words(SERVICES[n]),
        usual_minutes=d.pick((6, 1, 25)),
        target_minutes=d.pick((20, 3)),
        keep_open=d(3) == 1,
        tickets_from=d.pick((None, None, "10:00")),
        tickets_until=d.pick((None, None, "16:00")),
        quota_per_day=d.pick((None, None, None, 6)),
        form=FORM if n % 3 else (),
        remote=n % 2 == 1,
        booking=d.pick(
            (
                None,
                Bookable(length_minutes=10, lead_minutes=0, share=1.0),
                Bookable(length_minutes=5, share=1.0),
            )
        ),
    )


def _counter(number: int, services: list[str], d: Digits) -> CounterConfig:
    return CounterConfig(
        id=number,
        name=p.Words(zh=f"{number}号窗口", en=f"Counter {number}"),
        services=d.some(services) or (services[d(len(services))],),
        when_idle=d.some(services) if d(2) else (),
        low=d(2) == 1,
        vip=d(4) == 3,
        care_first=d(4) == 3,
        elastic=d(4) == 3,
    )


def _hours(services: list[str], date: str, d: Digits) -> Hours:
    weekday = HoursRule(
        days=WEEKDAYS, opens="09:00", closes="17:00", tickets_from="08:45", tickets_until="16:45"
    )
    saturday = replace(weekday, days=("sat",), opens="09:30", services=(services[0],))
    always = HoursRule(
        days=(*WEEKDAYS, "sat", "sun"),
        opens="00:00",
        closes="24:00",
        tickets_from="00:00",
        tickets_until="24:00",
    )
    # Later rules win: the last service opens late.
    late = replace(weekday, opens="10:30", services=(services[-1],))
    holiday = DayException(date=date[:-2] + "24", like=d.pick((None, "sat")))
    return d.pick(
        (
            Hours(rules=(weekday, saturday)),
            Hours(rules=(weekday, saturday, late), exceptions=(holiday,)),
            Hours(day_opens="00:00", day_ends="24:00", rules=(always,)),
            Hours(day_opens="08:30", day_ends="17:00", rules=(weekday,)),
            Hours(),
        )
    )


def _calling(d: Digits) -> Calling:
    presets = {"simple": SIMPLE, "balanced": BALANCED, "by_chance": _preset(d)}
    return Calling(
        preset=d.pick(("balanced", "simple", "by_chance", "by_chance")),
        presets=presets,
        vip_ahead_one_in=d.pick((0, 0, 1, 2, 4)),
    )


def _appointments(d: Digits) -> Appointments:
    return Appointments(
        slot_minutes=d.pick((15, 5)),
        lead_minutes=d.pick((0, 30)),
        horizon_days=d.pick((1, 3)),
        hold_minutes=d.pick((8, 1)),
        buffer_every=d.pick((4, 0)),
        show_prior=d.pick(((10, 9), (10, 3))),
        early_minutes=d.pick((60, 1_440)),
        late_minutes=d.pick((10, 0)),
        missed_minutes=d.pick((15, 10)),
    )


def _preset(d: Digits) -> Preset:
    rules = [
        LaneRule(
            head_start_minutes=d.pick((0.0, 2.5, 5.0, 10.0, 40.0)),
            rate=d.pick((1.0, 1.5, 2.0, 3.0, 7.0)),
            escalate_minutes=d.pick((45.0, 25.0, 15.0, 3.0, 90.0)),
        )
        for _ in range(4)
    ]
    top = max(rule.head_start_minutes for rule in rules)
    ordinary, care, vip, appointment = (
        replace(rule, escalate_minutes=max(rule.escalate_minutes, top, 1.0)) for rule in rules
    )
    return Preset(ordinary=ordinary, care=care, vip=vip, appointment=appointment)


def _limits(d: Digits) -> Limits:
    return Limits(
        line_max=d.pick((2_000, 2_000, 9)),
        calls_min=d.pick((3, 1)),
        calls_gap_seconds=d.pick((10, 0)),
        call_expires_minutes=d.pick((5, 0, 1)),
        missed_kept_minutes=d.pick((60, 0, 5)),
        reinstate_places=d.pick((3, 0, 1)),
        reinstatements_max=d.pick((1, 0, 2)),
        hold_minutes=d.pick((15, 2)),
        step_backs_max=d.pick((3, 1)),
        undo_seconds=d.pick((60, 600)),
        transactions_max=d.pick((5, 2)),
        recent_calls=d.pick((12, 2)),
        messages_max=d.pick((5, 1)),
        line_alert=d.pick((12, 1, 3)),
        wait_alert_minutes=d.pick((20, 1)),
        idle_alert_seconds=d.pick((180, 0)),
        duty_grace_seconds=d.pick((60, 0)),
        rating_seconds=d.pick((20, 15, 120)),
        panel_silent_alert=d.pick((3, 1)),
        pager_confirm_seconds=d.pick((15, 0)),
        pager_return_seconds=d.pick((60, 0)),
    )


def changed(config: BranchConfig, d: Digits) -> BranchConfig:
    """The configuration with something about it changed, as an administrator would."""
    ids = [s.id for s in config.services]
    match d(8):
        case 0:
            new = replace(config, calling=_calling(d))
        case 1:
            new = replace(config, limits=_limits(d))
        case 2:
            new = _without_counter(config, d.pick(config.counters))
        case 3:
            new = _without_service(config, d.pick(config.services))
        case 4:
            more = [n for n in COUNTERS if config.counter(n) is None] or [99]
            new = replace(config, counters=(*config.counters, _counter(d.pick(more), ids, d)))
        case 5:
            counters = tuple(_counter(c.id, ids, d) for c in config.counters)
            new = replace(config, counters=counters, machines=())
        case 6:
            new = replace(config, hours=_hours(ids, "2026-11-24", d), duty_required=d(2) == 0)
        case _:
            new = config_of((d(DIGITS_MAX),) * SHAPE_NUMBERS)
    # A low counter and somebody for every service: nobody may be forgotten for ever.
    return config if faults(new) or not any(c.low for c in new.counters) else new


def _without_counter(config: BranchConfig, gone: CounterConfig) -> BranchConfig:
    return replace(config, counters=tuple(c for c in config.counters if c != gone))


def _without_service(config: BranchConfig, gone: ServiceConfig) -> BranchConfig:
    left = tuple(s for s in config.services if s != gone)
    ids = [s.id for s in left]
    counters = tuple(
        replace(
            c,
            services=tuple(s for s in c.services if s in ids) or tuple(ids[:1]),
            when_idle=tuple(s for s in c.when_idle if s in ids),
        )
        for c in config.counters
    )
    rules = tuple(
        replace(r, services=r.services and tuple(s for s in r.services if s in ids))
        for r in config.hours.rules
    )
    hours_left = replace(config.hours, rules=rules)
    return replace(config, services=left, counters=counters, hours=hours_left)


# --- The crowd -------------------------------------------------------------------------------


class Crowd:
    """Everybody who gives commands: it looks at the branch, and makes a command of a move."""

    def __init__(self) -> None:
        self._commands = 0
        self._last: tuple[AnyCommand, Actor] | None = None

    def next(self, branch: Branch, move: Move, now: int) -> tuple[AnyCommand, Actor] | None:
        """The next command and who gives it."""
        kind, d = KINDS[move.kind], Digits(move.how)
        if kind == "again":
            return self._again(d)
        command = self._command(branch, kind, move, now, d)
        if command is None:
            return None
        actor = ACTORS[move.who] if isinstance(command, p.BranchCommand) else CLOCK
        self._last = command, actor
        return self._last

    def _again(self, d: Digits) -> tuple[AnyCommand, Actor] | None:
        """The last one once more: the same, or by a second press."""
        if self._last is not None and d(2):
            command, actor = self._last
            if isinstance(command, p.BranchCommand):
                second: Any = replace(command, id=self._id())
                self._last = second, actor
        return self._last

    def _command(
        self, branch: Branch, kind: str | type[p.BranchCommand], move: Move, now: int, d: Digits
    ) -> AnyCommand | None:
        shell = {"time": TimePassed(), "resume": Resume(), "rest": None}
        if kind in shell:
            return shell[kind]
        if kind == "step":
            return self._from_outside(branch, d)
        if kind == "configure":
            return Configure(changed(branch.config, d))
        draft = Draft(branch, move, now, d, self._id())
        if isinstance(kind, type):
            return draft.of(kind)
        if branch.day is None:
            return draft.of(p.OpenDay, day=hours.local_date(branch.config, now))
        if kind == "rate":
            return draft.rating()
        if kind == "page":
            return draft.paging()
        if kind == "arrive":
            return draft.coming()
        if kind == "appoint":
            return draft.appointment()
        return draft.arrival() if kind == "take" else draft.work()

    def _from_outside(self, branch: Branch, d: Digits) -> AnyCommand:
        """The machine's clock jumps, or a counter's terminal goes or comes."""
        if d(2):
            return NoteTerminal(counter=1, silent=1 not in branch.silent)
        return StepClock(d.pick((-HOUR, HOUR, -3_000, 24 * HOUR)))

    def _id(self) -> str:
        self._commands += 1
        return f"command-{self._commands:012d}"


@cache
def _hints(kind: type[p.BranchCommand]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {name: hints[name] for name in kind.__struct_fields__}


class Draft:
    """One command in the making: a value for each of its fields, from the branch as it is."""

    def __init__(self, branch: Branch, move: Move, now: int, d: Digits, command_id: str) -> None:
        self._branch, self._move, self._now, self._d = branch, move, now, d
        self._command_id = command_id
        self._kind = ""

    def of(self, kind: type[p.BranchCommand], **fields: Any) -> Any:
        """A command of this kind; fields that are not given come by chance."""
        self._kind = kind.__name__
        for name, hint in _hints(kind).items():
            if name not in fields:
                fields[name] = self._field(kind, name, hint)
        return kind(**fields)

    def arrival(self) -> Any:
        """A customer who gets a number: by the kiosk, from the staff, or written by hand."""
        branch, day = self._branch, self._branch.day
        service = self._d.pick(branch.config.services).id
        assert day is not None
        if day.emergency and self._d(2):
            taken_at = max(day.opened_at, self._now - self._d.pick((0, MINUTE, HOUR)))
            served = self._d(2) == 1
            # On paper there are numbers of their own, or those that the kiosk would give next.
            follows = day.series.get(SERIES[0], 0) + self._d(3)
            number = f"{SERIES[0]}{follows:03d}" if self._d(2) else f"H{self._d(1000):03d}"
            return self.of(
                p.EnterHandwritten,
                number=number,
                service=service,
                taken_at=taken_at,
                counter=self._counter() if served else None,
                started_at=(taken_at + self._now) // 2 if served else None,
                finished_at=self._now if served else None,
            )
        today = day.hours.get(service)
        issuing = today and today.tickets_from <= self._now < today.tickets_until
        by_staff = not issuing or day.emergency
        return self.of(p.TakeTicket, service=service, reason="peak" if by_staff else None)

    def work(self) -> Any:
        """What a teller would do next at some counter."""
        counters = list(self._branch.counters.values())
        busy = [counter for counter in counters if counter.visit is not None]
        counters = busy if busy and self._d(2) else counters
        counter = counters[self._move.which % len(counters)]
        visit = self._branch.visits.get(counter.visit or 0)
        options: list[type[p.BranchCommand]]
        if counter.state == "closed":
            options = [p.OpenCounter]
        elif counter.state == "paused":
            options = [p.ResumeCounter, p.CloseCounter]
        elif visit is None:
            options = [p.CallNext] * 6 + [p.ResumeTicket, p.UndoAction, p.UndoAction]
        elif visit.state == "called":
            options = [p.StartService] * 7 + [p.MarkMissed] * 2
            options += [p.RecallTicket, p.ReturnTicket, p.UndoAction]
            options += [p.TransferTicket, p.CloseAfterThis]
        else:
            options = [p.FinishService] * 6 + [p.TransferTicket] * 2
            options += [p.AddTransaction, p.ParkTicket, p.UndoAction]
        kind = self._d.pick(options)
        if kind is p.FinishService and self._d(4) < 3:
            return self.of(kind, counter=counter.id, outcome="done", papers=())
        return self.of(kind, counter=counter.id)

    def appointment(self) -> Any:
        """What somebody who books, or has booked, would do next."""
        there = list(self._branch.appointments.values())
        held = [one for one in there if one.state == "held"]
        if held and self._d(3):
            instead = None if self._d(4) else self._visit()
            return self.of(p.BookAppointment, appointment=held[-1].id, visit=instead)
        to_come = [one for one in there if one.state in ("booked", "missed")]
        if to_come and self._d(2):
            one = to_come[self._move.which % len(to_come)]
            kinds: list[type[p.BranchCommand]] = [p.CheckIn] * 6
            kinds += [p.MoveAppointment, p.CancelAppointment, p.ConfirmAppointment]
            return self._about(self._d.pick(kinds), one.id)
        if held and self._d(4) == 3:
            return self.of(p.ReleaseSlot, appointment=held[-1].id)
        wishes = {} if self._d(4) == 3 else {"needs": (), "speaks": None}
        return self.of(p.HoldSlot, **wishes)

    def paging(self) -> Any:
        """What the base of the pagers would say next, or whoever hands one out."""
        called = [c for c in views_pagers.calls(self._branch) if not c.confirmed]
        if called and self._d(4) < 3:
            return self.of(p.ConfirmPagerCall, pager=called[0].pager, call=called[0].call)
        if self._branch.pagers and self._d(4) == 3:
            kinds: list[type[p.BranchCommand]] = [p.ReportPager, p.ReleasePager]
            return self.of(self._d.pick(kinds))
        return self.of(p.BindPager)

    def _about(self, kind: type[p.BranchCommand], appointment: int) -> Any:
        if kind is p.CheckIn:
            return self.of(kind, appointment=appointment, visit=None)
        return self.of(kind, appointment=appointment)

    def coming(self) -> Any:
        """Somebody who has taken a number from afar is here; or takes one."""
        away = [visit for visit in self._branch.waiting() if visit.absent]
        if not away or not self._d(3):
            return self.of(p.TakeRemoteTicket)
        visit = away[self._move.which % len(away)]
        return self.of(p.CheckIn, visit=visit.id, appointment=None)

    def rating(self) -> Any:
        """What a rating panel, or whoever was served, would say next."""
        asking = [c for c in self._branch.counters.values() if c.question is not None]
        rated = [v for v in self._branch.visits.values() if v.questions]
        if rated and (not asking or self._d(4) == 3):
            visit = rated[self._move.which % len(rated)]
            return self.of(p.RateVisit, visit=visit.id, question=visit.questions[-1])
        if not asking:
            return self.of(p.RateService)
        counter = asking[self._move.which % len(asking)]
        panel: list[type[p.BranchCommand]] = [p.ConfirmQuestion] * 2 + [p.RateService] * 3
        panel += [*[p.GiveRatingReason] * 3, p.RepeatQuestion]
        kind = self._d.pick(panel)
        if kind is p.RepeatQuestion:
            return self.of(kind, counter=counter.id)
        return self.of(kind, counter=counter.id, question=counter.question)

    def _field(self, kind: type[p.BranchCommand], name: str, hint: Any) -> Any:
        if get_origin(hint) in (Union, UnionType):
            options = [option for option in get_args(hint) if option is not NoneType]
            if self._d(2) == 0:
                return None
            return self._field(kind, name, options[0])
        if get_origin(hint) is Literal:
            return self._d.pick(get_args(hint))
        if get_origin(hint) is tuple and get_origin(get_args(hint)[0]) is Literal:
            choice = get_args(get_args(hint)[0])
            # None of them, mostly; one; or several.
            return self._d.pick(((), (), (self._d.pick(choice),), self._d.some(choice)))
        if hint is bool:
            # Whoever closes the day with people still here ends everything: not too often.
            return self._d(2) == 1 if kind is not p.CloseDay else self._d(6) == 5
        return getattr(self, f"_{name}")()

    def _slot(self) -> int:
        """A free time of some service, mostly the next one."""
        bookable = [s.id for s in self._branch.config.services if s.booking is not None]
        if not bookable:
            return self._now
        service = bookable[self._move.which % len(bookable)]
        query = p.FindSlots(id="q" * 16, service=service, days=2)
        free = [slot.at for slot in find(self._branch, query, self._now)] or [self._now]
        return free[self._d.pick((0, 0, 0, 1, 5)) % len(free)] + self._d.pick((0,) * 9 + (MINUTE,))

    def _appointment(self) -> int:
        return self._d.pick([*list(self._branch.appointments)[-6:], 999])

    def _link(self) -> str:
        return ""

    def _code(self) -> str:
        return ""

    def _digits(self) -> str:
        return ""

    def _amount(self) -> str:
        return self._d.pick(("", "80000"))

    # One for each field that is not a choice among words, by its name.

    def _id(self) -> str:
        return self._command_id

    def _day(self) -> str:
        today = hours.local_date(self._branch.config, self._now)
        open_day = self._branch.day.date if self._branch.day else today
        return "2020-01-01" if self._d(50) == 49 else open_day

    def _visit(self) -> int:
        state = MEANT_FOR.get(self._kind)
        meant = [v.id for v in self._branch.visits.values() if state in (v.state, None)]
        visits = meant if meant and self._d(4) < 3 else list(self._branch.visits)
        if not visits or self._d(50) == 49:
            return 2**40
        # The youngest first: those of the morning have long gone.
        return visits[-1 - self._move.which % len(visits)]

    def _number(self) -> str:
        visits = list(self._branch.visits.values())
        if not visits or self._d(3) == 2:
            return self._d.pick(("H001", "H002", "A001", "A002", "Z9"))
        return visits[-1 - self._move.which % len(visits)].number

    def _counter(self) -> int:
        counters = list(self._branch.counters.values())
        busy = [c for c in counters if c.visit is not None]
        if self._kind in IN_HAND and busy and self._d(4) < 3:
            counters = busy
        return 999 if self._d(50) == 49 else counters[self._move.which % len(counters)].id

    def _to_counter(self) -> int:
        return self._d.pick([*self._branch.counters, 999])

    def _service(self) -> str:
        bookable = [s.id for s in self._branch.config.services if s.booking is not None]
        if self._kind == "HoldSlot" and bookable:
            return bookable[self._move.which % len(bookable)]
        return self._d.pick([*(s.id for s in self._branch.config.services), NOWHERE])

    def _services(self) -> tuple[str, ...]:
        services = [s.id for s in self._branch.config.services]
        return self._d.some(services) or (self._d.pick([*services, NOWHERE]),)

    def _machine(self) -> str:
        return self._d.pick([*self._branch.machines, NOWHERE])

    def _pager(self) -> int:
        out = list(self._branch.pagers)
        return self._d.pick([*out, 9]) if self._kind != "BindPager" else 1 + self._d(4)

    def _call(self) -> int:
        called = [v.call for v in self._branch.visits.values() if v.state == "called" and v.call]
        return self._d.pick([*called, 999])

    def _staff(self) -> str:
        duty = self._branch.day.duty if self._branch.day else ()
        return self._d.pick((*duty, *STAFF))

    def _to(self) -> str:
        return self._d.pick(STAFF)

    def _alert(self) -> int:
        alerts = list(self._branch.day.alerts) if self._branch.day else []
        return self._d.pick([*alerts, 999])

    def _question(self) -> int:
        questions = list(self._branch.day.questions) if self._branch.day else []
        return self._d.pick([*questions[-6:], 999])

    def _request(self) -> int:
        return self._d.pick([*list(self._branch.requests)[-6:], 999])

    def _score(self) -> int:
        return 5 - self._d(5)

    def _message(self) -> int:
        messages = self._branch.day.messages if self._branch.day else []
        return self._d.pick([*(m.id for m in messages), 999])

    def _minutes(self) -> int:
        return self._d.pick((1, 5, 30, 60, 480))

    def _places(self) -> int:
        return self._d.pick((1, 2, 3, 10, 99))

    def _zh(self) -> str:
        return self._d.pick(("请注意", "长" * 200, "  "))

    def _en(self) -> str:
        return self._d.pick(("Attention", "l" * 200, ""))

    def _preset(self) -> str:
        return self._d.pick([*self._branch.config.calling.presets, NOWHERE])

    def _papers(self) -> tuple[str, ...]:
        return self._d.pick(((), ("身份证",), ("证" * 60,) * 20))

    def _answers(self) -> tuple[p.AnswerGiven, ...]:
        given = {"why": "留学", "sum": "5", "kind": "usd"}
        answers = tuple(p.AnswerGiven(field=f, value=v) for f, v in given.items())
        return self._d.pick((answers, answers, answers[:1], answers[1:], ()))

    def _name(self) -> str:
        return self._d.pick(("王小明", "", "J" * 60))

    def _phone(self) -> str:
        return self._d.pick(("138 0013 8000", "", "12"))

    def _mail(self) -> str:
        return self._d.pick(("", "", "wang@example.com"))

    def _note(self) -> str:
        return self._d.pick(("", "", "带了护照"))

    def _comment(self) -> str:
        return "等得久，办得快"

    def _until(self) -> int:
        offsets = (10 * MINUTE, MINUTE, 1, 2 * HOUR, 0, -MINUTE, 24 * HOUR)
        return self._now + self._d.pick(offsets)

    def _taken_at(self) -> int:
        return self._now - self._d.pick((HOUR, 10 * MINUTE, 0, 48 * HOUR, -MINUTE))

    def _started_at(self) -> int:
        return self._now - self._d.pick((5 * MINUTE, 0, 2 * HOUR))

    def _finished_at(self) -> int:
        return self._now - self._d.pick((MINUTE, 0, -1))


# --- The day ---------------------------------------------------------------------------------


class Step(NamedTuple):
    """What was decided about one command: events, or a refusal."""

    command: AnyCommand
    stamp: Stamp
    events: list[Event]
    refusal: Refusal | None

    def __str__(self) -> str:
        outcome = self.refusal or [type(event).__name__ for event in self.events]
        return f"{self.stamp.at} {self.stamp.actor.role}: {self.command} -> {outcome}"


class RandomDay:
    """A branch that lives through the moves; time never goes back."""

    def __init__(self, shape: Shape) -> None:
        d = Digits(*reversed(shape))
        self.config = config_of(shape)
        date = dict(PLACES)[self.config.time_zone]
        opens = d.pick(("08:50", "09:00", "00:00", "11:00", "16:40"))
        self.now = hours.instant(self.config, date, opens)
        self.branch = new_branch(self.config)
        self._rehearsal = d(8) == 7
        self._crowd = Crowd()

    def play(self, moves: Sequence[Move]) -> Iterator[Step]:
        """Every command of the day with what came of it, applied to the branch."""
        yield self._give(Configure(self.config), CLOCK)
        if self._rehearsal:
            yield self._give(MarkRehearsal(), CLOCK)
        yield from self._wake()
        for move in moves:
            yield from self._wait(WAITS[move.wait], away=move.how % 17 == 16)
            given = self._crowd.next(self.branch, move, self.now)
            if given is not None:
                yield self._give(*given)
                yield from self._wake()

    def _give(self, command: AnyCommand, actor: Actor) -> Step:
        command_id = command.id if isinstance(command, p.BranchCommand) else ""
        said = said_of_a_person(command) if isinstance(command, p.BranchCommand) else {}
        private = f"said-{self.now}" if said else ""
        answers = said if isinstance(command, p.FillForm) else {}
        stamp = Stamp(self.now, actor, command_id, private, answers=answers)
        try:
            events = decide(self.branch, command, stamp)
        except Refused as refused:
            return Step(command, stamp, [], refused.refusal)
        for event in events:
            apply(self.branch, event, stamp)
        return Step(command, stamp, events, None)

    def _wake(self) -> Iterator[Step]:
        """What the server does by itself: see to whatever is due."""
        for _ in range(WAKEUPS_MAX):
            wake = next_wakeup(self.branch, self.now)
            if wake is None or wake > self.now:
                return
            yield self._give(TimePassed(), CLOCK)
        raise AssertionError("the branch wants to be woken for ever")

    def _wait(self, ms: int, away: bool) -> Iterator[Step]:
        """Time passes; the server wakes up now and then, or was away and comes back."""
        until = self.now + ms
        if self.branch.day is None and ms >= MINUTE:
            # Nobody comes at night: on to the next morning.
            until = next_wakeup(self.branch, self.now) or self.now + 12 * HOUR
        if away and ms:
            self.now = until
            yield self._give(Resume(), CLOCK)
        while True:
            wake = next_wakeup(self.branch, self.now)
            if wake is None or wake > until:
                break
            # In strides when it is long, for there are ticks all the time.
            self.now = min(until, max(wake, self.now + ms // 2))
            yield self._give(TimePassed(), CLOCK)
            yield from self._wake()
            if self.now == until:
                break
        self.now = until
        yield from self._wake()
