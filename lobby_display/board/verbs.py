"""Everything that can be done at the board: what each verb is about, and what it asks first. Pure.

One table. A verb is offered where the role may give its command (`shared/rights.py`) and where it
could work as far as the screen knows; whether it does is decided by the server, which says so in a
sentence. Nothing here counts or rewards sending anybody to a machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias, get_args

from msgspec import Struct

from lobby_display.board import asks
from lobby_display.board.asks import (
    Ask,
    Given,
    confirmed,
    counter_of,
    one_of,
    reason,
    some_of,
    ticket_of,
    typed,
    words,
)
from shared import protocol as p
from shared.i18n import LANGUAGES, text
from shared.rights import PERMISSIONS
from shared.ui.choice import Option

About: TypeAlias = Literal[
    "ticket",
    "counter",
    "machine",
    "alert",
    "request",
    "service",
    "message",
    "duty",
    "branch",
    "new",
]


class Verb(Struct, frozen=True):
    """What can be done. `fixed` are fields that the verb itself gives; `about` gives the field that
    `subject` names."""

    name: str
    command: type[p.BranchCommand | p.HouseCommand]
    about: About
    asks: tuple[Ask, ...] = ()
    possible: Callable[[Given], bool] = lambda _given: True
    fixed: Callable[[Given], dict[str, Any]] = lambda _given: {}


# --- When it could work ----------------------------------------------------------------------


def in_state(*states: p.TicketState) -> Callable[[Given], bool]:
    """The ticket is in one of these states."""

    def holds(given: Given) -> bool:
        ticket = ticket_of(given)
        return ticket is not None and ticket.state in states

    return holds


def counter_is(*states: p.CounterState) -> Callable[[Given], bool]:
    """The counter is."""

    def holds(given: Given) -> bool:
        counter = counter_of(given)
        return counter is not None and counter.state in states

    return holds


def _machine_is(state: p.MachineState) -> Callable[[Given], bool]:
    def holds(given: Given) -> bool:
        return any(m.id == given.key and m.state == state for m in given.desk.view.machines)

    return holds


def _service_is(*statuses: p.ServiceStatus) -> Callable[[Given], bool]:
    def holds(given: Given) -> bool:
        return any(s.id == given.key and s.status in statuses for s in given.desk.view.services)

    return holds


def _day_is_open(given: Given) -> bool:
    return given.desk.view.day is not None


def _somebody_is_here(given: Given) -> bool:
    shown = given.desk.view.figures
    here = shown.waiting, shown.called, shown.serving, shown.parked, shown.missed, shown.diverted
    return any(here)


def _wants_reason(given: Given) -> bool:
    """Outside the ticket window, staff answer for the tickets that they give."""
    wanted = given.get("service")
    return any(s.id == wanted and s.status != "open" for s in given.desk.view.services)


def _elastic(given: Given) -> bool:
    return alert_of(given, "elastic_suggested") is not None


def alert_of(given: Given, kind: str) -> p.AlertShown | None:
    """The alert it is about, if it is of that kind."""
    alerts = given.desk.view.alerts
    return next((a for a in alerts if str(a.id) == given.key and a.kind == kind), None)


NONE: Final = "-"
"""Stands for no service: no service is named so."""

HERE: Final[tuple[p.TicketState, ...]] = (
    "waiting",
    "called",
    "serving",
    "parked",
    "missed",
    "diverted",
)
NOT_SERVED: Final[tuple[p.TicketState, ...]] = (
    "waiting",
    "called",
    "parked",
    "missed",
    "diverted",
)

# --- Fields ----------------------------------------------------------------------------------


def _visit(given: Given) -> dict[str, Any]:
    return {"visit": int(given.key)}


def _counter(given: Given) -> dict[str, Any]:
    return {"counter": int(given.key)}


def _own_lanes(given: Given) -> tuple[str, ...]:
    ticket = ticket_of(given)
    return tuple(lane for lane in ticket.lanes if lane != "ordinary") if ticket else ()


def _own_needs(given: Given) -> tuple[str, ...]:
    ticket = ticket_of(given)
    return tuple(ticket.needs) if ticket else ()


def _own_services(given: Given) -> tuple[str, ...]:
    counter = counter_of(given)
    return tuple(counter.services) if counter else ()


def _no_or_services(given: Given) -> list[Option]:
    return [Option(NONE, given.desk.board("no_service")), *asks.services(given)]


def _or_none(word: str) -> str | None:
    return None if word == NONE else word


def _others_on_duty(given: Given) -> list[Option]:
    """Whoever is known to be here: at a counter or on duty, and who has signed in here."""
    view = given.desk.view
    on_duty = {one.staff for one in view.duty}
    me = given.desk.staff
    return [Option(me, me)] if me and me not in on_duty else []


def _who(given: Given, picked: tuple[str, ...], note: str) -> str:
    return asks.staff(given, note or (picked[0] if picked else ""))


def someone(field: str) -> Ask:
    """A person: oneself by a touch, anybody else by the name they sign in with."""
    return Ask(field, _others_on_duty, _who, several=True, line="note", length_max=32)


def _minutes(given: Given) -> list[Option]:
    return [Option(str(n), given.desk.board("minutes", n=n)) for n in (10, 30, 60, 120, 240)]


def _ready_messages(given: Given) -> list[Option]:
    """Messages that can be sent by touch alone; in both languages, as every message is."""
    return [Option(one, given.desk.board(f"message.{one}")) for one in READY_MESSAGES]


READY_MESSAGES: Final = ("busy", "system", "cash", "early", "own")
OWN_WORDS: Final = "own"


def _is_ready(given: Given) -> bool:
    return bool(given.get("_ready") != OWN_WORDS)


def _message(given: Given) -> dict[str, Any]:
    ready = given.get("_ready")
    if ready in (None, OWN_WORDS):
        return {}
    return {language: text(language, f"board.message.{ready}") for language in LANGUAGES}


def _places(given: Given) -> list[Option]:
    return [Option(str(n), given.desk.board("places", n=n)) for n in (1, 2, 3, 5, 8)]


def _request_closed_as(outcome: p.AlertOutcome) -> Callable[[Given], dict[str, Any]]:
    return lambda given: {"request": int(given.key), "outcome": outcome}


def _may_close_as(outcome: p.AlertOutcome) -> Callable[[Given], bool]:
    """Something was done about a bad rating, or somebody else will: never nothing."""
    return lambda given: outcome != "no_action" or alert_of(given, "bad_rating") is None


def _closed_as(outcome: p.AlertOutcome) -> Callable[[Given], dict[str, Any]]:
    return lambda given: {"alert": int(given.key), "outcome": outcome}


def _on_paper(given: Given) -> list[Option]:
    return [Option(one, given.desk.board(f"paper.{one}")) for one in ("waiting", "served")]


def _still_waiting(given: Given) -> bool:
    return bool(given.get("_paper") == "waiting")


# --- The table -------------------------------------------------------------------------------

TICKET: Final[tuple[Verb, ...]] = (
    Verb(
        "promote",
        p.PromoteTicket,
        "ticket",
        (
            reason(
                "agreed_with_customer",
                "waited_too_long",
                "mistake",
                "machine_failed",
                "manager_decision",
            ),
        ),
        in_state("waiting"),
        _visit,
    ),
    Verb("reinstate", p.ReinstateTicket, "ticket", (), in_state("missed"), _visit),
    Verb("back", p.ReturnFromMachine, "ticket", (), in_state("diverted"), _visit),
    Verb(
        "at_machine",
        p.FinishAtMachine,
        "ticket",
        (confirmed("sure_of.at_machine"),),
        in_state("diverted"),
        _visit,
    ),
    Verb(
        "lanes",
        p.ChangeLanes,
        "ticket",
        (
            some_of("lanes", asks.LANES, before=_own_lanes),
            reason("agreed_with_customer", "mistake", "manager_decision"),
        ),
        in_state(*HERE),
        _visit,
    ),
    Verb(
        "needs",
        p.SetNeeds,
        "ticket",
        (some_of("needs", asks.NEEDS, before=_own_needs),),
        in_state(*HERE),
        _visit,
    ),
    Verb(
        "reassign_service",
        p.ReassignTicket,
        "ticket",
        (
            one_of("service", asks.other_services),
            reason("agreed_with_customer", "mistake", "counter_closed", "manager_decision"),
        ),
        in_state("waiting"),
        _visit,
    ),
    Verb(
        "reassign_counter",
        p.ReassignTicket,
        "ticket",
        (
            one_of("counter", asks.open_counters, int),
            reason("agreed_with_customer", "mistake", "counter_closed", "manager_decision"),
        ),
        in_state("waiting"),
        _visit,
    ),
    Verb(
        "divert",
        p.DivertToMachine,
        "ticket",
        (one_of("machine", asks.working_machines),),
        in_state("waiting", "called"),
        _visit,
    ),
    Verb("reprint", p.ReprintTicket, "ticket", (), in_state(*HERE), _visit),
    Verb(
        "step_back",
        p.StepBack,
        "ticket",
        (one_of("places", _places, int),),
        in_state("waiting"),
        _visit,
    ),
    Verb(
        "person",
        p.RecordPerson,
        "ticket",
        (
            typed("name", asks.free, lines=lambda g: (g.desk.say("screen.privacy_visit"),)),
            typed("phone", asks.free, length_max=32),
        ),
        in_state(*HERE),
        _visit,
    ),
    Verb(
        "forget",
        p.ForgetPerson,
        "ticket",
        (confirmed("sure_of.forget"),),
        lambda given: bool((ticket := ticket_of(given)) and ticket.person),
        _visit,
    ),
    Verb(
        "take_up_ticket",
        p.TakeUpRequest,
        "ticket",
        (one_of("kind", words("request_kind", *get_args(p.RequestKind))),),
        in_state(*HERE),
        _visit,
    ),
    Verb(
        "leave",
        p.LeaveLine,
        "ticket",
        (confirmed("sure_of.leave"),),
        in_state(*NOT_SERVED),
        _visit,
    ),
    Verb(
        "give_up",
        p.GiveUpTicket,
        "ticket",
        (
            reason("agreed_with_customer", "mistake", "manager_decision"),
            confirmed("sure_of.give_up"),
        ),
        in_state(*NOT_SERVED),
        _visit,
    ),
)

COUNTER: Final[tuple[Verb, ...]] = (
    Verb("open", p.OpenCounter, "counter", (), counter_is("closed"), _counter),
    Verb(
        "end_help",
        p.EndHelp,
        "counter",
        (),
        lambda given: bool((c := counter_of(given)) and c.help),
        _counter,
    ),
    Verb("resume", p.ResumeCounter, "counter", (), counter_is("paused"), _counter),
    Verb(
        "pause",
        p.PauseCounter,
        "counter",
        (
            one_of(
                "reason",
                words(
                    "pause_reason",
                    "meal",
                    "cash_transfer",
                    "machine_cash",
                    "authorisation",
                    "balancing",
                    "system_fault",
                    "meeting",
                    "away",
                ),
            ),
        ),
        counter_is("open"),
        _counter,
    ),
    Verb("close_after", p.CloseAfterThis, "counter", (), counter_is("open"), _counter),
    Verb("close", p.CloseCounter, "counter", (), counter_is("open", "paused"), _counter),
    Verb(
        "counter_services",
        p.SetCounterServices,
        "counter",
        (
            some_of("services", asks.services, least=1, before=_own_services),
            reason("peak", "quiet", "staffing", "system_fault", "manager_decision"),
        ),
        fixed=_counter,
    ),
)

MACHINE: Final[tuple[Verb, ...]] = (
    Verb(
        "faulty",
        p.SetMachine,
        "machine",
        (),
        _machine_is("working"),
        lambda given: {"machine": given.key, "state": "faulty"},
    ),
    Verb(
        "working",
        p.SetMachine,
        "machine",
        (),
        _machine_is("faulty"),
        lambda given: {"machine": given.key, "state": "working"},
    ),
)

ALERT: Final[tuple[Verb, ...]] = (
    Verb(
        "open_elastic",
        p.OpenCounter,
        "alert",
        (),
        _elastic,
        lambda given: {
            "counter": (found := alert_of(given, "elastic_suggested")) and found.counter
        },
    ),
    Verb(
        "take_up",
        p.TakeUpRequest,
        "alert",
        possible=lambda given: any(alert_of(given, kind) for kind in ("help_wanted", "complaint")),
        fixed=lambda given: {"alert": int(given.key)},
    ),
    *(
        Verb(
            f"alert_{outcome}",
            p.CloseAlert,
            "alert",
            possible=_may_close_as(outcome),
            fixed=_closed_as(outcome),
        )
        for outcome in get_args(p.AlertOutcome)
    ),
)

REQUEST: Final[tuple[Verb, ...]] = (
    Verb(
        "escalate",
        p.EscalateRequest,
        "request",
        (someone("to"),),
        fixed=lambda given: {"request": int(given.key)},
    ),
    *(
        Verb(f"request_{outcome}", p.CloseRequest, "request", fixed=_request_closed_as(outcome))
        for outcome in get_args(p.AlertOutcome)
    ),
)

SERVICE: Final[tuple[Verb, ...]] = (
    Verb(
        "stop_service",
        p.StopIssuing,
        "service",
        (reason("peak", "staffing", "system_fault", "manager_decision"),),
        _service_is("open", "too_early"),
        lambda given: {"service": given.key},
    ),
    Verb(
        "resume_service",
        p.ResumeIssuing,
        "service",
        (),
        _service_is("stopped"),
        lambda given: {"service": given.key},
    ),
    Verb(
        "close_service",
        p.CloseService,
        "service",
        (reason("staffing", "system_fault", "manager_decision"),),
        _service_is("open", "too_early", "stopped", "over"),
        lambda given: {"service": given.key},
    ),
    Verb(
        "open_service",
        p.OpenService,
        "service",
        (),
        _service_is("closed"),
        lambda given: {"service": given.key},
    ),
)

MESSAGE: Final[tuple[Verb, ...]] = (
    Verb("clear", p.ClearMessage, "message", fixed=lambda given: {"message": int(given.key)}),
)

DUTY: Final[tuple[Verb, ...]] = (
    Verb(
        "hand_over",
        p.HandOverDuty,
        "duty",
        (someone("to"),),
        fixed=lambda given: {"staff": given.key},
    ),
    Verb("sign_off", p.SignOffDuty, "duty", fixed=lambda given: {"staff": given.key}),
)

BRANCH: Final[tuple[Verb, ...]] = (
    Verb(
        "sign_on",
        p.SignOnDuty,
        "branch",
        (someone("staff"),),
        _day_is_open,
    ),
    Verb(
        "send_message",
        p.SendMessage,
        "branch",
        (
            one_of("_ready", _ready_messages),
            typed("zh", asks.sentence, length_max=200, skip=_is_ready),
            typed("en", asks.sentence, length_max=200, skip=_is_ready),
            one_of("minutes", _minutes, int),
        ),
        _day_is_open,
        _message,
    ),
    Verb(
        "help",
        p.RequestHelp,
        "branch",
        (one_of("wanted", words("help_wanted", "help", "complaint")),),
        _day_is_open,
    ),
    Verb(
        "take_up_question",
        p.TakeUpRequest,
        "branch",
        (
            one_of("kind", words("request_kind", *get_args(p.RequestKind))),
            one_of("service", _no_or_services, _or_none),
        ),
        _day_is_open,
    ),
    Verb(
        "stop",
        p.StopIssuing,
        "branch",
        (reason("peak", "staffing", "system_fault", "manager_decision"),),
        _day_is_open,
    ),
    Verb("resume_issuing", p.ResumeIssuing, "branch", (), _day_is_open),
    Verb("unlock_staff", p.UnlockStaff, "branch", (typed("staff", asks.staff, length_max=32),)),
    Verb("preset", p.ChoosePreset, "branch", (one_of("preset", asks.presets),), _day_is_open),
    Verb(
        "handwritten",
        p.EnterHandwritten,
        "branch",
        (
            typed("number", asks.number, length_max=8),
            one_of("service", asks.services),
            typed("taken_at", asks.moment, length_max=5),
            some_of("lanes", asks.LANES),
            one_of("_paper", _on_paper),
            one_of("counter", asks.counters, int, skip=_still_waiting),
            typed("started_at", asks.moment, length_max=5, skip=_still_waiting),
            typed("finished_at", asks.moment, length_max=5, skip=_still_waiting),
        ),
        _day_is_open,
    ),
    Verb(
        "emergency",
        p.StartEmergency,
        "branch",
        (
            one_of("kind", words("emergency_kind", "emergency", "drill", "training")),
            confirmed("sure_of.emergency"),
        ),
        lambda given: _day_is_open(given) and given.desk.view.emergency is None,
    ),
    Verb(
        "end_emergency",
        p.EndEmergency,
        "branch",
        (),
        lambda given: given.desk.view.emergency is not None,
    ),
    Verb("open_day", p.OpenDay, "branch", (), lambda given: not _day_is_open(given)),
    Verb(
        "close_day",
        p.CloseDay,
        "branch",
        (confirmed("sure_of.close_day"),),
        _day_is_open,
        lambda given: {"leftovers": _somebody_is_here(given)},
    ),
)

OUTSIDE_HOURS: Final = Ask(
    "reason",
    words("reason", "agreed_with_customer", "peak", "manager_decision", "other"),
    lambda _given, picked, _note: picked[0],
    skip=lambda given: not _wants_reason(given),
)

NEW: Final[tuple[Verb, ...]] = (
    Verb(
        "issue",
        p.TakeTicket,
        "new",
        (one_of("service", asks.services), OUTSIDE_HOURS),
        _day_is_open,
    ),
    Verb(
        "issue_care",
        p.TakeTicket,
        "new",
        (one_of("service", asks.services), OUTSIDE_HOURS),
        _day_is_open,
        lambda _given: {"lanes": ("care",)},
    ),
    Verb(
        "issue_more",
        p.TakeTicket,
        "new",
        (
            one_of("service", asks.services),
            some_of("lanes", asks.LANES),
            some_of("needs", asks.NEEDS),
            one_of("language", words("language", "zh", "en")),
            OUTSIDE_HOURS,
        ),
        _day_is_open,
    ),
)

VERBS: Final = (
    *TICKET,
    *COUNTER,
    *MACHINE,
    *ALERT,
    *REQUEST,
    *SERVICE,
    *MESSAGE,
    *DUTY,
    *BRANCH,
    *NEW,
)
"""The one table of what can be done at the board."""


def named(name: str) -> Verb:
    """A verb by its name."""
    return next(verb for verb in VERBS if verb.name == name)


def may(role: p.Role, verb: Verb) -> bool:
    """Whether this role may; the server's own table."""
    return verb.command in PERMISSIONS[role]


def offered(given: Given, about: About) -> list[Verb]:
    """What this role could do now with such a thing."""
    return [
        verb
        for verb in VERBS
        if verb.about == about and may(given.desk.role, verb) and verb.possible(given)
    ]


def command_of(verb: Verb, given: Given, command_id: str, day: str) -> Any:
    """The command, whole; one about people belongs to no business day."""
    fields = {name: value for name, value in given.answers if not name.startswith("_")}
    if not issubclass(verb.command, p.HouseCommand):
        fields["day"] = day
    return verb.command(**{"id": command_id, **fields, **verb.fixed(given)})
