"""What a key asks before it does something: which number, why, where to, what is missing. Pure.

Each question has a name; what its answer means is decided in `flow`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final, get_args

from counter.verbs import VERBS, Verb, label_key
from counter.words import LISTS, TO_COME, Speaker, booked_state, lanes, tickets_of
from shared.free_times import Free, day_in_words, free_at, in_words
from shared.mail_addresses import LENGTH_MAX
from shared.protocol import (
    CounterView,
    Language,
    Outcome,
    ParkReason,
    PauseReason,
    Reason,
    ServiceId,
    TicketShown,
    Words,
)
from shared.ui.choice import Option, Question
from shared.ui.glyphs import is_chinese

REASONS: Final[tuple[Reason, ...]] = (
    "customer_returned",
    "agreed_with_customer",
    "waited_too_long",
    "mistake",
    "machine_failed",
    "manager_decision",
    "other",
)
"""Why a teller calls out of order; the other reasons are those of whoever steers the lobby."""

FRONT: Final = "front"
BACK_TO_ME: Final = "back_to_me"

SPOKEN: Final = ("zh", "en")

PAPERS_MAX: Final = 12
"""As many as fit on the paper that the customer takes along."""


def number(view: CounterView, say: Speaker) -> Question:
    """Which number to call out of order: one that is shown, or one that is typed."""
    return Question(
        "number",
        say("counter.ask.number"),
        tuple(_ticket(one, say) for name in LISTS for one in tickets_of(view, name)),
        line="instead",
        line_label=say("counter.ask.number_line"),
        line_length_max=8,
        language=say.language,
    )


def reason(called: str, say: Speaker) -> Question:
    """Why that number is called out of order."""
    return _words("reason", say("counter.ask.reason", number=called), "reason", REASONS, say)


def waiting_lists(view: CounterView, say: Speaker) -> Question:
    """Whom to call back, of those who were missed or parked."""
    parked = [
        Option(f"parked:{one.visit}", one.number, _remark(one, "parked", say))
        for one in view.parked
    ]
    missed = [
        Option(f"missed:{one.number}", one.number, _remark(one, "missed", say))
        for one in view.missed
    ]
    options = (*parked, *missed)
    return Question("list", say("counter.ask.list"), options, language=say.language)


def park(ticket: TicketShown, say: Speaker) -> Question:
    """Why it waits outside the line."""
    heading = say("counter.ask.park", number=ticket.number)
    return _words("park", heading, "park_reason", get_args(ParkReason), say)


def park_owner(ticket: TicketShown, say: Speaker) -> Question:
    """Where it goes on."""
    heading = say("counter.ask.park_owner", number=ticket.number)
    return _words("park_owner", heading, "park_owner", ("counter", "any"), say)


def pause(say: Speaker) -> Question:
    """Why the counter calls nobody for a while."""
    heading = say("counter.ask.pause")
    return _words("pause", heading, "pause_reason", get_args(PauseReason), say)


def outcome(ticket: TicketShown, say: Speaker) -> Question:
    """What came of it."""
    heading = say("counter.ask.outcome", number=ticket.number)
    return _words("outcome", heading, "outcome", get_args(Outcome), say)


def papers(ticket: TicketShown, view: CounterView, say: Speaker) -> Question:
    """What is missing: what the service asks for, and whatever else the teller names."""
    return Question(
        "papers",
        say("counter.ask.papers", number=ticket.number),
        tuple(Option(str(n), say.name(one)) for n, one in enumerate(_bring(view, ticket.service))),
        several=True,
        least=1,
        line="more",
        line_label=say("counter.ask.papers_line"),
        language=say.language,
    )


def papers_named(words: Iterable[str], ticket: TicketShown, view: CounterView) -> tuple[str, ...]:
    """The papers as the customer reads them: on the phone and on paper, in their language."""
    bring = _bring(view, ticket.service)
    theirs = Speaker(ticket.language)
    named = [theirs.name(bring[int(w)]) if _is_place(w, bring) else w for w in words]
    return tuple(dict.fromkeys(named))[:PAPERS_MAX]


def papers_language(papers: Iterable[str]) -> Language:
    """The language in which papers are named: all that is known of whose they are when the answer
    comes after the terminal was off."""
    return "zh" if any(map(is_chinese, papers)) else "en"


def transfer(ticket: TicketShown, view: CounterView, say: Speaker) -> Question:
    """Where to: another service, or another counter."""
    services = [
        Option(f"service:{one.id}", say.name(one.name), say("counter.ask.waiting", n=one.waiting))
        for one in view.all_services
        if one.id != ticket.service
    ]
    counters = [
        Option(f"counter:{one.id}", say.name(one.name), say(f"counter_state.{one.state}"))
        for one in view.counters
        if one.id != view.counter and one.state != "closed"
    ]
    heading = say("counter.ask.transfer", number=ticket.number)
    return Question("transfer", heading, (*services, *counters), language=say.language)


def transfer_how(ticket: TicketShown, where: str, say: Speaker) -> Question:
    """How it is sent on; what the next teller should know."""
    return Question(
        "transfer_how",
        say("counter.ask.transfer_how", number=ticket.number, where=where),
        (
            Option(BACK_TO_ME, say("counter.ask.back_to_me")),
            Option(FRONT, say("counter.ask.front")),
        ),
        several=True,
        line="note",
        line_label=say("counter.ask.note"),
        language=say.language,
    )


def add(ticket: TicketShown, view: CounterView, say: Speaker) -> Question:
    """Which service comes after the present one."""
    options = tuple(Option(one.id, say.name(one.name)) for one in view.all_services)
    heading = say("counter.ask.add", number=ticket.number)
    return Question("add", heading, options, language=say.language)


def more(view: CounterView, say: Speaker) -> Question:
    """Every key that has no place of its own on a small screen."""
    options = tuple(_verb(verb, view, say) for verb in _behind_more())
    return Question("more", say("counter.key.more"), options, language=say.language)


# --- Appointments ----------------------------------------------------------------------------

NEW: Final = "new"


def bookings(view: CounterView, say: Speaker, now: int) -> Question:
    """One of the day that is still to come, or a new one."""
    to_come = [one for one in view.appointments if one.status in TO_COME]
    options = tuple(
        Option(
            f"appointment:{one.id}",
            f"{free_at(one.slot, say.zone).time} {say.service(one.service)}",
            booked_state(one, say, now),
        )
        for one in to_come
    )
    new = Option(NEW, say("counter.ask.book_new"))
    return Question("booking", say("counter.ask.booking"), (new, *options), language=say.language)


def booking_do(what: str, say: Speaker) -> Question:
    """What becomes of it."""
    options = tuple(Option(word, say(f"counter.booking.{word}")) for word in ("move", "cancel"))
    return Question("booking_do", what, options, language=say.language)


def cancel_booking(what: str, say: Speaker) -> Question:
    """Asked twice: the time is gone then."""
    return Question(
        "cancel_booking",
        say("counter.ask.cancel_booking"),
        (Option("yes", say("counter.booking.cancel")),),
        lines=(what,),
        language=say.language,
    )


def book_service(view: CounterView, say: Speaker) -> Question:
    """What is booked."""
    bookable = (one for one in view.all_services if one.bookable)
    options = tuple(Option(one.id, say.name(one.name)) for one in bookable)
    heading = say("counter.ask.book_service")
    return Question("book_service", heading, options, language=say.language)


def book_wishes(say: Speaker) -> Question:
    """What the counter should have."""
    wishes = ("low_counter", *SPOKEN)
    options = tuple(Option(word, say(f"kiosk.wish.{word}")) for word in wishes)
    heading = say("counter.ask.book_wishes")
    return Question("book_wishes", heading, options, several=True, language=say.language)


def book_day(free: Sequence[Free], say: Speaker) -> Question:
    """On which day."""
    options = tuple(
        Option(day, day_in_words(day, say.language), say("kiosk.n_times", n=len([*those])))
        for day, those in groupby(free, lambda one: one.day)
    )
    return Question("book_day", say("counter.ask.book_day"), options, language=say.language)


def book_time(free: Sequence[Free], day: str, say: Speaker) -> Question:
    """At what time."""
    options = tuple(Option(str(one.at), one.time) for one in free if one.day == day)
    heading = say("counter.ask.book_time", day=day_in_words(day, say.language))
    return Question("book_time", heading, options, language=say.language)


def book_note(when: Free, say: Speaker) -> Question:
    """What the teller who serves then should know."""
    return Question(
        "book_note",
        say("counter.ask.book_note", time=in_words(when, say.language)),
        (),
        line="note",
        line_label=say("counter.ask.book_note_line"),
        language=say.language,
    )


def book_mail(say: Speaker) -> Question:
    """Where to remind the customer, who is told first what for."""
    return Question(
        "book_mail",
        say("counter.ask.book_mail"),
        (),
        lines=(say("screen.privacy"),),
        line="note",
        line_label=say("counter.ask.book_mail_line"),
        line_length_max=LENGTH_MAX,
        language=say.language,
    )


def sign_out(view: CounterView, say: Speaker) -> Question:
    """What becomes of a counter that is still open."""
    heading = say("counter.ask.sign_out")
    lines: tuple[str, ...] = ()
    words: tuple[str, ...] = ("close", "only", "stay")
    if view.current is not None:
        lines = (say("counter.ask.stays", number=view.current.number),)
        words = ("only", "stay")
    options = tuple(Option(word, say(f"counter.sign_out.{word}")) for word in words)
    return Question("sign_out", heading, options, lines=lines, language=say.language)


def _behind_more() -> tuple[Verb, ...]:
    place = next(n for n, verb in enumerate(VERBS) if verb.word == "more")
    return VERBS[place + 1 :]


def _verb(verb: Verb, view: CounterView, say: Speaker) -> Option:
    return Option(verb.word, say(label_key(verb.word, view)), verb.hotkey)


def _words(name: str, heading: str, table: str, words: Iterable[str], say: Speaker) -> Question:
    options = tuple(Option(word, say(f"{table}.{word}")) for word in words)
    return Question(name, heading, options, language=say.language)


def _ticket(ticket: TicketShown, say: Speaker) -> Option:
    more = (say.service(ticket.service), lanes(ticket, say))
    return Option(ticket.number, ticket.number, say.all(filter(None, more)))


def _remark(ticket: TicketShown, name: str, say: Speaker) -> str:
    state = say(f"ticket_state.{name}")
    parts = (state, say.service(ticket.service), lanes(ticket, say))
    return say.all(filter(None, parts))


def _bring(view: CounterView, service: ServiceId) -> tuple[Words, ...]:
    return next((one.bring for one in view.all_services if one.id == service), ())


def _is_place(word: str, bring: tuple[Words, ...]) -> bool:
    return word.isascii() and word.isdecimal() and int(word) < len(bring)
