"""What holds on every day, however odd: an auditor lives through random days and looks on.

The auditor never sees the state it audits: it has a branch of its own, made of the journal's
bytes alone, decides every command again, and compares.

More days: LOBBY_EXAMPLES=5000 pytest -o faulthandler_timeout=0 tests/random_days
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, get_args

import msgspec
from hypothesis import HealthCheck, assume, event, given, settings, target
from hypothesis import strategies as st
from msgspec.structs import replace

from server.domain import events as e
from server.domain import hours, order, views
from server.domain.apply import UNDOABLE, apply
from server.domain.commands import Configure, TimePassed
from server.domain.configuration import (
    BranchConfig,
    Hours,
    LaneRule,
    MachineConfig,
    Preset,
    faults,
)
from server.domain.decide import decide
from server.domain.refusals import Refused
from server.domain.state import Actor, Branch, Stamp, Transaction, Visit, new_branch
from server.domain.state import Counter as CounterState
from server.domain.timers import next_wakeup
from shared import protocol as p
from tests.random_days.asked import Questions
from tests.random_days.booked import Bookings
from tests.random_days.random_day import (
    COMMANDS,
    MINUTE,
    SECOND,
    SHAPE_NUMBERS,
    STAFF,
    RandomDay,
    Step,
    config_of,
    days,
    seeded,
)

EXAMPLES = int(os.environ.get("LOBBY_EXAMPLES", "200"))
SEEDED_DAYS, SEEDED_DAYS_MAX = 100, 500
"""The days without hypothesis are always the same ones; more of them until all has been seen."""
VIEW_BYTES_MAX = 50_000
"""Beyond, a view would have to be sent as changes."""

OFTEN = {
    "overtakes": 100,
    "TicketCalled": 600,
    "TicketMissed": 150,
    "TicketTransferred": 30,
    "ActionUndone": 70,
    "RatingAnswered": 100,
    "undone ServiceFinished": 3,
    "VIP ahead at a shared counter": 10,
}
"""What has to happen so often on those days for their checks to mean anything."""

ALL_FEEDS = ("KioskView", "DisplayView", "PagerView", "BoardView")
"""The feeds there is one of; each counter and each ticket has another."""

HERE = ("waiting", "called", "serving", "parked", "missed", "diverted")
SECRET = {
    *get_args(p.Lane),
    *get_args(p.Need),
    *get_args(p.Reason),
    *get_args(p.ParkReason),
    *get_args(p.PauseReason),
    *STAFF,
    *("lanes", "needs", "reason", "pause_reason", "staff", "why", "rule", "help"),
}
"""Words that no public screen may receive, neither as a key nor as a value."""

FIGURE_OF = {
    "TicketCalled": "called",
    "TicketMissed": "missed",
    "ServiceFinished": "finished",
    "TransactionFinished": "finished",
}
"""What an action adds to its counter's figures."""

JSON_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
"""Every key and every text of a JSON document, as it is written."""

encode = msgspec.json.Encoder().encode
decode_branch = msgspec.json.Decoder(Branch).decode

