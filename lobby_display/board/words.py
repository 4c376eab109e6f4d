"""What there is, in words: names, ages, lanes, and why a number was called. Pure.

Nothing is said by colour alone: what is late, near or out of order has a word of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from msgspec import Struct

from shared.i18n import text
from shared.protocol import (
    AlertShown,
    BoardView,
    CallTold,
    CommentShown,
    CounterStatus,
    Language,
    RequestShown,
    Role,
    StaffId,
    TicketShown,
    WaitShown,
    WhyCalled,
    Words,
)

MINUTE_MS: Final = 60_000

NEAR_SHARE: Final = 0.75
"""Of a promised wait: from here on a ticket is said to be due soon."""

Local: TypeAlias = Callable[[int], str]
"""An instant (ms) as the branch's clocks show it."""


class Desk(Struct, frozen=True):
    """All a page may know: what the branch shows, who looks at it, and when."""

    view: BoardView
    language: Language
    local: Local
    now: int
    zone: str = "UTC"
    role: Role = "board"
    staff: StaffId = ""
    prints: bool = False

    def say(self, key: str, **values: object) -> str:
        """A sentence of the catalogue."""
        return text(self.language, key, **values)

    def board(self, key: str, **values: object) -> str:
        """The same, of the board's own."""
        return text(self.language, f"board.{key}", **values)

    def name(self, words: Words) -> str:
        """A name in this language, or in the other where there is none."""
        zh, en = words.zh or words.en, words.en or words.zh
        return zh if self.language == "zh" else en

    def all(self, words: Sequence[str]) -> str:
        """Several, one after the other."""
        return self.say("word.and").join(words)

    # --- Names -------------------------------------------------------------------------------

    def service(self, service: str) -> str:
        """A service by its id."""
        found = next((s for s in self.view.services if s.id == service), None)
        return self.name(found.name) or service if found else service

    def counter(self, counter: int | None) -> str:
        """A counter by its number."""
        found = next((c for c in self.view.counters if c.id == counter), None)
        return self.name(found.name) or str(counter) if found else str(counter or "")

    def machine(self, machine: str | None) -> str:
        """A self-service machine by its id."""
        found = next((m for m in self.view.machines if m.id == machine), None)
        return self.name(found.name) or found.id if found else machine or ""

    # --- Times -------------------------------------------------------------------------------

    def minutes(self, ms: int) -> str:
        """A length of time, in whole minutes."""
        return self.board("minutes", n=max(0, ms) // MINUTE_MS)

    def since(self, moment: int) -> str:
        """For how long."""
        return self.minutes(self.now - moment)

    def waited(self, ticket: TicketShown) -> str:
        """How long a ticket has waited, and how long it was promised to."""
        waited = max(0, self.now - ticket.waiting_since) // MINUTE_MS
        if ticket.due_at is None:
            return self.board("waited", n=waited)
        target = max(0, ticket.due_at - ticket.waiting_since) // MINUTE_MS
        return self.board("waited_of", n=waited, target=target)

    def due(self, ticket: TicketShown) -> str:
        """Whether it is late, or will be soon, in a word."""
        if ticket.due_at is None:
            return ""
        late = self.now - ticket.due_at
        if late >= 0:
            return self.board("late", n=late // MINUTE_MS)
        return self.board("soon", n=-(late // MINUTE_MS)) if is_near(ticket, self.now) else ""

    def range(self, wait: WaitShown | None) -> str:
        """How long it will still take, as short as it can be said."""
        if wait is None:
            return ""
        if wait.low == 0:
            return self.board("within", n=wait.high)
        return self.board("range", low=wait.low, high=wait.high)

    def latest(self, wait: WaitShown | None) -> str:
        """By when it was promised at the latest; marked, where that had to be put off."""
        if wait is None or wait.until is None:
            return ""
        return self.board("slipped" if wait.slipped else "latest", time=self.local(wait.until))

    # --- Tickets -----------------------------------------------------------------------------

    def lanes(self, ticket: TicketShown) -> str:
        """Its lanes; the ordinary one is not worth a word beside another."""
        ahead = [lane for lane in ticket.lanes if lane != "ordinary"]
        return self.all([self.say(f"lane.{lane}") for lane in ahead or ("ordinary",)])

    def needs(self, ticket: TicketShown) -> str:
        """What it needs."""
        return self.all([self.say(f"need.{need}") for need in ticket.needs])

    def person(self, ticket: TicketShown) -> str:
        """Whose it is, masked as the view has it."""
        person = ticket.person
        return " ".join(filter(None, (person.name, person.phone))) if person else ""

    def remarks(self, ticket: TicketShown, *, held: bool = True) -> str:
        """What is particular about it, but for its lanes; and until when it stands back, unless
        that is said elsewhere."""
        said = [self.board("absent")] if ticket.absent else []
        said.append(self.needs(ticket))
        if ticket.pager is not None:
            said.append(self.say("screen.pager", pager=ticket.pager))
        if ticket.promoted:
            said.append(self.board("promoted"))
        if ticket.only_counter is not None:
            said.append(self.board("only_at", counter=self.counter(ticket.only_counter)))
        if held and ticket.held_until is not None:
            said.append(self.held(ticket))
        if ticket.language != "zh":
            said.append(self.say(f"language.{ticket.language}"))
        return self.all([words for words in (*said, self.person(ticket)) if words])

    def held(self, ticket: TicketShown) -> str:
        """For how long it stands back."""
        until = self.local(ticket.held_until or 0)
        if ticket.held_places:
            return self.board("held_places", n=ticket.held_places, time=until)
        return self.board("held_until", time=until)

    def waits_for(self, ticket: TicketShown) -> str:
        """The only counters that may call it, and what they do: why it waits while others go."""
        if ticket.state != "waiting" or "low_counter" not in ticket.needs:
            return ""
        low = [counter for counter in self.view.counters if counter.low]
        doing = [f"{self.name(counter.name)} ({self.doing(counter)})" for counter in low]
        return self.board("waits_for", counters=self.all(doing)) if low else ""

    # --- Why ---------------------------------------------------------------------------------

    def why(self, why: WhyCalled) -> str:
        """Why a ticket was called, in a sentence."""
        said = self.board(
            f"why.{why.rule}",
            minutes=why.waited_ms // MINUTE_MS,
            lane=self.say(f"lane.{why.lane}"),
            score=f"{why.score:.1f}",
        )
        if why.reason is None:
            return said
        return said + self.board("why_reason", reason=self.say(f"reason.{why.reason}"))

    def passed_over(self, call: CallTold) -> str:
        """What a call passed over."""
        count = call.why.passed_over_count
        if not count:
            return self.board("passed_nobody")
        numbers = self.all(call.passed_over)
        more = count - len(call.passed_over)
        return self.board("passed_more" if more else "passed", numbers=numbers, n=more)

    def passed(self, call: CallTold) -> str:
        """The same, as short as it can be."""
        more = call.why.passed_over_count - len(call.passed_over)
        return " ".join((*call.passed_over, *[f"+{more}"] * bool(more)))

    # --- Alerts ------------------------------------------------------------------------------

    def about(self, alert: AlertShown) -> str:
        """What an alert is about."""
        about = [
            alert.number or "",
            self.counter(alert.counter) if alert.counter is not None else "",
            self.service(alert.service) if alert.service is not None else "",
            self.machine(alert.machine) if alert.machine is not None else "",
            alert.station or "",
            self.say("screen.pager", pager=alert.pager) if alert.pager is not None else "",
            self.say(f"score.{alert.score}") if alert.score is not None else "",
            self.say(f"rating_reason.{alert.rating_reason}") if alert.rating_reason else "",
            next((c.comment for c in self.view.comments if c.question == alert.question), ""),
        ]
        return " · ".join(words for words in about if words)

    def comment(self, one: CommentShown) -> str:
        """What a customer has said of a service, and how it was rated."""
        score = self.say(f"score.{one.score}")
        return self.board("ratings.comment", number=one.number, score=score, comment=one.comment)

    def asked_about(self, request: RequestShown) -> str:
        """What a request is about."""
        service = self.service(request.service) if request.service is not None else ""
        return " · ".join(words for words in (request.number, service) if words)

    def doing(self, counter: CounterStatus) -> str:
        """What a counter does, in words."""
        if counter.state == "closed":
            return self.say("counter_state.closed")
        if counter.state == "paused":
            return self.board("paused", reason=self.say(f"pause_reason.{counter.pause_reason}"))
        ticket = counter.current
        if ticket is None:
            return self.board("free")
        return self.say(f"ticket_state.{ticket.state}")


def is_late(ticket: TicketShown, now: int) -> bool:
    """Whether the promised wait is over."""
    return ticket.due_at is not None and now >= ticket.due_at


def is_near(ticket: TicketShown, now: int) -> bool:
    """Whether it will be soon."""
    if ticket.due_at is None:
        return False
    promised = ticket.due_at - ticket.waiting_since
    return now - ticket.waiting_since >= promised * NEAR_SHARE
