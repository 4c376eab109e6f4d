"""What verbs put into their commands: of what was picked, and what is offered to choose. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from lobby_display.board import asks
from lobby_display.board.asks import Ask, Given, counter_of, ticket_of
from lobby_display.board.possible import NONE, PAGER_ALERTS, alert_of, pager_of
from shared import protocol as p
from shared.i18n import LANGUAGES, text
from shared.ui.choice import Option


def of_visit(given: Given) -> dict[str, Any]:
    """The ticket that was picked."""
    return {"visit": int(given.key)}


def of_counter(given: Given) -> dict[str, Any]:
    """The counter that was picked."""
    return {"counter": int(given.key)}


def of_pager(given: Given) -> dict[str, Any]:
    """The pager of the ticket, or of the alert, that was picked."""
    return {"pager": pager_of(given)}


def lost_pager(given: Given) -> dict[str, Any]:
    """The same, and that it is lost."""
    return {"pager": pager_of(given), "state": "lost"}


def own_lanes(given: Given) -> tuple[str, ...]:
    """The lanes it has."""
    ticket = ticket_of(given)
    return tuple(lane for lane in ticket.lanes if lane != "ordinary") if ticket else ()


def own_needs(given: Given) -> tuple[str, ...]:
    """What it needs so far."""
    ticket = ticket_of(given)
    return tuple(ticket.needs) if ticket else ()


def own_services(given: Given) -> tuple[str, ...]:
    """What the counter serves."""
    counter = counter_of(given)
    return tuple(counter.services) if counter else ()


def no_service_or_one(given: Given) -> list[Option]:
    """A service, or none."""
    return [Option(NONE, given.desk.board("no_service")), *asks.services(given)]


def or_none(word: str) -> str | None:
    """The service, or None."""
    return None if word == NONE else word


def _oneself(given: Given) -> list[Option]:
    """Whoever is signed in here, unless on duty already: nobody else is known by name."""
    on_duty = {one.staff for one in given.desk.view.duty}
    me = given.desk.staff
    return [Option(me, me)] if me and me not in on_duty else []


def _who(given: Given, picked: tuple[str, ...], note: str) -> str:
    return asks.staff(given, note or (picked[0] if picked else ""))


def someone(field: str) -> Ask:
    """A person: oneself by a touch, anybody else by the name they sign in with."""
    return Ask(field, _oneself, _who, several=True, line="note", length_max=32)


def minutes(given: Given) -> list[Option]:
    """For how long."""
    return [Option(str(n), given.desk.board("minutes", n=n)) for n in (10, 30, 60, 120, 240)]


def ready_messages(given: Given) -> list[Option]:
    """Messages that can be sent by touch alone; in both languages, as every message is."""
    return [Option(one, given.desk.board(f"message.{one}")) for one in READY_MESSAGES]


READY_MESSAGES: Final = ("busy", "system", "cash", "early", "own")
OWN_WORDS: Final = "own"


def is_ready(given: Given) -> bool:
    """The message has its words already."""
    return bool(given.get("_ready") != OWN_WORDS)


def message(given: Given) -> dict[str, Any]:
    """The words of a ready message, in every language."""
    ready = given.get("_ready")
    if ready in (None, OWN_WORDS):
        return {}
    return {language: text(language, f"board.message.{ready}") for language in LANGUAGES}


def places(given: Given) -> list[Option]:
    """How many may go first."""
    return [Option(str(n), given.desk.board("places", n=n)) for n in (1, 2, 3, 5, 8)]


def request_closed_as(outcome: p.AlertOutcome) -> Callable[[Given], dict[str, Any]]:
    """The request that was picked, with its outcome."""
    return lambda given: {"request": int(given.key), "outcome": outcome}


def may_close_as(outcome: p.AlertOutcome) -> Callable[[Given], bool]:
    """Something was done about a bad rating or a pager, or somebody else will: never nothing."""
    kinds = ("bad_rating", *PAGER_ALERTS)
    return lambda given: outcome != "no_action" or not any(alert_of(given, k) for k in kinds)


def closed_as(outcome: p.AlertOutcome) -> Callable[[Given], dict[str, Any]]:
    """The alert that was picked, with its outcome."""
    return lambda given: {"alert": int(given.key), "outcome": outcome}


def on_paper(given: Given) -> list[Option]:
    """Where somebody with a hand-written number is."""
    return [Option(one, given.desk.board(f"paper.{one}")) for one in ("waiting", "served")]


def still_waiting(given: Given) -> bool:
    """Such a customer has not been served."""
    return bool(given.get("_paper") == "waiting")
