"""The question that covers the page: what was picked, in words, and what can be done with it. Pure.

Drawn and answered by `shared/ui/choice`; what an answer does is decided in `flow`.
"""

from __future__ import annotations

from lobby_display.board import asks, bookings, verbs
from lobby_display.board.counters import since
from lobby_display.board.flow import Board, ask_of, given_of
from lobby_display.board.verb import Verb
from lobby_display.board.words import Desk
from shared.addresses import spaced
from shared.free_times import free_at, in_words
from shared.protocol import AppointmentFound
from shared.ui.choice import Answer, Option, Question


def question_of(board: Board, desk: Desk) -> tuple[Question, Answer] | None:
    """What is asked now, and what is ticked before anybody has chosen; None: the page is shown."""
    if board.verb:
        return _asked(board, desk)
    return (_about(board, desk), Answer()) if board.about else None


def _asked(board: Board, desk: Desk) -> tuple[Question, Answer] | None:
    ask, given = ask_of(board, desk), given_of(board, desk)
    if ask is None:
        return None
    verb = verbs.named(board.verb)
    heading = f"{desk.board(f'verb.{verb.name}')} — {desk.board(f'ask.{ask.field}')}"
    lines = [_subject(board, desk), *ask.lines(given)]
    if board.unfit:
        lines.append(desk.say(board.unfit))
    question = Question(
        name=f"{board.about} {verb.name} {ask.field}",
        heading=heading,
        options=tuple(ask.options(given)),
        lines=tuple(line for line in lines if line),
        several=ask.several,
        least=ask.least,
        line=ask.line,
        line_label=desk.board(f"ask.{ask.field}") if ask.line != "none" else "",
        line_required=ask.required,
        line_length_max=ask.length_max,
        language=desk.language,
    )
    return question, Answer(ticked=ask.before(given))


def _subject(board: Board, desk: Desk) -> str:
    """What the verb is about, in a line: nobody is promoted by mistake for another."""
    given = given_of(board, desk)
    kind = board.about.partition(":")[0]
    if kind == "ticket":
        ticket = asks.ticket_of(given)
        if ticket is not None:
            return f"{ticket.number} · {desk.service(ticket.service)} · {desk.lanes(ticket)}"
    if kind == "counter":
        return desk.counter(int(given.key))
    if kind == "appointment" and (told := _appointment(board, desk)) is not None:
        return told[0]
    return {
        "machine": desk.machine(given.key),
        "service": desk.service(given.key),
        "duty": given.key,
    }.get(kind, "")


# --- What was picked -------------------------------------------------------------------------


def _about(board: Board, desk: Desk) -> Question:
    kind = board.about.partition(":")[0]
    given = given_of(board, desk)
    told = _told(board, desk)
    heading, lines = told or (desk.board("gone"), [])
    options: list[Option] = []
    if told is None:
        pass  # with what is not here any more nothing can be done
    elif kind == "more":
        options += [_offer(verb, desk) for verb in verbs.offered(given, "branch")]
        options += [_offer(verb, desk) for verb in verbs.offered(given, "new")]
        options.append(Option("language", desk.say("kiosk.other_language")))
        options += [Option(word, desk.board(f"verb.{word}")) for word in ("theme", "sign_out")]
    elif kind != "call":
        if board.issued is not None and desk.prints:
            options.append(Option("print", desk.board("verb.print")))
        options += [_offer(verb, desk) for verb in verbs.offered(given, kind)]  # type: ignore[arg-type]  # a kind of thing, by the words of `flow.touched`
    if not options:
        options.append(Option("back", desk.board("back")))
    return Question(
        name=board.about,
        heading=heading,
        options=tuple(options),
        lines=tuple(lines),
        language=desk.language,
    )


def _offer(verb: Verb, desk: Desk) -> Option:
    return Option(f"verb:{verb.name}", desk.board(f"verb.{verb.name}"))


