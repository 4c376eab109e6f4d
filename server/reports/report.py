"""What the report of a business day says: plain values, for screens, tables and programs.

Durations are milliseconds, instants milliseconds UTC. Practice is in none of the figures but the
one that says so, and an action that was undone counts as never done. Everything is counted once,
so that the parts of a whole add up to it.

Nothing here says how many customers anybody sent to a machine, nor at what rate: staff must have
no reason to send them there. What a machine finished is one ending among the day's endings.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from server.domain.configuration import Preset
from shared.protocol import AlertKind, AlertOutcome, HelpKind, Lane, PauseReason, RequestKind, Words

Kind: TypeAlias = Literal["real", "rehearsal"]


class Part(Struct, frozen=True, kw_only=True):
    """A part of the report."""


# --- Times and shares ------------------------------------------------------------------------


class Spread(Part, frozen=True, kw_only=True):
    """How long something took, over `n` times; with none of them there is no mean."""

    n: int = 0
    total_ms: int = 0
    mean_ms: int | None = None
    median_ms: int | None = None
    """The middle one, or the mean of the two in the middle."""
    p90_ms: int | None = None
    """Nine in ten took no longer. Always a time that occurred (nearest rank), as is `p95_ms`."""
    p95_ms: int | None = None
    max_ms: int | None = None


class Share(Part, frozen=True, kw_only=True):
    """So many out of so many; without any there is no share."""

    within: int = 0
    out_of: int = 0
    share: float | None = None


class Stretch(Part, frozen=True, kw_only=True):
    """How often, and how long altogether."""

    times: int = 0
    ms: int = 0


class Times(Part, frozen=True, kw_only=True):
    """How often something was done; with the reason that was given, where one was."""

    name: str
    reason: str = ""
    times: int


# --- Tickets ---------------------------------------------------------------------------------


class Endings(Part, frozen=True, kw_only=True):
    """What became of tickets: issued = done + left + given_up + unserved + here."""

    issued: int = 0
    """Given at a kiosk or by staff, or written by hand and entered."""
    done: int = 0
    left: int = 0
    given_up: int = 0
    unserved: int = 0
    """Still here when the day closed."""
    here: int = 0
    """Not over yet; none once the day is closed."""


class Tickets(Part, frozen=True, kw_only=True):
    """The tickets of the day. The first six fields add up as in `Endings`, with
    done = served + at_machine; the others count tickets that are among those."""

    issued: int = 0
    done: int = 0
    left: int = 0
    given_up: int = 0
    unserved: int = 0
    here: int = 0
    served: int = 0
    """Done at a counter, or entered as served on paper."""
    at_machine: int = 0
    missed: int = 0
    """Called in vain at least once, whatever became of them later."""
    transferred: int = 0
    """Sent on to another service or counter at least once."""
    handwritten: int = 0
    remote: int = 0
    """Taken before coming."""
    not_come: int = 0
    """Of those, given up because nobody came; they are among `given_up`."""


class Work(Part, frozen=True, kw_only=True):
    """What was done with tickets at counters, and how long it took."""

    called: int = 0
    """Calls out of the line, the missed list or the park; not the recalls."""
    recalled: int = 0
    missed: int = 0
    """Times that nobody came."""
    transferred: int = 0
    """Transactions that ended by a transfer: they are not finished."""
    finished: int = 0
    """Transactions that ended with an outcome; each has its place in `serve`."""
    wait: Spread = Spread()
    """Of the first transaction: from the issue (or the opening, or the booked time, if that is
    later) to the last call before the service started; time in park is left out."""
    on_time: Share = Share()
    """Of the waits in `wait`, those within the target of the service and lanes at the call."""
    transfer_wait: Spread = Spread()
    """Of each later transaction: from the transfer to the last call before it started."""
    walk: Spread = Spread()
    """From that call to the start."""
    serve: Spread = Spread()
    """From the start to the finish of a finished transaction; time in park is left out. It counts
    for the counter that finished it."""
    wrap_up: Spread = Spread()
    """From the end of a service to the next call, while somebody was waiting who could be called.
    When nobody is left to call, the counter is ready, and the wrap-up over. A counter that is
    paused or closed instead of calling has not wrapped up but been idle."""


# --- Counters --------------------------------------------------------------------------------


class CounterTime(Part, frozen=True, kw_only=True):
    """How the time at open counters was spent. Time with a practice ticket is left out."""

    open_ms: int = 0
    """The five that follow, together."""
    calling_ms: int = 0
    """With a called ticket, whether the customer came or not."""
    serving_ms: int = 0
    wrap_up_ms: int = 0
    idle_waiting_ms: int = 0
    """Free for another reason than wrap-up while somebody could have been called."""
    idle_alone_ms: int = 0
    """Free, and nobody to call."""
    paused_ms: int = 0
    """All of `pauses` together."""
    pauses: dict[PauseReason, Stretch] = {}
    help: dict[HelpKind, Stretch] = {}
    """Waiting for authorisation or assistance. It runs beside the others, mostly `serving_ms`."""


# --- Splits ----------------------------------------------------------------------------------


class ServiceFigures(Part, frozen=True, kw_only=True):
    """One service. A ticket counts for its first service, the work for the service done."""

    service: str
    name: Words
    tickets: Endings
    work: Work


class LaneFigures(Part, frozen=True, kw_only=True):
    """One lane. A ticket with several counts once: care, then appointment, then VIP."""

    lane: Lane
    tickets: Endings
    work: Work


class CounterFigures(Part, frozen=True, kw_only=True):
    """One counter."""

    counter: int
    name: Words
    work: Work
    time: CounterTime
    closed_ms: int = 0
    """Of the business day, from its opening on."""


class TellerFigures(Part, frozen=True, kw_only=True):
    """One member of staff; "" where nobody had signed in, and for what was served on paper."""

    staff: str
    work: Work
    time: CounterTime


class Quarter(Part, frozen=True, kw_only=True):
    """A quarter of an hour on the branch's clock."""

    at: int
    start: str
    """Local time, 09:15."""
    arrivals: int
    """Tickets issued; those written by hand by the time on them."""
    calls: int
    line: int
    """How many were waiting when it began."""
    mean_wait_ms: int | None
    """Of the waits (as in `Work.wait`) that ended in it."""


