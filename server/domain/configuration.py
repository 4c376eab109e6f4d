"""What a branch is: its services, counters, hours, calling presets and limits, as plain values.

Every number of the rules is here with its default. `faults` says what does not fit together;
reading files is left to `server/config.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct, field

from shared.protocol import (
    CounterId,
    DayName,
    FieldId,
    FieldKind,
    Lane,
    Language,
    MachineId,
    PresetName,
    ServiceId,
    Words,
)

Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
TimeOfDay: TypeAlias = Annotated[str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z")]
Series: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z]{1,2}\Z")]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=100_000)]
Minutes: TypeAlias = Annotated[int, Meta(ge=0, le=1440)]
Seconds: TypeAlias = Annotated[int, Meta(ge=0, le=86_400)]
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]

NUMBERS_PER_SERIES = 999
"""Three digits: A001 to A999, then from the beginning, never a number that is still alive."""


class Setting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the configuration. An unknown key is a spelling mistake and is refused."""


class Bookable(Setting, frozen=True, kw_only=True):
    """How a service is booked. What is left out is that of the branch, or of the service.

    `share` of its counters is booked at most, outside the walk-ins' peaks. `only`: no ticket is
    given without an appointment, but by staff. `amount`: the customer says one, such as the sum
    to be paid out; it is seen at the serving counter only.
    """

    length_minutes: Annotated[int, Meta(ge=1, le=480)] | None = None
    lead_minutes: Annotated[int, Meta(ge=0, le=43_200)] | None = None
    share: Share | None = None
    only: bool = False
    amount: bool = False


class ChoiceConfig(Setting, frozen=True, kw_only=True):
    """Something to choose in a form."""

    id: FieldId
    label: Words


class FieldConfig(Setting, frozen=True, kw_only=True):
    """A field of a service's form, with its rules.

    `text`: so many characters. `number`: from `least` to `most`. `choice`: one of `choices`.
    `date`: so many days from today, yesterday being -1.
    """

    id: FieldId
    label: Words
    kind: FieldKind = "text"
    required: bool = False
    length_min: Annotated[int, Meta(ge=0, le=90)] = 0
    length_max: Annotated[int, Meta(ge=1, le=90)] = 60
    least: Annotated[int, Meta(ge=-(10**12), le=10**12)] | None = None
    most: Annotated[int, Meta(ge=-(10**12), le=10**12)] | None = None
    earliest_days: Annotated[int, Meta(ge=-50_000, le=50_000)] | None = None
    latest_days: Annotated[int, Meta(ge=-50_000, le=50_000)] | None = None
    choices: Annotated[tuple[ChoiceConfig, ...], Meta(max_length=12)] = ()


class ServiceConfig(Setting, frozen=True, kw_only=True):
    """What a customer can ask for. `machine` says what a self-service machine does of it, `form`
    what can be filled in while waiting; `remote`: its numbers can be taken before coming."""

    id: ServiceId
    series: Series
    name: Words
    usual_minutes: Annotated[int, Meta(ge=1, le=480)] = 6
    target_minutes: Annotated[int, Meta(ge=1, le=480)] = 20
    bring: tuple[Words, ...] = ()
    machine: Words | None = None
    keep_open: bool = False
    on_kiosk: bool = True
    tickets_from: TimeOfDay | None = None
    tickets_until: TimeOfDay | None = None
    quota_per_day: Count | None = None
    booking: Bookable | None = None
    form: Annotated[tuple[FieldConfig, ...], Meta(max_length=12)] = ()
    remote: bool = False


class CounterConfig(Setting, frozen=True, kw_only=True):
    """A place of service. `when_idle` is served only when nobody waits for `services`; who books
    in a language is given a time at which a counter with it is there."""

    id: CounterId
    name: Words
    services: tuple[ServiceId, ...]
    when_idle: tuple[ServiceId, ...] = ()
    low: bool = False
    vip: bool = False
    care_first: bool = False
    elastic: bool = False
    rating_panel: bool = True
    languages: Annotated[tuple[Language, ...], Meta(min_length=1)] = ("zh", "en")