def _told(board: Board, desk: Desk) -> tuple[str, list[str]] | None:
    """The heading and the lines of what was picked; None: it is not here any more."""
    kind, _, key = board.about.partition(":")
    view = desk.view
    match kind:
        case "ticket":
            return _ticket(board, desk)
        case "counter":
            return _counter(board, desk)
        case "alert":
            alert = next((a for a in view.alerts if str(a.id) == key), None)
            if alert is not None:
                lines = [desk.about(alert), desk.board("since", time=desk.local(alert.at))]
                if alert.kind == "elastic_suggested" and not _may_open(desk):
                    who = desk.say("role.operations_supervisor")
                    lines.append(desk.board("ask_them", who=who))
                return desk.say(f"alert_kind.{alert.kind}"), [line for line in lines if line]
        case "request":
            request = next((r for r in view.requests if str(r.id) == key), None)
            if request is not None:
                heading = desk.say(f"request_kind.{request.kind}")
                said = [desk.asked_about(request), desk.board("owner", staff=request.owner)]
                return heading, [line for line in said if line]
        case "call":
            call = next((c for c in view.calls if str(c.id) == key), None)
            if call is not None:
                heading = desk.board(
                    "call",
                    number=call.number,
                    counter=desk.counter(call.counter),
                    time=desk.local(call.at),
                )
                return heading, [desk.why(call.why), desk.passed_over(call)]
        case "service":
            status = next((s.status for s in view.services if s.id == key), None)
            if status is not None:
                return desk.service(key), [desk.say(f"service_status.{status}")]
        case "machine":
            state = next((m.state for m in view.machines if m.id == key), None)
            if state is not None:
                return desk.machine(key), [desk.say(f"machine_state.{state}")]
        case "message":
            message = next((m for m in view.messages if str(m.id) == key), None)
            if message is not None:
                return desk.board("messages.title"), [message.zh, message.en]
        case "duty":
            return desk.board("on_duty", staff=key), []
        case "appointment":
            return _appointment(board, desk)
        case "more":
            return desk.board("more"), []
        case _:
            pass
    return None


def _appointment(board: Board, desk: Desk) -> tuple[str, list[str]] | None:
    one = bookings.appointment_of(given_of(board, desk))
    if one is None:
        return None
    when = in_words(free_at(one.slot, desk.zone), desk.language)
    if isinstance(one, AppointmentFound):
        said = [desk.say(f"appointment_state.{one.state}")]
    else:
        said = [bookings.state(desk, one), one.number or "", bookings.remarks(desk, one)]
    return f"{desk.service(one.service)} · {when}", [words for words in said if words]


def _may_open(desk: Desk) -> bool:
    return verbs.may(desk.role, verbs.named("open_elastic"))


def _ticket(board: Board, desk: Desk) -> tuple[str, list[str]] | None:
    ticket = asks.ticket_of(given_of(board, desk))
    issued = board.issued
    lines = []
    if issued is not None:
        key = "first" if issued.ahead == 0 else "ahead"
        if issued.ahead is not None:
            lines.append(desk.board(key, n=issued.ahead))
        if issued.short_code:
            lines.append(desk.board("short_code", code=spaced(issued.short_code)))
    if ticket is None:
        return (issued.number, lines) if issued else None
    state = desk.say(f"ticket_state.{ticket.state}")
    heading = f"{ticket.number} · {desk.service(ticket.service)} · {desk.lanes(ticket)} · {state}"
    lines.append(
        desk.board("ticket_times", taken=desk.local(ticket.taken_at), waited=desk.waited(ticket))
        + _with_space(desk.due(ticket))
    )
    lines += [words for words in (desk.remarks(ticket), desk.waits_for(ticket)) if words]
    if ticket.counter is not None:
        lines.append(desk.board("off.at", counter=desk.counter(ticket.counter), n=ticket.calls))
    if ticket.why is not None:
        lines.append(desk.why(ticket.why))
    return heading, lines


def _counter(board: Board, desk: Desk) -> tuple[str, list[str]] | None:
    counter = asks.counter_of(given_of(board, desk))
    if counter is None:
        return None
    doing = f"{desk.doing(counter)} · {desk.since(since(counter))}"
    heading = f"{counter.id} {desk.name(counter.name)} · {doing}"
    lines = [desk.all([desk.service(service) for service in counter.services])]
    if counter.staff:
        lines.append(desk.board("teller", staff=counter.staff))
    if counter.help:
        lines.append(desk.board("help_asked", kind=desk.say(f"help_kind.{counter.help}")))
    if counter.current is not None and counter.current.why is not None:
        lines.append(f"{counter.current.number}: {desk.why(counter.current.why)}")
    return heading, lines


def _with_space(words: str) -> str:
    return f"  {words}" if words else ""