many = settings(
    max_examples=max(1, EXAMPLES - SEEDED_DAYS),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


# --- The auditor -----------------------------------------------------------------------------


class Auditor:
    """Audits one day, step by step. `seen` counts what happened: a check that never had anything
    to look at proves nothing."""

    def __init__(self, config: BranchConfig) -> None:
        self.branch = new_branch(config)
        self.journal: list[tuple[bytes, Stamp]] = []
        self.seen: Counter[str] = Counter()
        self._first = config
        self._told = encode(self.branch)
        self._tally: defaultdict[int, Counter[str]] = defaultdict(Counter)
        self._lanes_called: defaultdict[int, list[str]] = defaultdict(list)
        self._figures_lost = False
        self._on_paper: set[int] = set()
        self._kept: dict[int, tuple[Visit, int | None]] = {}
        self._questions = Questions()
        self._bookings = Bookings()

    def see(self, step: Step, live: Branch) -> None:
        """One decision and its events, of which the live branch is the outcome."""
        self._decide_again(step)
        self._look_at_command(step)
        tellers = {counter.id: counter.staff for counter in self.branch.counters.values()}
        for happened in step.events:
            self._look_at_event(happened, step.stamp)
            self._questions.happened(happened, self.branch)
            self._bookings.happened(happened, self.branch)
            self._keep_for_undo(happened)
            written = e.encode_event(happened)
            self.journal.append((written, step.stamp))
            apply(self.branch, e.decode_event(written), step.stamp)
            check_bonds(self.branch)
            self._look_after(happened)
        now = step.stamp.at
        if step.events:
            self._told = encode(self.branch)
            assert self._told == encode(live), "the journal tells another state"
            check_counters(self.branch)
            check_visits(self.branch)
            self._check_figures()
            self._questions.decided(step.events, step.stamp, tellers)
            if any(type(happened).__name__.startswith("Rating") for happened in step.events):
                self._questions.check(self.branch, now)
            check_views(self.branch, now, self._feeds_touched(step.events))
            if len(self.journal) % 7 == 0:
                self._restart()
        if isinstance(step.command, TimePassed):
            check_alerts(self.branch)
        check_pagers(self.branch)
        check_wakeup(self.branch, now)

    def end(self) -> None:
        """After the last step: the whole journal from its beginning, and all tickets."""
        replayed = new_branch(self._first)
        for written, stamp in self.journal:
            apply(replayed, e.decode_event(written), stamp)
        assert encode(replayed) == encode(self.branch)
        tickets = [f"TicketView:{visit}" for visit in self.branch.visits]
        check_views(self.branch, self.branch.at, [*ALL_FEEDS, *tickets])
        self.seen["event"] += len(self.journal)

    def _feeds_touched(self, events: list[e.Event]) -> list[str]:
        """An alert is seen on the board only; of the tickets, those that events are about."""
        if all(isinstance(event, e.AlertRaised | e.AlertCeased) for event in events):
            return ["BoardView"]
        tickets = {getattr(event, "visit", None) for event in events}
        names = ("CounterView", "PanelView")
        counters = [f"{name}:{counter}" for name in names for counter in self.branch.counters]
        known = [f"TicketView:{visit}" for visit in tickets if visit in self.branch.visits]
        booked = {getattr(event, "appointment", None) for event in events}
        known += [f"AppointmentView:{n}" for n in booked if n in self.branch.appointments]
        return [*ALL_FEEDS, *counters, *known]

    def _restart(self) -> None:
        """Go on from a snapshot, as after a restart."""
        self.branch = decode_branch(self._told)
        assert encode(self.branch) == self._told

    def _decide_again(self, step: Step) -> None:
        """The replayed branch decides the same, and deciding changes nothing."""
        events, refusal = [], None
        try:
            events = decide(self.branch, step.command, step.stamp)
        except Refused as refused:
            refusal = refused.refusal
        assert (events, refusal) == (step.events, step.refusal)
        assert encode(self.branch) == self._told

    def _look_at_command(self, step: Step) -> None:
        name = type(step.command).__name__
        if step.refusal is not None:
            self.seen[f"refused {type(step.refusal).__name__}"] += 1
        elif step.events:
            self.seen[f"accepted {name}"] += 1
        called = next((x for x in step.events if isinstance(x, e.TicketCalled)), None)
        if isinstance(step.command, p.CallNext) and called is not None:
            shown = views.build(self.branch, f"CounterView:{called.counter}", step.stamp.at)
            assert isinstance(shown, p.CounterView)
            assert (shown.line[0].visit, shown.next_why) == (called.visit, called.why)

    def _look_at_event(self, happened: e.Event, stamp: Stamp) -> None:
        """What an event must be like, told by the state before it."""
        self.seen[type(happened).__name__] += 1
        match happened:
            case e.TicketCalled():
                overtaken = check_call(self.branch, happened, stamp.at)
                self.seen["overtakes"] += overtaken
                self.seen[f"called by {happened.why.rule}"] += 1
                self._check_vip_share(happened)
                self._count(happened.counter, happened.visit, "called")
            case e.TicketMissed():
                self._count(happened.counter, happened.visit, "missed")
            case e.ServiceFinished() | e.TransactionFinished():
                self._count(happened.counter, happened.visit, "finished")
            case e.TicketTransferred() if happened.outcome != "transferred":
                self._count(happened.counter, happened.visit, "finished")
            case e.ActionUndone():
                self.seen[f"undone {happened.undone}"] += 1
                self._take_back(happened)
            case e.DayOpened():
                self._tally.clear()
                self._figures_lost = False
            case e.DayClosed():
                assert not self.branch.live
            case e.HandwrittenServed():
                self._on_paper.add(happened.visit)
            case e.BranchConfigured():
                self._lanes_called.clear()
                for counter in set(self.branch.counters) - {c.id for c in happened.config.counters}:
                    self._tally.pop(counter, None)
                    self._figures_lost = True
            case _:
                pass

    def _keep_for_undo(self, happened: e.Event) -> None:
        """What an undo of this action has to put back."""
        if isinstance(happened, UNDOABLE):
            counter, visit = happened.counter, self.branch.visits[happened.visit]
            self._kept[counter] = visit.copy(), self.branch.counters[counter].visit

    def _look_after(self, happened: e.Event) -> None:
        """What must be so after an event, told by the state it left."""
        match happened:
            case e.TicketTransferred():
                assert self.branch.visits[happened.visit].hold is None, "nobody stands back twice"
            case e.ActionUndone():
                before, in_hand = self._kept.pop(happened.counter)
                visit = self.branch.visits[before.id]
                assert visit.version > before.version + 1, "both the action and the undo count"
                assert replace(visit, version=before.version) == before
                assert self.branch.counters[happened.counter].visit == in_hand
            case _:
                pass

    def _take_back(self, happened: e.ActionUndone) -> None:
        figure = FIGURE_OF.get(happened.undone)
        now = self.branch.visits[happened.restored.id]
        if happened.undone == "TicketCalled":
            del self._lanes_called[happened.counter][-1:]
        if happened.undone == "TicketTransferred":
            sent = now.transactions[now.current - 1].outcome == "transferred"
            figure = None if sent else "finished"
        if figure is not None:
            self._count(happened.counter, now.id, figure, -1)

    def _count(self, counter: int, visit: int, figure: str, by: int = 1) -> None:
        """Drills and trainings are never counted."""
        if not self.branch.visits[visit].practice:
            self._tally[counter][figure] += by

    def _check_vip_share(self, called: e.TicketCalled) -> None:
        """At a shared counter at most one call in so many is owed to the VIP lane."""
        config = self.branch.config
        setup = config.counter(called.counter)
        assert setup is not None
        lanes = self._lanes_called[called.counter]
        if called.why.lane == "vip" and not setup.vip:
            one_in = config.calling.vip_ahead_one_in
            self.seen["VIP ahead at a shared counter"] += 1
            assert one_in > 0
            assert "vip" not in lanes[len(lanes) - (one_in - 1) :]
        lanes.append(called.why.lane)

    def _check_figures(self) -> None:
        """The counters' figures are what the journal tells, and times add up."""
        branch = self.branch
        if branch.day is None:
            return
        for counter in branch.counters.values():
            figures, tally = counter.figures, self._tally[counter.id]
            assert figures.called == tally["called"]
            assert figures.missed == tally["missed"]
            assert figures.finished == tally["finished"]
            assert figures.serving_ms >= 0
        if not self._figures_lost:
            served = sum(
                transaction.served_ms
                for visit in branch.visits.values()
                for transaction in visit.transactions
                if visit.id not in self._on_paper and not visit.practice
            )
            assert sum(c.figures.serving_ms for c in branch.counters.values()) == served
        real = [visit for visit in branch.visits.values() if not visit.practice]
        assert sum(branch.day.issued.values()) == len(real)


# --- The state -------------------------------------------------------------------------------


def check_bonds(branch: Branch) -> None:
    """After every single event: the line, the live numbers, and who has whom in hand."""
    visits = branch.visits.values()
    here = [v for v in visits if v.state in HERE]
    assert set(branch.line) == {v.id for v in visits if v.state == "waiting"}
    assert branch.live == {v.number: v.id for v in here}
    assert len(branch.live) == len(here), "two live visits share a number"
    held = {v.id: v.counter for v in visits if v.state in ("called", "serving")}
    assert held == {v.id: v.counter for v in visits if v.counter is not None}
    assert held == {c.visit: c.id for c in branch.counters.values() if c.visit is not None}


def check_counters(branch: Branch) -> None:
    """After every command: each counter is in one piece."""
    for counter in branch.counters.values():
        assert not counter.closing or counter.visit is not None
        assert counter.visit is None or counter.state == "open"
        assert (counter.state == "paused") == (counter.pause_reason is not None)
        assert (counter.help is None) == (counter.help_since is None)
        assert 0 <= counter.since <= branch.at
        if counter.state == "closed":
            assert (counter.staff, counter.help, counter.last_action) == ("", None, None)
    day = branch.day
    if day is None:
        assert not branch.live
        assert all(counter.state == "closed" for counter in branch.counters.values())
        return
    limits = branch.config.limits
    young = sum(branch.at - shown.at < 60_000 for shown in day.calls)
    assert len(day.calls) <= max(limits.recent_calls, 12, young)
    assert len({shown.id for shown in day.messages}) == len(day.messages)
    assert all(alert <= day.last_alert for alert in day.alerts)


def check_visits(branch: Branch) -> None:
    """After every command: each ticket has what its state needs and nothing of another one."""
    for visit in branch.visits.values():
        if visit.state in HERE:
            assert (visit.state == "parked") == (visit.park is not None)
            assert (visit.state == "missed") == (visit.missed_at is not None)
            assert (visit.state == "diverted") == (visit.machine is not None)
            called = visit.state in ("called", "serving")
            assert called == (visit.calls > 0) == (visit.why is not None)
            assert called == (visit.last_call_at is not None) == (visit.first_call_at is not None)
        if visit.state == "waiting" and visit.transactions[0].called_at is None:
            assert visit.transaction.queued_at >= visit.waiting_since
        assert visit.taken_at <= branch.at
        assert not (visit.state == "serving" and (visit.hold or visit.promoted_at))
        check_transactions(branch, visit)


def check_transactions(branch: Branch, visit: Visit) -> None:
    """One after the other, each in the order of its times; no wait and no service below zero."""
    current = visit.current
    for n, transaction in enumerate(visit.transactions):
        running = visit.state == "serving" and n == current
        assert running == (transaction.running_since is not None)
        ended = n < current or (n == current and visit.state == "done")
        assert ended == (transaction.ended_at is not None) == (transaction.outcome is not None)
        assert n <= current or transaction.started_at is None
        times = [
            transaction.queued_at,
            transaction.called_at,
            transaction.started_at,
            transaction.running_since,
            transaction.ended_at,
        ]
        known = [at for at in times if at is not None]
        assert known == sorted(known), (visit.number, transaction)
        check_served(transaction)
    assert visit.transaction is visit.transactions[current]


def check_served(transaction: Transaction) -> None:
    """Time served is time between start and end; time in park is not."""
    if transaction.started_at is None:
        assert transaction.served_ms == 0
    elif transaction.ended_at is not None:
        assert 0 <= transaction.served_ms <= transaction.ended_at - transaction.started_at
    else:
        assert transaction.served_ms >= 0


def check_alerts(branch: Branch) -> None:
    """Once the clock has looked: one cause, one alert that wants an answer."""
    alerts = branch.day.alerts.values() if branch.day else ()
    causes = [
        (a.kind, a.visit, a.counter, a.service, a.machine, a.station, a.question, a.pager)
        for a in alerts
        if a.outcome is None
    ]
    assert len(set(causes)) == len(causes)


def check_pagers(branch: Branch) -> None:
    """One ticket has one pager, and every pager knows whether its visit is over."""
    bound = [one.visit for one in branch.pagers.values() if one.state != "lost"]
    assert len(set(bound)) == len(bound)
    for one in branch.pagers.values():
        visit = branch.visits.get(one.visit)
        assert (one.over_since is None) == (visit is not None and visit.state in HERE)


def check_wakeup(branch: Branch, now: int) -> None:
    """Never asked to wake in the past, nor never again while the day is open."""
    wake = next_wakeup(branch, now)
    assert wake is None or wake >= now
    assert wake is not None or branch.day is None


# --- Who is called ---------------------------------------------------------------------------


def check_call(branch: Branch, called: e.TicketCalled, now: int) -> int:
    """Nobody is passed over who should not be; how many were overtaken by the scores."""
    chosen, counter = branch.visits[called.visit], branch.counters[called.counter]
    rule = called.why.rule
    assert called.why.waited_ms >= 0
    if rule == "by_number":
        assert chosen.state in ("waiting", "parked", "missed")
        return 0
    if rule == "resumed":
        assert chosen.state == "parked"
        return 0
    assert chosen.state == "waiting"
    others = list(_callable_instead(branch, counter, chosen, now))
    _check_passed_over(called.why, chosen, others, now)
    rivals = list(_by_score(branch, counter, chosen, others))
    if rule == "nobody_else":
        assert not others
        assert stands_back(chosen, now)
        assert is_early(chosen, now) or (chosen.hold is not None and not chosen.hold.strict)
        return 0
    assert not stands_back(chosen, now)
    promoted = [v.promoted_at for v in rivals if v.promoted_at is not None]
    if rule == "promoted":
        assert chosen.promoted_at is not None
        assert min(promoted, default=now) >= chosen.promoted_at
        return 0
    assert chosen.promoted_at is None
    assert not promoted
    return _check_scores(branch, counter, chosen, rivals, called.why, now)


def _check_scores(
    branch: Branch,
    counter: CounterState,
    chosen: Visit,
    rivals: list[Visit],
    why: p.WhyCalled,
    now: int,
) -> int:
    """Whoever is overtaken by score came inside the window, and the reason says what is true."""
    preset = preset_of(branch)
    ahead = lanes_that_count(branch, counter, chosen)
    overtaken = [v for v in rivals if came_before(v, chosen, now)]
    for passed in overtaken:
        behind = lanes_that_count(branch, counter, passed)
        window = max(min(window_minutes(preset, a, b) for b in behind) for a in ahead)
        by = waited(passed, now) - waited(chosen, now)
        assert by <= window * MINUTE + 1, (passed.number, chosen.number, by / MINUTE, window)
    if why.rule == "longest_wait":
        assert not overtaken
    if why.rule in ("lane_advantage", "escalated"):
        assert overtaken
        assert why.lane != "ordinary", "an ordinary ticket has no advantage"
    if why.rule == "care_first":
        assert "care" in chosen.lanes
    return sum(1 for v in overtaken if waited(v, now) > waited(chosen, now))


def _check_passed_over(why: p.WhyCalled, chosen: Visit, others: list[Visit], now: int) -> None:
    """The reason names everybody who came before and could have been called."""
    passed = sorted((v for v in others if came_before(v, chosen, now)), key=arrival_at(now))
    assert why.passed_over_count == len(passed)
    assert list(why.passed_over) == [v.id for v in passed[: len(why.passed_over)]]
    assert len(why.passed_over) == min(len(passed), order.PASSED_OVER_MAX)


def _callable_instead(
    branch: Branch, counter: CounterState, chosen: Visit, now: int
) -> Iterator[Visit]:
    """Everybody whom the counter could have called instead, and who does not stand back."""
    when_idle = not serves(branch, counter, chosen)
    for visit in branch.visits.values():
        if visit.state != "waiting" or visit is chosen or visit.absent or stands_back(visit, now):
            continue
        if serves(branch, counter, visit):
            assert not when_idle, "the counter is not idle"
            yield visit
        elif when_idle and serves(branch, counter, visit, when_idle=True):
            yield visit


def _by_score(
    branch: Branch, counter: CounterState, chosen: Visit, others: list[Visit]
) -> Iterator[Visit]:
    """Those of them who are the chosen one's rivals by the scores; care counters put care first."""
    setup = branch.config.counter(counter.id)
    assert setup is not None
    for visit in others:
        if not setup.care_first or behind_care(visit) == behind_care(chosen):
            yield visit
        else:
            assert behind_care(visit), "care goes first at a care counter"


def serves(branch: Branch, counter: CounterState, visit: Visit, when_idle: bool = False) -> bool:
    """Whether the counter may call the visit, told again: sent to it, or served by it."""
    setup = branch.config.counter(counter.id)
    assert setup is not None
    if visit.only_counter is not None and branch.counters[visit.only_counter].state != "closed":
        return visit.only_counter == counter.id
    if "low_counter" in visit.needs and not setup.low and _offered_low(branch, visit):
        return False
    offered = {*counter.services, *(setup.when_idle if when_idle else ())}
    return visit.service in offered or (setup.vip and "vip" in visit.lanes)


def _offered_low(branch: Branch, visit: Visit) -> bool:
    """Whether the branch is built to serve it at a low counter at all."""
    low = [counter for counter in branch.config.counters if counter.low]
    return any(visit.service in (*counter.services, *counter.when_idle) for counter in low)


def behind_care(visit: Visit) -> bool:
    """At a care counter: neither of the care lane nor promoted."""
    return "care" not in visit.lanes and visit.promoted_at is None


def stands_back(visit: Visit, now: int) -> bool:
    """Whether the visit lets others go first, or has named a time that has not come."""
    hold = visit.hold
    held = hold is not None and now < hold.until and (hold.strict or hold.places > 0)
    return held or is_early(visit, now)


def is_early(visit: Visit, now: int) -> bool:
    """Whether it is booked for later, and nobody has put it first."""
    booked_at = visit.booked_at or 0
    return now < booked_at and "appointment" in visit.lanes and visit.promoted_at is None


def waited(visit: Visit, now: int) -> int:
    """How long the line has counted, in ms; before the opening it has not begun to."""
    return max(0, now - visit.waiting_since)


def came_before(one: Visit, other: Visit, now: int) -> bool:
    """Whether the one has waited longer, or as long with an older ticket."""
    key = arrival_at(now)
    return key(one) < key(other)


def arrival_at(now: int) -> Callable[[Visit], tuple[int, int, int]]:
    """The order in which people came, as the line counts at that moment."""
    return lambda visit: (-waited(visit, now), visit.taken_at, visit.id)


def preset_of(branch: Branch) -> Preset:
    """The manager's preset of today, else the configured one."""
    calling = branch.config.calling
    chosen = branch.day.preset if branch.day else ""
    return calling.presets[chosen if chosen in calling.presets else calling.preset]


def lanes_that_count(branch: Branch, counter: CounterState, visit: Visit) -> set[p.Lane]:
    """The lanes whose scores a visit has here: VIPs are ordinary at shared counters."""
    setup = branch.config.counter(counter.id)
    assert setup is not None
    one_in = branch.config.calling.vip_ahead_one_in
    vips = setup.vip or 0 < one_in <= counter.calls_since_vip + 1
    return {"ordinary", *(lane for lane in visit.lanes if lane != "vip" or vips)}


@lru_cache(maxsize=10_000)
def window_minutes(preset: Preset, ahead: p.Lane, behind: p.Lane) -> float:
    return order.overtaking_window(preset, ahead, behind)


# --- What is shown ---------------------------------------------------------------------------


def check_views(branch: Branch, now: int, feeds: Iterable[str]) -> None:
    """Every feed builds, is small, comes through the wire whole, and keeps its secrets."""
    built = views.Views(branch, now)
    for feed in feeds:
        view: Any = built.build(feed)
        data = p.encode(view)
        assert len(data) < VIEW_BYTES_MAX, (feed, len(data))
        assert p.decode_from_server(data) == view
        assert (view.seq, view.at) == (branch.seq, now)
        if isinstance(view, p.KioskView | p.DisplayView | p.PanelView):
            assert not SECRET.intersection(JSON_TEXT.findall(data.decode()))
        elif isinstance(view, p.BoardView):
            figures = msgspec.structs.asdict(view.figures)
            assert figures.pop("issued") == sum(figures.values())
            assert figures["waiting"] <= view.line_count == len(branch.line)
        elif isinstance(view, p.CounterView):
            _check_line(branch, view, now)


def _check_line(branch: Branch, view: p.CounterView, now: int) -> None:
    """What counters have in common is worked out once, and still right for each of them."""
    counter = branch.counters[view.counter]
    own = order.line_for(branch, counter, now) if counter.state != "closed" else []
    assert view.line_count == len(own)
    assert [shown.visit for shown in view.line] == [one.visit.id for one in own[: len(view.line)]]


# --- Random days -----------------------------------------------------------------------------


def audited(shape: Any, moves: Any) -> Auditor:
    """A day under audit; when it fails, the error tells what went before."""
    day = RandomDay(shape)
    auditor = Auditor(day.config)
    steps: list[Step] = []
    try:
        for step in day.play(moves):
            steps.append(step)
            auditor.see(step, day.branch)
        auditor.end()
    except Exception as error:
        told = [step for step in steps if step.events or step is steps[-1]]
        error.add_note("\n".join(["The day so far:", *map(str, told[-80:])]))
        raise
    return auditor


@many
@given(days())
def test_whatever_happens_a_day_adds_up_at_every_moment(day):
    auditor = audited(*day)

    overtakes = auditor.seen["overtakes"]
    target(float(overtakes), label="overtakes")
    event("somebody was overtaken" if overtakes else "nobody was overtaken")


@settings(many, max_examples=max(1, EXAMPLES // 2))
@given(days())
def test_nobody_waits_for_ever_when_every_counter_works_on(day):
    shape, moves = day
    lobby = RandomDay(shape)
    for _ in lobby.play(moves):
        pass

    assume(lobby.branch.day is not None)
    work_on(lobby.branch, lobby.now)

    assert not lobby.branch.line
    assert all(counter.visit is None for counter in lobby.branch.counters.values())


def work_on(branch: Branch, now: int) -> None:
    """Every counter opens, calls, serves, again and again, until there is nobody left.

    Each service is offered at a low counter, so that nobody is left out by what they need; no
    round goes by without a call, unless whoever is left has asked not to be called yet. Whoever is
    on the way has come.
    """
    low = next(c.id for c in branch.config.counters if c.low)
    services = tuple(service.id for service in branch.config.services)
    do(branch, p.SetCounterServices, now, counter=low, services=services, reason="staffing")
    for visit in branch.waiting():
        if visit.absent:
            do(branch, p.CheckIn, now, visit=visit.id)
    transactions = sum(
        len(visit.transactions) for visit in branch.visits.values() if visit.state in HERE
    )
    rounds_max = 4 * (transactions + 1)
    for _ in range(rounds_max):
        served = [_serve_one(branch, counter, now) for counter in branch.counters]
        now += SECOND
        if not branch.line:
            break
        if not any(served):
            waiting = branch.waiting()
            assert all(v.hold is not None and v.hold.strict for v in waiting)
            now = max(now, min(v.hold.until for v in waiting if v.hold is not None))


def _serve_one(branch: Branch, counter: int, now: int) -> bool:
    """Whoever is in hand is served to the end, then somebody is called and served."""
    if branch.counters[counter].state == "closed":
        do(branch, p.OpenCounter, now, counter=counter)
    elif branch.counters[counter].state == "paused":
        do(branch, p.ResumeCounter, now, counter=counter)
    try:
        if branch.counters[counter].visit is None:
            do(branch, p.CallNext, now, counter=counter)
    except Refused:
        return False
    visit = branch.visits[branch.counters[counter].visit or 0]
    if visit.state == "called":
        do(branch, p.StartService, now, counter=counter)
    while branch.counters[counter].visit is not None:
        do(branch, p.FinishService, now, counter=counter)
    return True


def do(branch: Branch, kind: type[p.BranchCommand], now: int, **fields: Any) -> None:
    """One command of a branch head, taken."""
    assert branch.day is not None
    command: Any = kind(id="command-of-the-test", day=branch.day.date, **fields)
    stamp = Stamp(now, Actor(role="branch_head"), command.id)
    for happened in decide(branch, command, stamp):
        apply(branch, happened, stamp)


# --- The days are what they are meant to be --------------------------------------------------


def test_the_crowd_gives_every_command_and_everything_happens():
    to_be_seen = {
        *(f"accepted {kind.__name__}" for kind in COMMANDS),
        *(f"called by {rule}" for rule in get_args(p.CallRule)),
        *(f"undone {kind.__name__}" for kind in get_args(UNDOABLE)),
        *e.EVENT_TYPES,
    }
    seen: Counter[str] = Counter()
    for seed in range(SEEDED_DAYS_MAX):
        if seed >= SEEDED_DAYS and to_be_seen <= seen.keys():
            break
        seen += audited(*seeded(seed)).seen

    assert to_be_seen <= seen.keys()
    at_least = {name: count for name, count in OFTEN.items() if seen[name] < count}
    assert not at_least, {name: seen[name] for name in at_least}


# --- The window ------------------------------------------------------------------------------

minutes = st.floats(0, 60, allow_nan=False).map(lambda value: round(value, 2))
rules = st.builds(
    LaneRule,
    head_start_minutes=minutes,
    rate=st.sampled_from((1.0, 1.25, 1.5, 2.0, 3.0, 10.0)),
    escalate_minutes=st.floats(1, 120).map(lambda value: round(value, 2)),
)


@st.composite
def presets(draw: st.DrawFn) -> Preset:
    drawn = [draw(rules) for _ in range(4)]
    top = max(rule.head_start_minutes for rule in drawn)
    longer = (replace(r, escalate_minutes=max(r.escalate_minutes, top, 1.0)) for r in drawn)
    return Preset(**dict(zip(("ordinary", "care", "vip", "appointment"), longer, strict=True)))


@given(presets(), st.sampled_from(get_args(p.Lane)), st.sampled_from(get_args(p.Lane)))
def test_the_overtaking_window_is_as_wide_as_it_says_and_no_wider(preset, ahead, behind):
    window = order.overtaking_window(preset, ahead, behind)

    assert not can_overtake(preset, ahead, behind, later=window + 0.001)
    if window > 0.001:
        assert can_overtake(preset, ahead, behind, later=window - 0.001)


def can_overtake(preset: Preset, ahead: p.Lane, behind: p.Lane, later: float) -> bool:
    """Whether one who came so much later has the higher score at any time at all.

    Between the corners of the two lines the difference is straight, and beyond the last it
    stays: looking at the corners is looking everywhere.
    """
    mine, theirs = preset.rule(ahead), preset.rule(behind)
    corners = (later, max(later, theirs.escalate_minutes), later + mine.escalate_minutes, 10_000.0)
    return any(
        score(preset, mine, waited - later) > score(preset, theirs, waited) for waited in corners
    )


def score(preset: Preset, rule: LaneRule, waited_minutes: float) -> float:
    """What a lane's score is after so long: a head start, a rate, and the top rate in the end."""
    rates = [preset.rule(lane).rate for lane in get_args(p.Lane)]
    escalated = max(0.0, waited_minutes - rule.escalate_minutes)
    return (
        rule.head_start_minutes + rule.rate * (waited_minutes - escalated) + max(rates) * escalated
    )


# --- A full house ----------------------------------------------------------------------------


def test_the_views_of_a_full_house_stay_small():
    branch, now = spacious_branch()
    services = [service.id for service in branch.config.services]
    needs = get_args(p.Need)[:3]  # more than anybody has asked for at once
    for n in range(2_000):
        # Of each series there are 999 numbers.
        lanes = (get_args(p.Lane), ("care", "appointment"), ("care",))[n % 3]
        service = services[n % len(services)]
        do(branch, p.TakeTicket, now, service=service, lanes=lanes, needs=needs, reason="peak")
        do(branch, p.RequestHelp, now, visit=branch.last_visit)
    for visit in range(1_000, 1_100):
        do(branch, p.DivertToMachine, now, visit=visit, machine="kiosk_a")
    for _ in range(branch.config.limits.messages_max):
        do(branch, p.SendMessage, now, zh="长" * 200, en="l" * 200)
    papers = ("证" * 60,) * 20
    for counter in branch.counters:
        do(branch, p.CallNumber, now, counter=counter, number=f"V{counter:03d}", reason="peak")
        do(branch, p.ParkTicket, now, counter=counter, reason="papers")
        do(branch, p.CallNumber, now, counter=counter, number=f"V{600 + counter}", reason="peak")
        do(branch, p.StartService, now, counter=counter)
        for service in services[1:5]:
            do(branch, p.AddTransaction, now, counter=counter, service=service)
        for _ in services[1:5]:
            missing = {"outcome": "papers_missing", "papers": papers}
            do(branch, p.FinishService, now, counter=counter, **missing)

    counters = [f"CounterView:{counter}" for counter in branch.counters]
    tickets = [f"TicketView:{visit}" for visit in branch.live.values()]
    assert len(branch.line) > 1_800
    check_views(branch, now, [*ALL_FEEDS, *counters, *tickets])


def spacious_branch() -> tuple[Branch, int]:
    """Twelve open counters, eight services that need much, room for 2,000; on a Monday at nine."""
    simple = config_of((0,) * SHAPE_NUMBERS)
    words = p.Words(zh="身份证、银行卡或存折原件", en="Identity card, bank card or passbook")
    services = tuple(
        replace(simple.services[0], id=f"service_{series}", series=series, bring=(words,) * 3)
        for series in "ABCDEFGH"
    )
    names = tuple(service.id for service in services)
    counters = tuple(replace(simple.counters[0], id=n, services=names) for n in range(1, 13))
    config = replace(
        simple,
        services=services,
        counters=counters,
        machines=(MachineConfig(id="kiosk_a", name=words),),
        hours=Hours(rules=(simple.hours.rules[0],)),
        vip_series="V",
    )
    assert not faults(config)
    branch, now = new_branch(config), hours.instant(config, "2026-11-23", "09:00")
    for command in (Configure(config), TimePassed()):
        for happened in decide(branch, command, Stamp(now)):
            apply(branch, happened, Stamp(now))
    for counter in branch.counters:
        do(branch, p.OpenCounter, now, counter=counter)
    return branch, now