class MachineConfig(Setting, frozen=True, kw_only=True):
    """A self-service machine, known by its status only."""

    id: MachineId
    name: Words


class Span(Setting, frozen=True, kw_only=True):
    """A time of the day in which only a `share` of the counters is there, or can be booked."""

    begins: TimeOfDay
    ends: TimeOfDay
    share: Share = 0.0


class HoursRule(Setting, frozen=True, kw_only=True):
    """Opening hours on some weekdays; the ticket window is apart from them.

    In `breaks` fewer counters can be booked: lunch in halves is a share of 0.5. Whoever comes
    without an appointment is served by those that are open.
    """

    days: tuple[Weekday, ...]
    opens: TimeOfDay
    closes: TimeOfDay
    tickets_from: TimeOfDay
    tickets_until: TimeOfDay
    services: tuple[ServiceId, ...] | None = None
    breaks: tuple[Span, ...] = ()


class DayException(Setting, frozen=True, kw_only=True):
    """A holiday, or a working day swapped in: `like` another weekday, or closed."""

    date: DayName
    like: Weekday | None = None


class Hours(Setting, frozen=True, kw_only=True):
    """When the business day opens and ends by the clock, and the hours within it."""

    day_opens: TimeOfDay = "08:00"
    day_ends: TimeOfDay = "20:00"
    rules: tuple[HoursRule, ...] = ()
    exceptions: tuple[DayException, ...] = ()


APPOINTMENT_KEPT_MS = 8 * 24 * 3_600_000
"""An appointment that is over is known for a week more: so long its person is."""


class Blackout(Setting, frozen=True, kw_only=True):
    """A time of one date in which nothing is booked; tickets are given as always."""

    date: DayName
    begins: TimeOfDay = "00:00"
    ends: TimeOfDay = "24:00"
    services: tuple[ServiceId, ...] | None = None


class QuietHours(Setting, frozen=True, kw_only=True):
    """When nothing is sent to customers; over midnight, as a rule. Alike: at no time."""

    begins: TimeOfDay = "21:00"
    ends: TimeOfDay = "08:00"


class Appointments(Setting, frozen=True, kw_only=True):
    """The rules of appointments; SCIENCE B.6 has the reasons for the shares, FIELD for the times.

    `show_prior` is what is believed of a service nobody has booked yet: of so many, so many came.
    Customers who have left where to be reached are reminded `remind_days` before, at the same time
    of the day, and `remind_minutes` before; 0: not. With `notices` they are told, too, what was
    booked, moved or cancelled. Raise `feed_links` to make all links of calendars invalid.
    """

    slot_minutes: Annotated[int, Meta(ge=5, le=60)] = 15
    horizon_days: Annotated[int, Meta(ge=0, le=90)] = 14
    lead_minutes: Annotated[int, Meta(ge=0, le=43_200)] = 60
    hold_minutes: Annotated[int, Meta(ge=1, le=60)] = 8
    per_person_and_day: Annotated[int, Meta(ge=1, le=20)] = 1
    share: Share = 0.5
    peaks: tuple[Span, ...] = ()
    buffer_every: Annotated[int, Meta(ge=0, le=20)] = 4
    overbooking: bool = True
    overbooking_risk: Share = 0.15
    show_prior: tuple[Count, Count] = (10, 9)
    early_minutes: Minutes = 60
    late_minutes: Minutes = 10
    missed_minutes: Minutes = 15
    missed_max: Annotated[int, Meta(ge=0, le=20)] = 0
    blackouts: tuple[Blackout, ...] = ()
    remind_days: Annotated[int, Meta(ge=0, le=7)] = 1
    remind_minutes: Annotated[int, Meta(ge=0, le=1_440)] = 120
    notices: bool = True
    quiet: QuietHours = QuietHours()
    feed_links: Annotated[int, Meta(ge=1, le=1_000_000)] = 1


