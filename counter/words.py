"""What a counter's view says, in words: the ticket, the line and its reasons, the figures. Pure.

One description for eyes, ears and tests. Nothing is told by a drawing or by a colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from msgspec import Struct

from counter.verbs import seconds_until
from shared.i18n import say, text
from shared.protocol import (
    AppointmentShown,
    AppointmentStatus,
    CounterView,
    Language,
    RatingFigures,
    Refused,
    TicketShown,
    TransactionShown,
    WhyCalled,
    Words,
)
from shared.waits import told

Local: TypeAlias = Callable[[int], str]
"""An instant (ms) as the branch's clocks show it."""

LISTS: Final = ("line", "missed", "parked")
BOOKED: Final = "booked"
TO_COME: Final[tuple[AppointmentStatus, ...]] = ("expected", "due", "late")

NUMBERS_NAMED_MAX: Final = 3
"""Of those that were passed over: more would not be read."""

SAVES_MINUTES: Final = 1.0
"""Less for each is not worth a line."""

EARLIER_MAX: Final = 3
"""Of the visit's services, the newest."""


class Speaker:
    """Sentences of the catalogue, and names of the branch, in the teller's language."""

    def __init__(
        self, language: Language, view: CounterView | None = None, zone: str = "UTC"
    ) -> None:
        self.language = language
        self.zone = zone
        services = view.all_services if view else ()
        self._services = {one.id: one.name for one in services}
        self._counters = {one.id: one.name for one in view.counters} if view else {}

    def __call__(self, key: str, **values: object) -> str:
        return text(self.language, key, **values)

    def name(self, words: Words) -> str:
        """A name in this language, or in the other where there is none."""
        zh, en = words.zh or words.en, words.en or words.zh
        return zh if self.language == "zh" else en

    def service(self, service: str) -> str:
        """A service by its id."""
        return self.name(self._services.get(service, Words())) or service

    def counter(self, counter: int) -> str:
        """A counter by its number."""
        return self.name(self._counters.get(counter, Words())) or str(counter)

    def all(self, words: Iterator[str]) -> str:
        """Several, one after the other."""
        return self("word.and").join(words)

    def refusal(self, refused: Refused, zone: str, now: int) -> str:
        """A refusal in this language; as the server said it where this catalogue has no words."""
        key = f"refusal.{refused.code}"
        if self(key) == key:
            return refused.text
        return say(self.language, key, refused.values, zone, self._services, today=now)


class TicketLines(Struct, frozen=True):
    """The ticket in hand as it is written: the number large, the rest line by line."""

    number: str
    state: str
    lines: tuple[str, ...]
    needs: tuple[str, ...] = ()


def minutes(ms: int) -> int:
    """Whole minutes, as people say it."""
    return max(0, ms) // 60_000


def clock(ms: int) -> str:
    """A duration as m:ss, or h:mm:ss."""
    seconds = max(0, ms) // 1000
    hours, rest = divmod(seconds, 3600)
    short = f"{rest // 60}:{rest % 60:02d}" if not hours else f"{rest // 60:02d}:{rest % 60:02d}"
    return f"{hours}:{short}" if hours else short


# --- The ticket in hand ----------------------------------------------------------------------


def ticket(view: CounterView, say: Speaker, now: int, local: Local) -> TicketLines:
    """What stands in the middle of the desk."""
    current = view.current
    if current is None:
        return TicketLines(
            number="", state=say(_nobody(view)), lines=tuple(_counter_lines(view, say, now))
        )
    return TicketLines(
        number=current.number,
        state=_state(current, say, now),
        lines=(
            *_ticket_lines(view, current, say, local),
            *_counter_lines(view, say, now),
        ),
        needs=(*(say(f"counter.need.{need}") for need in current.needs), *_pager(current, say)),
    )


def _nobody(view: CounterView) -> str:
    if view.day is None:
        return "counter.nobody.no_day"
    return f"counter.nobody.{view.state}"


def _state(current: TicketShown, say: Speaker, now: int) -> str:
    if current.state == "serving":
        since = current.started_at if current.started_at is not None else now
        return say("counter.serving", time=clock(now - since))
    since = current.called_at if current.called_at is not None else now
    return say("counter.called", n=current.calls, time=clock(now - since))