# --- The lobby -------------------------------------------------------------------------------


class Gap(Part, frozen=True, kw_only=True):
    """A time without anybody on duty."""

    since: int
    until: int


class Duty(Part, frozen=True, kw_only=True):
    """How much of the time the lobby was open to the public somebody was on duty: from the first
    ticket window to the last closing, and on until nobody is here any more."""

    required: bool = True
    """Whether the branch asks for it at all."""
    public_ms: int = 0
    covered_ms: int = 0
    cover: float | None = None
    gaps: tuple[Gap, ...] = ()


class AlertFigures(Part, frozen=True, kw_only=True):
    """Alerts of one kind: raised = closed + ceased + open; closed is the sum of `outcomes`."""

    kind: AlertKind | None = None
    """None: all kinds together."""
    raised: int = 0
    closed: int = 0
    """By a person, with an outcome."""
    outcomes: dict[AlertOutcome, int] = {}
    ceased: int = 0
    """Lost their cause before anybody closed them."""
    open: int = 0
    to_close: Spread = Spread()
    """From raised to closed."""


# --- Ratings and requests --------------------------------------------------------------------


class Ratings(Part, frozen=True, kw_only=True):
    """What customers were asked after a service, and said.

    finished = asked + panel_offline + still_open; asked = answered + not_rated + cut_short.
    """

    finished: int = 0
    """Services that ended, from call to finish; each is asked about once."""
    asked: int = 0
    """By a panel that has shown the question."""
    answered: int = 0
    not_rated: int = 0
    cut_short: int = 0
    """The next customer was there."""
    panel_offline: int = 0
    """No panel has shown it: counted apart."""
    still_open: int = 0
    by_phone: int = 0
    """Answered later by the ticket's link, among those the panel has asked in vain."""
    satisfied: int | None = 0
    """Scores of 5 and 4. None, as `fair` (3) and `dissatisfied` (2 and 1): a teller's, and fewer
    than five."""
    fair: int | None = 0
    dissatisfied: int | None = 0
    satisfaction: float | None = None
    """满意率: satisfied by all scores, at the panel and by phone."""
    participation: float | None = None
    """参评率: answered by asked."""


class CounterRatings(Part, frozen=True, kw_only=True):
    """Of the services finished at one counter."""

    counter: int
    name: Words
    ratings: Ratings


class TellerRatings(Part, frozen=True, kw_only=True):
    """Of the services that one member of staff has finished."""

    staff: str
    ratings: Ratings


class LowUse(Part, frozen=True, kw_only=True):
    """Few of those who were asked have answered; "" is the branch."""

    staff: str
    asked: int
    participation: float


class MonthReport(Part, frozen=True, kw_only=True):
    """The ratings of one branch in one month."""

    kind: Kind
    branch: str
    name: Words
    month: str
    days: int
    """Business days; the last one may still be open."""
    ratings: Ratings
    ratings_by_counter: tuple[CounterRatings, ...]
    ratings_by_teller: tuple[TellerRatings, ...]
    rating_reasons: tuple[Times, ...]
    use_percent_min: int
    """The least share of the asked, in percent, that should answer."""
    low_use: tuple[LowUse, ...]
    """Who is below it, of those with 20 or more who were asked."""


# --- Fairness --------------------------------------------------------------------------------


class LaneFairness(Part, frozen=True, kw_only=True):
    """One lane in a month. `wait` and `on_time` are as in `Work`; the other two are the waits if
    the same days are played again: by the rule in force, and first come first served."""

    lane: Lane
    wait: Spread
    on_time: Share
    by_rule: Spread
    first_come: Spread