class Remote(Setting, frozen=True, kw_only=True):
    """Numbers that are taken before coming, where a service allows it (`remote`).

    So large a `share` of its line may be on the way, one at least. The place is kept so many
    minutes after its turn, and in any case so many after it was taken: nobody flies.
    """

    share: Share = 0.25
    keep_minutes: Annotated[int, Meta(ge=1, le=120)] = 10
    come_minutes: Annotated[int, Meta(ge=0, le=240)] = 30


class LaneRule(Setting, frozen=True, kw_only=True):
    """score = head start + rate × waited minutes; beyond `escalate_minutes` at the top rate."""

    head_start_minutes: Annotated[float, Meta(ge=0, le=240)] = 0.0
    rate: Annotated[float, Meta(ge=1, le=100)] = 1.0
    escalate_minutes: Annotated[float, Meta(ge=1, le=480)] = 45.0


class Preset(Setting, frozen=True, kw_only=True):
    """One calling discipline: a rule for each lane."""

    ordinary: LaneRule
    care: LaneRule
    vip: LaneRule
    appointment: LaneRule

    def rule(self, lane: Lane) -> LaneRule:
        """The rule of a lane."""
        rule: LaneRule = getattr(self, lane)
        return rule

    @property
    def top_rate(self) -> float:
        """The rate of an escalated ticket: no later arrival gains on it."""
        return max(self.ordinary.rate, self.care.rate, self.vip.rate, self.appointment.rate)


SIMPLE = Preset(
    ordinary=LaneRule(head_start_minutes=0.0, rate=1.0, escalate_minutes=45.0),
    care=LaneRule(head_start_minutes=10.0, rate=1.0, escalate_minutes=45.0),
    vip=LaneRule(head_start_minutes=8.0, rate=1.0, escalate_minutes=45.0),
    appointment=LaneRule(head_start_minutes=15.0, rate=1.0, escalate_minutes=45.0),
)
BALANCED = Preset(
    ordinary=LaneRule(head_start_minutes=0.0, rate=1.0, escalate_minutes=45.0),
    care=LaneRule(head_start_minutes=5.0, rate=2.0, escalate_minutes=25.0),
    vip=LaneRule(head_start_minutes=5.0, rate=2.0, escalate_minutes=25.0),
    # Often ten are advised; docs/appointments.md says what those cost walk-ins.
    appointment=LaneRule(head_start_minutes=6.0, rate=3.0, escalate_minutes=15.0),
)
CARE = Preset(
    ordinary=BALANCED.ordinary,
    care=LaneRule(head_start_minutes=10.0, rate=2.0, escalate_minutes=25.0),
    vip=BALANCED.vip,
    appointment=BALANCED.appointment,
)
STRICT = Preset(
    # Care before everybody, as some laws want it; nobody escalates past it, so ordinary tickets
    # pay for it: docs/accuracy.md has the cost.
    ordinary=LaneRule(head_start_minutes=0.0, rate=1.0, escalate_minutes=480.0),
    care=LaneRule(head_start_minutes=240.0, rate=100.0, escalate_minutes=480.0),
    vip=LaneRule(head_start_minutes=5.0, rate=2.0, escalate_minutes=480.0),
    appointment=LaneRule(head_start_minutes=10.0, rate=3.0, escalate_minutes=480.0),
)
PRESETS = {"simple": SIMPLE, "balanced": BALANCED, "care": CARE, "strict": STRICT}


class Calling(Setting, frozen=True, kw_only=True):
    """The calling discipline. `vip_ahead_one_in` N > 0 lets VIPs ahead at shared counters,
    at most one call in N; 0 leaves them ordinary there."""

    preset: str = "balanced"
    presets: dict[PresetName, Preset] = field(default_factory=lambda: dict(PRESETS))
    vip_ahead_one_in: Annotated[int, Meta(ge=0, le=100)] = 0