def _ticket_lines(
    view: CounterView, current: TicketShown, say: Speaker, local: Local
) -> Iterator[str]:
    kinds = [say.service(current.service), lanes(current, say), say(f"language.{current.language}")]
    yield say("counter.dot").join(filter(None, kinds))
    for one in current.answers:
        yield say("counter.answer", label=say.name(one.label), answer=say.name(one.answer))
    if current.why is not None:
        waited = minutes(current.why.waited_ms)
        yield say("counter.waited", minutes=waited, time=local(current.taken_at))
        yield why(current.number, current.why, say, _numbers(view))
    if current.person is not None and (current.person.name or current.person.phone):
        person = say.all(filter(None, (current.person.name, current.person.phone)))
        yield say("counter.person", person=person)
    if current.note:
        yield say("counter.note", note=current.note)
    yield from _of_booking(current, say, local)
    yield from _earlier(view, say)


def _of_booking(current: TicketShown, say: Speaker, local: Local) -> Iterator[str]:
    """What was said with the appointment: seen here, where it is served, and nowhere else."""
    if current.booked_at is not None:
        yield say("counter.booked_at", time=local(current.booked_at))
    if current.person is not None and current.person.amount:
        yield say("counter.amount", amount=current.person.amount)
    if current.person is not None and current.person.note:
        yield say("counter.booked_note", note=current.person.note)


def lanes(ticket: TicketShown, say: Speaker) -> str:
    """The lanes that are not everybody's, in words."""
    return say.all(say(f"lane.{lane}") for lane in ticket.lanes if lane != "ordinary")


def _earlier(view: CounterView, say: Speaker) -> Iterator[str]:
    others = [one for one in view.transactions if one.outcome is not None]
    for one in others[-EARLIER_MAX:]:
        yield say("counter.earlier", n=one.n, what=_transaction(one, say))
    following = [one for one in view.transactions if one.outcome is None]
    for one in following[1:]:
        yield say("counter.following", service=say.service(one.service))


def _transaction(one: TransactionShown, say: Speaker) -> str:
    where = say.counter(one.counter) if one.counter is not None else ""
    outcome = say(f"outcome.{one.outcome}")
    papers = say.all(iter(one.papers))
    return say("counter.dot").join(filter(None, (say.service(one.service), where, outcome, papers)))


def _counter_lines(view: CounterView, say: Speaker, now: int) -> Iterator[str]:
    if view.closing:
        yield say("counter.closing")
    if view.state != "open" and (saves := _effect_minutes(view)):
        yield say("counter.would_save", n=saves)
    if view.undo is not None and (seconds := seconds_until(view.undo_until, now)):
        yield say("counter.undo", action=say(f"action.{view.undo}"), seconds=seconds)


def _effect_minutes(view: CounterView) -> int:
    """Minutes in the mean, by simulation, that it saves everybody who waits to be open."""
    if view.would_save is None or view.would_save < SAVES_MINUTES:
        return 0
    return round(view.would_save)


# --- Why -------------------------------------------------------------------------------------


def why(number: str, reason: WhyCalled, say: Speaker, numbers: Mapping[int, str]) -> str:
    """Why this one was called, or is next, in a sentence."""
    said = say(
        f"counter.why.{reason.rule}",
        number=number,
        minutes=minutes(reason.waited_ms),
        lane=say(f"lane.{reason.lane}"),
        reason=say(f"reason.{reason.reason}") if reason.reason else say("word.nothing"),
    )
    if not reason.passed_over_count:
        return said
    named = [numbers[visit] for visit in reason.passed_over if visit in numbers]
    if not named:
        return said + say("counter.before_others", n=reason.passed_over_count)
    listed = say.all(iter(named[:NUMBERS_NAMED_MAX]))
    if reason.passed_over_count > len(named[:NUMBERS_NAMED_MAX]):
        return said + say("counter.before_many", numbers=listed, n=reason.passed_over_count)
    return said + say("counter.before", numbers=listed)


def why_next(view: CounterView, say: Speaker) -> str:
    """Why the first of the line is the first; "" without anybody."""
    if view.next_why is None or not view.line:
        return ""
    return why(view.line[0].number, view.next_why, say, _numbers(view))


def _numbers(view: CounterView) -> dict[int, str]:
    return {one.visit: one.number for one in (*view.line, *view.missed, *view.parked)}


# --- Lists -----------------------------------------------------------------------------------