class Overtaken(Part, frozen=True, kw_only=True):
    """Ordinary tickets that were called, and how often somebody who came later was called before
    them by a counter that could have called them. `by_rule` counts these by why it was so, over
    the tickets of all lanes."""

    tickets: int
    never: int
    mean: float | None
    most: int
    by_rule: tuple[Times, ...]


class Outside(Part, frozen=True, kw_only=True):
    """Somebody who was overtaken by one who came later than the rule lets anybody: a fault."""

    day: str
    at: int
    number: str
    by: str
    minutes_later: float
    window_minutes: float


class Conservation(Part, frozen=True, kw_only=True):
    """The mean wait weighted by work, by the rule in force and first come first served, both of
    them played. Where every counter does everything the ratio is 1: priorities only move waiting.
    Scarce skills and services of different length let it differ."""

    by_rule_ms: int
    first_come_ms: int
    ratio: float | None


class FairnessReport(Part, frozen=True, kw_only=True):
    """The fairness of one branch in one month."""

    kind: Kind
    branch: str
    name: Words
    month: str
    days: int
    lanes: tuple[LaneFairness, ...]
    overtaken: Overtaken
    outside: tuple[Outside, ...]
    outside_count: int
    conservation: Conservation


# --- Tuning ----------------------------------------------------------------------------------


class LaneTrial(Part, frozen=True, kw_only=True):
    """What a setting would have done for one lane; `within` counts waits within the target."""

    lane: Lane
    target_minutes: int
    wait: Spread
    within: Share


class Trial(Part, frozen=True, kw_only=True):
    """One setting, played over the days.

    `short` is how far the worst lane falls short of having nine in ten within its target (0:
    none does). `allowed`: ordinary tickets wait not too long against first come first served,
    in the 95th percentile (`p95_ratio`) and at most (`longest_ratio`).
    """

    name: str
    preset: Preset
    lanes: tuple[LaneTrial, ...]
    short: float
    p95_ratio: float | None
    longest_ratio: float | None
    allowed: bool


class TuneReport(Part, frozen=True, kw_only=True):
    """What other weights would have done in the last weeks of one branch. `trials` are first
    come first served, what is in force (`now`) and the presets; `played` counts all settings."""

    kind: Kind
    branch: str
    name: Words
    first_day: str
    last_day: str
    days: int
    preset: str
    trials: tuple[Trial, ...]
    proposal: Trial | None
    """None: nothing is better than what is in force, or there is too little to tell (`enough`)."""
    enough: bool
    played: int


class RequestFigures(Part, frozen=True, kw_only=True):
    """What customers asked for and somebody took up (首问负责)."""

    taken_up: int = 0
    escalated: int = 0
    closed: int = 0
    outcomes: dict[AlertOutcome, int] = {}
    open: int = 0
    """Of those taken up on this day."""


class RequestOpen(Part, frozen=True, kw_only=True):
    """One that was taken up on this day and is still open, with its present owner."""

    request: int
    kind: RequestKind
    owner: str
    number: str
    at: int


# --- The day ---------------------------------------------------------------------------------


class DayReport(Part, frozen=True, kw_only=True):
    """One business day of one branch."""

    kind: Kind
    """A rehearsal is never counted with real days."""
    branch: str
    name: Words
    time_zone: str
    day: str
    opened_at: int
    closed_at: int | None
    """None while the day is open: the figures are those of `until`."""
    late: bool
    """Closed afterwards, because the server was away; no time counts beyond the day's end."""
    until: int
    """The last event that was looked at."""
    tickets: Tickets
    practice: int
    """Visits of drills and trainings. Nothing else of them is counted anywhere."""
    work: Work
    time: CounterTime
    services: tuple[ServiceFigures, ...]
    lanes: tuple[LaneFigures, ...]
    counters: tuple[CounterFigures, ...]
    tellers: tuple[TellerFigures, ...]
    quarters: tuple[Quarter, ...]
    """Without holes, from the first in which anything happened to the last."""
    duty: Duty
    alerts: AlertFigures
    alert_kinds: tuple[AlertFigures, ...]
    ratings: Ratings
    ratings_by_counter: tuple[CounterRatings, ...]
    ratings_by_teller: tuple[TellerRatings, ...]
    rating_reasons: tuple[Times, ...]
    requests: RequestFigures
    requests_open: tuple[RequestOpen, ...]
    rules: tuple[Times, ...]
    """Calls by the rule that chose the ticket."""
    interventions: tuple[Times, ...]
    """What staff did to single tickets by hand, by command and reason."""
    overrides: tuple[Times, ...]
    """What staff changed for the day, by command and reason."""
    undone: tuple[Times, ...]
    """What counters took back, by event; counted here and nowhere else."""