class Limits(Setting, frozen=True, kw_only=True):
    """The numbers of the rules."""

    line_max: Annotated[int, Meta(ge=1, le=20_000)] = 2_000
    calls_min: Annotated[int, Meta(ge=1, le=20)] = 3
    calls_gap_seconds: Seconds = 10
    flagged_calls_span_seconds: Seconds = 180
    call_expires_minutes: Minutes = 5
    missed_kept_minutes: Minutes = 60
    reinstate_places: Annotated[int, Meta(ge=0, le=99)] = 3
    reinstatements_max: Annotated[int, Meta(ge=0, le=20)] = 1
    flagged_reinstatements_max: Annotated[int, Meta(ge=0, le=20)] = 3
    hold_minutes: Annotated[int, Meta(ge=1, le=240)] = 15
    step_back_places_max: Annotated[int, Meta(ge=1, le=99)] = 10
    step_back_minutes_max: Annotated[int, Meta(ge=1, le=480)] = 60
    step_backs_max: Annotated[int, Meta(ge=0, le=20)] = 3
    park_minutes_max: Minutes = 480
    undo_seconds: Seconds = 60
    transactions_max: Annotated[int, Meta(ge=1, le=20)] = 5
    recent_calls: Annotated[int, Meta(ge=1, le=50)] = 12  # besides those of the last minute
    messages_max: Annotated[int, Meta(ge=1, le=20)] = 5
    care_target_minutes: Minutes = 10
    booked_target_minutes: Minutes = 10
    line_alert: Annotated[int, Meta(ge=1, le=10_000)] = 12
    wait_alert_minutes: Minutes = 20
    idle_alert_seconds: Seconds = 180
    duty_grace_seconds: Seconds = 60
    rating_seconds: Annotated[int, Meta(ge=15, le=300)] = 20
    rating_use_percent: Annotated[int, Meta(ge=0, le=100)] = 60
    requests_max: Annotated[int, Meta(ge=1, le=1_000)] = 100
    panel_silent_alert: Annotated[int, Meta(ge=1, le=100)] = 3
    pager_confirm_seconds: Seconds = 15
    pager_return_seconds: Seconds = 60


PhoneNumber: TypeAlias = Annotated[str, Meta(max_length=24, pattern=r"^(\+?[0-9][0-9 -]*)?\Z")]


class About(Setting, frozen=True, kw_only=True):
    """What the branch's own page says of it besides services and hours. `facilities` are for
    whoever asks before coming: a ramp, a low counter, a hearing loop."""

    address: Words = Words()
    complaint_phone: PhoneNumber = ""
    facilities: Annotated[tuple[Words, ...], Meta(max_length=30)] = ()


class PhonePage(Setting, frozen=True, kw_only=True):
    """When a customer's page says that the turn is soon: so many people ahead, or a wait of so
    many minutes at the most (0: not by minutes)."""

    soon_people: Annotated[int, Meta(ge=0, le=99)] = 3
    soon_minutes: Annotated[int, Meta(ge=0, le=120)] = 10


class NamedDay(Setting, frozen=True, kw_only=True):
    """A day that more (or fewer) people come on: pension day, pay day. By the day of the month,
    or by dates."""

    name: Annotated[str, Meta(min_length=1, max_length=32)]
    month_days: tuple[Annotated[int, Meta(ge=1, le=31)], ...] = ()
    dates: tuple[DayName, ...] = ()


class Waits(Setting, frozen=True, kw_only=True):
    """How waits are forecast. With `priors`, minutes are shown from the first day on, by what is
    configured as usual; else only for services with enough finished tickets behind them."""

    forecast: bool = True
    priors: bool = False
    named_days: tuple[NamedDay, ...] = ()

    def names_of(self, day: str) -> tuple[str, ...]:
        """The names a date has."""
        month_day = int(day[-2:])
        named = self.named_days
        return tuple(n.name for n in named if month_day in n.month_days or day in n.dates)