def lists_of(view: CounterView) -> tuple[str, ...]:
    """The lists there are: appointments only where there are any today."""
    return (*LISTS, BOOKED) if view.appointments else LISTS


def rows(
    view: CounterView, name: str, say: Speaker, now: int, local: Local
) -> Iterator[tuple[str, ...]]:
    """A list, row by row."""
    if name == BOOKED:
        return (booked_row(one, say, now, local) for one in view.appointments)
    return (row(one, name, say, now, local) for one in tickets_of(view, name))


def booked_row(one: AppointmentShown, say: Speaker, now: int, local: Local) -> tuple[str, ...]:
    """An appointment of the day: its time, its service, its number, how it stands, whose it is."""
    remarks = (booked_state(one, say, now), *_wishes(one, say), _whose(one))
    number = one.number or ""
    return local(one.slot), say.service(one.service), number, say.all(filter(None, remarks))


def booked_state(one: AppointmentShown, say: Speaker, now: int) -> str:
    """Due, late by so much, missing, there."""
    state = say(f"appointment_status.{one.status}")
    if one.status not in ("late", "missing"):
        return state
    return f"{state} {say('counter.minutes', n=minutes(now - one.slot))}"


def _wishes(one: AppointmentShown, say: Speaker) -> Iterator[str]:
    yield from (say(f"need.{need}") for need in one.needs)


def _whose(one: AppointmentShown) -> str:
    person = one.person
    return " ".join(filter(None, (person.name, person.phone))) if person else ""


def tickets_of(view: CounterView, name: str) -> tuple[TicketShown, ...]:
    """The tickets of one of the lists."""
    return {"line": view.line, "missed": view.missed, "parked": view.parked}[name]


def count_of(view: CounterView, name: str) -> int:
    """How many are in a list, shown or not."""
    if name == BOOKED:
        return len(view.appointments)
    return view.line_count if name == "line" else len(tickets_of(view, name))


def heading(view: CounterView, name: str, say: Speaker) -> str:
    """A list and how many are in it."""
    n = count_of(view, name)
    if name == BOOKED:
        n = sum(one.status in TO_COME for one in view.appointments)
    return say(f"counter.list.{name}", n=n)


def row(ticket: TicketShown, name: str, say: Speaker, now: int, local: Local) -> tuple[str, ...]:
    """A ticket of a list: number, service, time, and what else there is to say."""
    return (
        ticket.number,
        say.service(ticket.service),
        _time(ticket, name, say, now, local),
        say.all(filter(None, _remarks(ticket, name, say, local))),
    )


def _pager(ticket: TicketShown, say: Speaker) -> Iterator[str]:
    if ticket.pager is not None:
        yield say("screen.pager", pager=ticket.pager)


def _time(ticket: TicketShown, name: str, say: Speaker, now: int, local: Local) -> str:
    if name == "missed" and ticket.missed_at is not None:
        return local(ticket.missed_at)
    return say("counter.minutes", n=minutes(now - ticket.waiting_since))


def _remarks(ticket: TicketShown, name: str, say: Speaker, local: Local) -> Iterator[str]:
    yield lanes(ticket, say)
    yield from (say(f"need.{need}") for need in ticket.needs)
    yield from _pager(ticket, say)
    if ticket.promoted:
        yield say("counter.promoted")
    if ticket.only_counter is not None:
        yield say("counter.only", counter=say.counter(ticket.only_counter))
    if ticket.held_until is not None:
        yield say("counter.held", time=local(ticket.held_until))
    if name == "line" and ticket.wait is not None:
        yield say("counter.still", wait=told(say.language, ticket.wait))
    if name == "parked" and ticket.park_reason is not None:
        yield say(f"park_reason.{ticket.park_reason}")
    if name == "parked" and ticket.park_until is not None:
        yield say("counter.park_until", time=local(ticket.park_until))


# --- The head and what is told ---------------------------------------------------------------


def head(view: CounterView, say: Speaker, now: int, local: Local) -> str:
    """Where, how it is, who, what time."""
    parts = [say.name(view.name), state(view, say)]
    if view.staff:
        parts.append(view.staff)
    if view.help is not None:
        parts.append(help_line(view, say, now))
    parts.append(local(now))
    return say("counter.dot").join(parts)


