"""Everything that can be done at the board: what each verb is about, and what it asks first. Pure.

One table. A verb is offered where the role may give its command (`shared/rights.py`) and where it
could work as far as the screen knows; whether it does is decided by the server, which says so in a
sentence. Nothing here counts or rewards sending anybody to a machine.
"""

from __future__ import annotations

from typing import Any, Final, get_args

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
from lobby_display.board.booking_verbs import APPOINTMENT, OF_A_TICKET, OF_THE_BRANCH
from lobby_display.board.fields import (
    closed_as,
    is_ready,
    lost_pager,
    may_close_as,
    message,
    minutes,
    no_service_or_one,
    of_counter,
    of_pager,
    of_visit,
    on_paper,
    or_none,
    own_lanes,
    own_needs,
    own_services,
    places,
    ready_messages,
    request_closed_as,
    someone,
    still_waiting,
)
from lobby_display.board.possible import (
    HERE,
    NOT_SERVED,
    alert_of,
    counter_is,
    day_is_open,
    elastic_is_suggested,
    has_pager,
    in_state,
    is_on_the_way,
    machine_is,
    may_be_lost,
    service_is,
    somebody_is_here,
    stands_back,
    wants_reason,
)
from lobby_display.board.verb import About, Verb
from shared import protocol as p
from shared.rights import PERMISSIONS

TICKET: Final[tuple[Verb, ...]] = (
    Verb("arrived", p.CheckIn, "ticket", (), is_on_the_way, of_visit),
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
        of_visit,
    ),
    Verb("reinstate", p.ReinstateTicket, "ticket", (), in_state("missed"), of_visit),
    Verb("back", p.ReturnFromMachine, "ticket", (), in_state("diverted"), of_visit),
    Verb(
        "at_machine",
        p.FinishAtMachine,
        "ticket",
        (confirmed("sure_of.at_machine"),),
        in_state("diverted"),
        of_visit,
    ),
    Verb(
        "lanes",
        p.ChangeLanes,
        "ticket",
        (
            some_of("lanes", asks.LANES, before=own_lanes),
            reason("agreed_with_customer", "mistake", "manager_decision"),
        ),
        in_state(*HERE),
        of_visit,
    ),
    Verb(
        "needs",
        p.SetNeeds,
        "ticket",
        (some_of("needs", asks.NEEDS, before=own_needs),),
        in_state(*HERE),
        of_visit,
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
        of_visit,
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
        of_visit,
    ),
    Verb(
        "divert",
        p.DivertToMachine,
        "ticket",
        (one_of("machine", asks.working_machines),),
        in_state("waiting", "called"),
        of_visit,
    ),
    Verb("reprint", p.ReprintTicket, "ticket", (), in_state(*HERE), of_visit),
    Verb(
        "step_back",
        p.StepBack,
        "ticket",
        (one_of("places", places, int),),
        in_state("waiting"),
        of_visit,
    ),
    Verb("end_step_back", p.EndStepBack, "ticket", (), stands_back, of_visit),
    Verb(
        "person",
        p.RecordPerson,
        "ticket",
        (
            typed("name", asks.free, lines=lambda g: (g.desk.say("screen.privacy_visit"),)),
            typed("phone", asks.free, length_max=32),
        ),
        in_state(*HERE),
        of_visit,
    ),
    Verb(
        "forget",
        p.ForgetPerson,
        "ticket",
        (confirmed("sure_of.forget"),),
        lambda given: bool((ticket := ticket_of(given)) and ticket.person),
        of_visit,
    ),
    Verb(
        "pager",
        p.BindPager,
        "ticket",
        (typed("pager", asks.pager, length_max=6, required=True),),
        lambda given: in_state(*HERE)(given) and not has_pager(given),
        of_visit,
    ),
    Verb("pager_back", p.ReleasePager, "ticket", (), has_pager, of_pager),
    Verb("pager_lost", p.ReportPager, "ticket", (), has_pager, lost_pager),
    Verb(
        "take_up_ticket",
        p.TakeUpRequest,
        "ticket",
        (one_of("kind", words("request_kind", *get_args(p.RequestKind))),),
        in_state(*HERE),
        of_visit,
    ),
    Verb(
        "leave",
        p.LeaveLine,
        "ticket",
        (confirmed("sure_of.leave"),),
        in_state(*NOT_SERVED),
        of_visit,
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
        of_visit,
    ),
)

COUNTER: Final[tuple[Verb, ...]] = (
    Verb("open", p.OpenCounter, "counter", (), counter_is("closed"), of_counter),
    Verb(
        "end_help",
        p.EndHelp,
        "counter",
        (),
        lambda given: bool((c := counter_of(given)) and c.help),
        of_counter,
    ),
    Verb("resume", p.ResumeCounter, "counter", (), counter_is("paused"), of_counter),
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
        of_counter,
    ),
    Verb("close_after", p.CloseAfterThis, "counter", (), counter_is("open"), of_counter),
    Verb("close", p.CloseCounter, "counter", (), counter_is("open", "paused"), of_counter),
    Verb(
        "counter_services",
        p.SetCounterServices,
        "counter",
        (
            some_of("services", asks.services, least=1, before=own_services),
            reason("peak", "quiet", "staffing", "system_fault", "manager_decision"),
        ),
        fixed=of_counter,
    ),
)

MACHINE: Final[tuple[Verb, ...]] = (
    Verb(
        "faulty",
        p.SetMachine,
        "machine",
        (),
        machine_is("working"),
        lambda given: {"machine": given.key, "state": "faulty"},
    ),
    Verb(
        "working",
        p.SetMachine,
        "machine",
        (),
        machine_is("faulty"),
        lambda given: {"machine": given.key, "state": "working"},
    ),
)