class BranchConfig(Setting, frozen=True, kw_only=True, dict=True):
    """One branch, whole."""

    # `dict` makes room for the two look-ups below, which every view asks for many times.

    id: Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[0-9A-Za-z_-]+\Z")]
    name: Words
    time_zone: str = "Asia/Shanghai"
    vip_series: Series = "V"
    booked_series: Series = "Y"
    duty_required: bool = True
    services: tuple[ServiceConfig, ...] = ()
    counters: tuple[CounterConfig, ...] = ()
    machines: tuple[MachineConfig, ...] = ()
    hours: Hours = Hours()
    appointments: Appointments = Appointments()
    remote: Remote = Remote()
    calling: Calling = Calling()
    waits: Waits = Waits()
    limits: Limits = Limits()
    about: About = About()
    phone: PhonePage = PhonePage()

    def service(self, service: str) -> ServiceConfig | None:
        """The service of that id."""
        return self._services_by_id.get(service)

    def counter(self, counter: int) -> CounterConfig | None:
        """The counter of that number."""
        return self._counters_by_id.get(counter)

    @cached_property
    def services_at_low_counters(self) -> frozenset[ServiceId]:
        """The services some low counter serves: for the others the need cannot bind."""
        low = (counter for counter in self.counters if counter.low)
        return frozenset(s for counter in low for s in (*counter.services, *counter.when_idle))

    @cached_property
    def _services_by_id(self) -> dict[str, ServiceConfig]:
        return {service.id: service for service in self.services}

    @cached_property
    def _counters_by_id(self) -> dict[int, CounterConfig]:
        return {counter.id: counter for counter in self.counters}


class Fault(Struct, frozen=True):
    """What is wrong in a configuration: the key, and what was expected there."""

    key: str
    expected: str


def faults(config: BranchConfig) -> list[Fault]:
    """Everything in a configuration that does not fit together, in reading order."""
    return [
        *_time_zone(config),
        *_services(config),
        *_counters(config),
        *_hours(config),
        *_appointments(config),
        *_calling(config),
    ]


SOUND_ALIKE = ("BDEPTV", "MN")
"""Letters that are taken for each other across a hall."""


def sound_alike(config: BranchConfig) -> list[tuple[str, str]]:
    """Series of one branch that are told apart badly when they are spoken."""
    series = sorted({config.vip_series, config.booked_series, *(s.series for s in config.services)})
    return [
        (one, other)
        for n, one in enumerate(series)
        for other in series[n + 1 :]
        if len(one) == len(other) and all(map(_alike, one, other))
    ]


def _alike(one: str, other: str) -> bool:
    return one == other or any(one in group and other in group for group in SOUND_ALIKE)


def _time_zone(config: BranchConfig) -> Iterator[Fault]:
    try:
        ZoneInfo(config.time_zone)
    except (KeyError, ValueError, OSError):
        yield Fault("time_zone", "the name of a time zone, such as Asia/Shanghai")


def _services(config: BranchConfig) -> Iterator[Fault]:
    if not config.services:
        yield Fault("services", "at least one service")
    yield from _twice("services", [s.id for s in config.services])
    reserved = {config.vip_series, config.booked_series}
    for n, service in enumerate(config.services):
        if service.series in reserved:
            yield Fault(f"services[{n}].series", "a series that is not the VIP or booked one")
        yield from _form(f"services[{n}].form", service.form)


def _form(key: str, form: tuple[FieldConfig, ...]) -> Iterator[Fault]:
    yield from _twice(key, [one.id for one in form])
    for n, one in enumerate(form):
        if (one.kind == "choice") != bool(one.choices):
            yield Fault(f"{key}[{n}].choices", "choices for a choice, and for nothing else")
        yield from _twice(f"{key}[{n}].choices", [choice.id for choice in one.choices])
        for low, high in _bounds(one):
            if low is not None and high is not None and low > high:
                yield Fault(f"{key}[{n}]", "bounds with the smaller one first")