def state(view: CounterView, say: Speaker) -> str:
    """The counter's own state."""
    if view.day is None:
        return say("counter.no_day")
    if view.state == "paused" and view.pause_reason is not None:
        return say("counter.paused", reason=say(f"pause_reason.{view.pause_reason}"))
    return say("counter.closing_soon") if view.closing else say(f"counter_state.{view.state}")


def help_line(view: CounterView, say: Speaker, now: int) -> str:
    """The help that was asked for, and for how long; "" without."""
    if view.help is None:
        return ""
    since = view.help_since if view.help_since is not None else now
    return say("counter.help", kind=say(f"help_kind.{view.help}"), time=clock(now - since))


def figures(view: CounterView, say: Speaker) -> str:
    """The counter's own day so far, what became of the last question to a customer, and what it
    would cost to close."""
    done = view.figures
    mean = clock(done.serving_ms // done.finished) if done.finished else say("word.nothing")
    parts = [
        say(
            "counter.figures",
            called=done.called,
            finished=done.finished,
            missed=done.missed,
            mean=mean,
        )
    ]
    if view.own_ratings is not None:
        parts.append(_ratings(view.own_ratings, say))
    if view.question is not None:
        state = say(f"question_state.{view.question.state}")
        parts.append(say("counter.question", number=view.question.number, state=state))
    # Here and not with the ticket: a counter that is open has one in hand, and it needs the room.
    if view.state == "open" and (costs := _effect_minutes(view)):
        parts.append(say("counter.would_cost", n=costs))
    return say("counter.dot").join(parts)


def _ratings(own: RatingFigures, say: Speaker) -> str:
    """Totals of several, never a single score: the server sends them from five on."""
    rated = own.answered + own.by_phone
    asked = own.answered + own.not_rated + own.cut_short
    return say(
        "counter.ratings",
        satisfied=_percent(own.satisfied, rated, say),
        took_part=_percent(own.answered, asked, say),
        n=rated,
    )


def _percent(part: int, whole: int, say: Speaker) -> str:
    return f"{round(100 * part / whole)}%" if whole else say("word.nothing")


def messages(view: CounterView, say: Speaker) -> str:
    """What the staff tell all counters."""
    said = [say.name(Words(zh=one.zh, en=one.en)) for one in view.messages]
    if view.emergency:
        said.insert(0, say("counter.emergency"))
    return say("counter.bar").join(said)


def news(before: CounterView | None, view: CounterView, say: Speaker) -> str:
    """What has changed between two views, in a sentence; "" when nothing that matters has."""
    changes = [] if before is None else [*_news(before, view, say)]
    return say.all(iter(changes))


def _news(before: CounterView, view: CounterView, say: Speaker) -> Iterator[str]:
    was, now = _hand(before), _hand(view)
    if now != was and view.current is not None:
        yield say(f"counter.news.{view.current.state}", number=view.current.number)
    elif now != was and before.current is not None:
        yield say("counter.news.gone", number=before.current.number)
    if (before.state, before.closing) != (view.state, view.closing):
        yield say("counter.news.state", state=state(view, say))
    if before.help is not None and view.help is None:
        yield say("counter.news.helped")
    if before.line_count != view.line_count:
        yield say("counter.news.line", n=view.line_count)
    if new := [one for one in view.messages if one not in before.messages]:
        yield say.name(Words(zh=new[-1].zh, en=new[-1].en))


def own(view: CounterView) -> tuple[Any, ...]:
    """What of a view is about this counter itself: that is shown at once."""
    return (
        view.current,
        view.state,
        view.closing,
        view.help,
        view.undo,
        view.question,
        view.messages,
    )


def _hand(view: CounterView) -> tuple[Any, ...]:
    current = view.current
    return (None,) if current is None else (current.visit, current.state, current.calls)


def desk(view: CounterView, say: Speaker, now: int, local: Local) -> Iterator[str]:
    """The whole desk in words, line by line, as it would be read aloud."""
    yield say("counter.reading")
    yield head(view, say, now, local)
    shown = ticket(view, say, now, local)
    if shown.number:
        yield say("counter.in_hand", number=shown.number)
    yield shown.state
    yield from shown.needs
    yield from shown.lines
    if why := why_next(view, say):
        yield say("counter.next", why=why)
    for name in lists_of(view):
        yield heading(view, name, say)
        for cells in rows(view, name, say, now, local):
            yield say("counter.dot").join(filter(None, cells))
    yield figures(view, say)
    if said := messages(view, say):
        yield said