ALERT: Final[tuple[Verb, ...]] = (
    Verb(
        "open_elastic",
        p.OpenCounter,
        "alert",
        (),
        elastic_is_suggested,
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
    Verb("alert_pager_back", p.ReleasePager, "alert", (), has_pager, of_pager),
    Verb("alert_pager_lost", p.ReportPager, "alert", (), may_be_lost, lost_pager),
    *(
        Verb(
            f"alert_{outcome}",
            p.CloseAlert,
            "alert",
            possible=may_close_as(outcome),
            fixed=closed_as(outcome),
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
        Verb(f"request_{outcome}", p.CloseRequest, "request", fixed=request_closed_as(outcome))
        for outcome in get_args(p.AlertOutcome)
    ),
)

SERVICE: Final[tuple[Verb, ...]] = (
    Verb(
        "stop_service",
        p.StopIssuing,
        "service",
        (reason("peak", "staffing", "system_fault", "manager_decision"),),
        service_is("open", "too_early"),
        lambda given: {"service": given.key},
    ),
    Verb(
        "resume_service",
        p.ResumeIssuing,
        "service",
        (),
        service_is("stopped"),
        lambda given: {"service": given.key},
    ),
    Verb(
        "close_service",
        p.CloseService,
        "service",
        (reason("staffing", "system_fault", "manager_decision"),),
        service_is("open", "too_early", "stopped", "over"),
        lambda given: {"service": given.key},
    ),
    Verb(
        "open_service",
        p.OpenService,
        "service",
        (),
        service_is("closed"),
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
        day_is_open,
    ),
    Verb(
        "send_message",
        p.SendMessage,
        "branch",
        (
            one_of("_ready", ready_messages),
            typed("zh", asks.sentence, length_max=200, skip=is_ready),
            typed("en", asks.sentence, length_max=200, skip=is_ready),
            one_of("minutes", minutes, int),
        ),
        day_is_open,
        message,
    ),
    Verb(
        "help",
        p.RequestHelp,
        "branch",
        (one_of("wanted", words("help_wanted", "help", "complaint")),),
        day_is_open,
    ),
    Verb(
        "pager_found",
        p.ReleasePager,
        "branch",
        (one_of("pager", asks.pagers, int),),
        lambda given: day_is_open(given) and bool(given.desk.view.pagers),
    ),
    Verb(
        "take_up_question",
        p.TakeUpRequest,
        "branch",
        (
            one_of("kind", words("request_kind", *get_args(p.RequestKind))),
            one_of("service", no_service_or_one, or_none),
        ),
        day_is_open,
    ),
    Verb(
        "stop",
        p.StopIssuing,
        "branch",
        (reason("peak", "staffing", "system_fault", "manager_decision"),),
        day_is_open,
    ),
    Verb("resume_issuing", p.ResumeIssuing, "branch", (), day_is_open),
    Verb("unlock_staff", p.UnlockStaff, "branch", (typed("staff", asks.staff, length_max=32),)),
    Verb("preset", p.ChoosePreset, "branch", (one_of("preset", asks.presets),), day_is_open),
    Verb(
        "handwritten",
        p.EnterHandwritten,
        "branch",
        (
            typed("number", asks.number, length_max=8),
            one_of("service", asks.services),
            typed("taken_at", asks.moment, length_max=5),
            some_of("lanes", asks.LANES),
            one_of("_paper", on_paper),
            one_of("counter", asks.counters, int, skip=still_waiting),
            typed("started_at", asks.moment, length_max=5, skip=still_waiting),
            typed("finished_at", asks.moment, length_max=5, skip=still_waiting),
        ),
        day_is_open,
    ),
    Verb(
        "emergency",
        p.StartEmergency,
        "branch",
        (
            one_of("kind", words("emergency_kind", "emergency", "drill", "training")),
            confirmed("sure_of.emergency"),
        ),
        lambda given: day_is_open(given) and given.desk.view.emergency is None,
    ),
    Verb(
        "end_emergency",
        p.EndEmergency,
        "branch",
        (),
        lambda given: given.desk.view.emergency is not None,
    ),
    Verb("open_day", p.OpenDay, "branch", (), lambda given: not day_is_open(given)),
    Verb(
        "close_day",
        p.CloseDay,
        "branch",
        (confirmed("sure_of.close_day"),),
        day_is_open,
        lambda given: {"leftovers": somebody_is_here(given)},
    ),
)

OUTSIDE_HOURS: Final = Ask(
    "reason",
    words("reason", "agreed_with_customer", "peak", "manager_decision", "other"),
    lambda _given, picked, _note: picked[0],
    skip=lambda given: not wants_reason(given),
)

NEW: Final[tuple[Verb, ...]] = (
    Verb(
        "issue",
        p.TakeTicket,
        "new",
        (one_of("service", asks.services), OUTSIDE_HOURS),
        day_is_open,
    ),
    Verb(
        "issue_care",
        p.TakeTicket,
        "new",
        (one_of("service", asks.services), OUTSIDE_HOURS),
        day_is_open,
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
        day_is_open,
    ),
)

VERBS: Final = (
    *TICKET,
    *OF_A_TICKET,
    *APPOINTMENT,
    *COUNTER,
    *MACHINE,
    *ALERT,
    *REQUEST,
    *SERVICE,
    *MESSAGE,
    *DUTY,
    *BRANCH,
    *OF_THE_BRANCH,
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
    if issubclass(verb.command, p.BranchCommand):
        fields["day"] = day
    return verb.command(**{"id": command_id, **fields, **verb.fixed(given)})