def _bounds(one: FieldConfig) -> Iterator[tuple[int | None, int | None]]:
    yield one.length_min, one.length_max
    yield one.least, one.most
    yield one.earliest_days, one.latest_days


def _counters(config: BranchConfig) -> Iterator[Fault]:
    known = {s.id for s in config.services}
    if not config.counters:
        yield Fault("counters", "at least one counter")
    yield from _twice("counters", [str(c.id) for c in config.counters])
    yield from _twice("machines", [m.id for m in config.machines])
    for n, counter in enumerate(config.counters):
        if not counter.services:
            yield Fault(f"counters[{n}].services", "at least one service")
        for key, services in (("services", counter.services), ("when_idle", counter.when_idle)):
            for service in services:
                if service not in known:
                    yield Fault(f"counters[{n}].{key}", f"known services, not {service!r}")


def _hours(config: BranchConfig) -> Iterator[Fault]:
    known = {s.id for s in config.services}
    hours = config.hours
    if not hours.day_opens < hours.day_ends:
        yield Fault("hours.day_ends", "a time after hours.day_opens")
    for n, rule in enumerate(hours.rules):
        if not rule.opens < rule.closes:
            yield Fault(f"hours.rules[{n}].closes", "a time after opens")
        if not rule.tickets_from < rule.tickets_until:
            yield Fault(f"hours.rules[{n}].tickets_until", "a time after tickets_from")
        if rule.tickets_from < hours.day_opens or hours.day_ends < rule.closes:
            yield Fault(f"hours.rules[{n}]", "hours within hours.day_opens and hours.day_ends")
        for service in rule.services or ():
            if service not in known:
                yield Fault(f"hours.rules[{n}].services", f"known services, not {service!r}")
        yield from _spans(f"hours.rules[{n}].breaks", rule.breaks)


def _appointments(config: BranchConfig) -> Iterator[Fault]:
    known = {s.id for s in config.services}
    rules = config.appointments
    yield from _spans("appointments.peaks", rules.peaks)
    for n, blackout in enumerate(rules.blackouts):
        key = f"appointments.blackouts[{n}]"
        if not blackout.begins < blackout.ends:
            yield Fault(f"{key}.ends", "a time after begins")
        for service in blackout.services or ():
            if service not in known:
                yield Fault(f"{key}.services", f"known services, not {service!r}")
    asked, came = rules.show_prior
    if not 0 < came <= asked:
        yield Fault("appointments.show_prior", "two numbers: so many booked, and of them came")
    if rules.missed_minutes < rules.late_minutes:
        yield Fault("appointments.missed_minutes", "no less than appointments.late_minutes")


def _spans(key: str, spans: Iterable[Span]) -> Iterator[Fault]:
    for n, span in enumerate(spans):
        if not span.begins < span.ends:
            yield Fault(f"{key}[{n}].ends", "a time after begins")


def _calling(config: BranchConfig) -> Iterator[Fault]:
    calling = config.calling
    if calling.preset not in calling.presets:
        yield Fault("calling.preset", f"one of {', '.join(sorted(calling.presets))}")
    for name, preset in calling.presets.items():
        lanes: tuple[Lane, ...] = ("ordinary", "care", "vip", "appointment")
        top = max(preset.rule(lane).head_start_minutes for lane in lanes)
        for lane in lanes:
            rule = preset.rule(lane)
            # The bound on overtaking holds only if a newcomer's head start cannot beat a
            # ticket that has begun to escalate.
            if rule.head_start_minutes + rule.rate * rule.escalate_minutes < top:
                yield Fault(
                    f"calling.presets.{name}.{lane}.escalate_minutes",
                    "enough minutes for the score to pass every head start",
                )


def _twice(key: str, ids: list[str]) -> Iterator[Fault]:
    for n, name in enumerate(ids):
        if name in ids[:n]:
            yield Fault(f"{key}[{n}].id", f"an id used once, not {name!r} again")
