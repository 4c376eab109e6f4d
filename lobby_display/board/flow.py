"""What the person at the board is at, and what a touch or an answer does to it. Pure.

    board, effects = touched(board, "verb:promote", desk)

A touch is the word behind a row, a tab or a key; an answer comes from the question that is shown.
What is shown for a state is left to `pages` and `questions`, carrying out an effect to `app`. While
a command is on its way nothing else is sent: a second touch does nothing a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from lobby_display.board import verbs
from lobby_display.board.asks import Answers, Ask, Given, Leads, Unfit
from lobby_display.board.pages import PAGES, Filter, PageName
from lobby_display.board.words import Desk
from shared.free_times import free_at, in_words
from shared.protocol import (
    Accepted,
    AppointmentFound,
    BookAppointment,
    HouseReply,
    Language,
    MoveAppointment,
    Refused,
    Reply,
    ReprintTicket,
    Request,
    SlotsFound,
    SlotShown,
    TakeTicket,
    VisitId,
)

ToldKind: TypeAlias = Literal["done", "refused", "unknown"]


PICKED: Final = frozenset(
    "ticket counter machine alert request service message duty appointment call more".split()
)
"""What can be picked: it covers the page, with what can be done."""


class Told(Struct, frozen=True):
    """What became of the last command, until something else is touched."""

    words: str
    kind: ToldKind


class Issued(Struct, frozen=True):
    """A number that was just given, or printed again; `language` is its customer's."""

    visit: VisitId
    number: str
    service: str
    at: int
    ahead: int | None = None
    link: str = ""
    short_code: str = ""
    again: bool = False
    language: Language = "zh"


class Board(Struct, frozen=True):
    """Where somebody is. `about` is what was picked, `verb` what is to be done with it, `answers`
    what has been answered; `looked` are the alerts that somebody has looked at. `free` are the
    times that were looked up for the open question, `found` an appointment of another day."""

    page: PageName = "line"
    turned: int = 0
    narrowed: Filter = Filter()
    about: str = ""
    verb: str = ""
    answers: Answers = ()
    unfit: str = ""
    busy: bool = False
    told: Told | None = None
    issued: Issued | None = None
    looked: frozenset[int] = frozenset()
    free: tuple[SlotShown, ...] | None = None
    found: AppointmentFound | None = None


class Send(Struct, frozen=True):
    """Give this verb's command, with these answers."""

    verb: str
    given: Given


class Look(Struct, frozen=True):
    """Look up which times are free, for the question that is asked next."""

    given: Given


class Print(Struct, frozen=True):
    """Put the ticket on paper, if there is a printer."""

    issued: Issued


class SignOut(Struct, frozen=True):
    """End the sign-in."""


class Turn(Struct, frozen=True):
    """Another language, or other colours."""

    what: Literal["language", "theme"]


Effect: TypeAlias = Send | Look | Print | SignOut | Turn
Next: TypeAlias = tuple[Board, Sequence[Effect]]


def given_of(board: Board, desk: Desk) -> Given:
    """What a question may look at."""
    return Given(desk, board.about, board.answers, board.free, board.found)


def ask_of(board: Board, desk: Desk) -> Ask | None:
    """The question that is open; None: the verb has all it needs, or there is none."""
    if not board.verb:
        return None
    given = given_of(board, desk)
    known = {field for field, _ in board.answers}
    open_ = (ask for ask in verbs.named(board.verb).asks if ask.field not in known)
    return next((ask for ask in open_ if not ask.skip(given)), None)


def is_asking(board: Board) -> bool:
    """Whether a question covers the page."""
    return bool(board.about or board.verb)


# --- Touches ---------------------------------------------------------------------------------


def touched(board: Board, word: str, desk: Desk) -> Next:
    """The board after a touch, and what is to be carried out."""
    if board.busy:
        return board, ()
    board = _looked_at(replace(board, told=None), desk)
    what, _, rest = word.partition(":")
    match what:
        case "tab":
            return _looked_at(_on_page(board, rest), desk), ()
        case "turn":
            return replace(board, turned=max(0, board.turned + int(rest))), ()
        case "narrow":
            return replace(board, narrowed=Filter(service=rest), turned=0), ()
        case "lane":
            return replace(board, narrowed=Filter(lane=rest), turned=0), ()
        case (
            "ticket"
            | "counter"
            | "machine"
            | "alert"
            | "service"
            | "message"
            | "duty"
            | "request"
            | "appointment"
        ):
            return replace(board, about=word, issued=None, answers=(), verb="", unfit=""), ()
        case "call" | "more":
            return replace(board, about=word, issued=None, answers=(), verb="", unfit=""), ()
        case "verb":
            return _begin(board, rest, desk)
        case "elastic":
            return _begin(replace(board, about=f"alert:{rest}"), "open_elastic", desk)
        case "sign_out":
            return replace(board, about=""), (SignOut(),)
        case "language" | "theme":
            return replace(board, about=""), (Turn("language" if what == "language" else "theme"),)
        case "print":
            return board, (Print(board.issued),) if board.issued else ()
        case "back":
            return given_up(board), ()
        case _:
            return board, ()


def given_up(board: Board) -> Board:
    """A question is put away: back to what it was about, or to the page."""
    if board.verb and board.about and not board.about.startswith("call"):
        return replace(board, verb="", answers=(), unfit="")
    return replace(board, about="", verb="", answers=(), unfit="", issued=None)


def chosen(board: Board, picked: tuple[str, ...], note: str, desk: Desk) -> Next:
    """The open question is answered; or, of what was picked, something is to be done."""
    if board.busy:
        return board, ()
    ask = ask_of(board, desk)
    if ask is None:
        return touched(board, picked[0], desk) if picked else (given_up(board), ())
    try:
        value = ask.read(given_of(board, desk), picked, note)
    except Unfit as unfit:
        return replace(board, unfit=unfit.key), ()
    if isinstance(value, Leads):
        return replace(_done(board), about=value.to), ()
    board = replace(board, answers=(*board.answers, (ask.field, value)), unfit="")
    return _send_or_ask(board, desk)


def _begin(board: Board, name: str, desk: Desk) -> Next:
    verb = verbs.named(name)
    if not verbs.may(desk.role, verb):
        return board, ()
    about = "" if verb.about == "new" else board.about
    board = replace(board, verb=name, about=about, answers=(), unfit="", free=None)
    return _send_or_ask(board, desk)


def _send_or_ask(board: Board, desk: Desk) -> Next:
    ask = ask_of(board, desk)
    if ask is not None and ask.slots and board.free is None:
        return replace(board, busy=True), (Look(given_of(board, desk)),)
    if ask is not None:
        return board, ()
    return replace(board, busy=True), (Send(board.verb, given_of(board, desk)),)


def _on_page(board: Board, page: str) -> Board:
    name = next((one for one in PAGES if one == page), board.page)
    return replace(board, page=name, turned=0, about="", verb="", answers=(), issued=None)


def _looked_at(board: Board, desk: Desk) -> Board:
    """Whoever touches the board with the alerts before their eyes has looked at them."""
    if board.page != "alerts":
        return board
    return replace(board, looked=frozenset(alert.id for alert in desk.view.alerts))


# --- Answers of the server -------------------------------------------------------------------


def answered(board: Board, command: Request, reply: Reply | HouseReply | None, desk: Desk) -> Board:
    """What became of the command; None: nobody will ever know here."""
    board = replace(board, busy=False)
    if reply is None:
        return replace(_done(board), told=Told(desk.say("link.unknown_outcome"), "unknown"))
    if isinstance(reply, Refused):
        return replace(_done(board), told=Told(reply.text, "refused"))
    name = desk.say(f"command.{type(command).__name__}")
    if isinstance(reply, AppointmentFound):
        if reply.appointment is None:  # the code of a number that was taken before coming
            return replace(_done(board), about=f"ticket:{reply.visit}")
        about = f"appointment:{reply.appointment}"
        return replace(_done(board), found=reply, about=about)
    if isinstance(command, BookAppointment | MoveAppointment) and isinstance(reply, Accepted):
        return replace(_done(board), told=Told(_booked(command, reply, desk), "done"))
    if not isinstance(reply, Accepted):
        return replace(_done(board), told=Told(desk.board("done", what=name), "done"))
    number = f" {reply.number}" if reply.number else ""
    told = Told(desk.board("done", what=name) + number, "done")
    if isinstance(command, TakeTicket | ReprintTicket) and reply.visit is not None:
        issued = issued_by(command, reply, desk)
        return replace(_done(board), told=told, issued=issued, about=f"ticket:{reply.visit}")
    return replace(_done(board), told=told)


def looked_up(board: Board, reply: Reply | HouseReply | None, desk: Desk) -> Board:
    """Which times are free; where none are, it says so."""
    board = replace(board, busy=False)
    match reply:
        case SlotsFound(slots=slots) if slots:
            return replace(board, free=slots)
        case SlotsFound():
            return replace(_done(board), told=Told(desk.board("no_times"), "refused"))
        case Refused():
            return replace(_done(board), told=Told(reply.text, "refused"))
        case _:
            return replace(_done(board), told=Told(desk.say("screen.offline"), "unknown"))


def _booked(command: BookAppointment | MoveAppointment, reply: Accepted, desk: Desk) -> str:
    """What the customer takes along: the time, and the code."""
    key = "booked_for" if isinstance(command, BookAppointment) else "moved_to"
    when = in_words(free_at(reply.slot or 0, desk.zone), desk.language)
    return desk.board(key, time=when, code=reply.short_code)


def issued_by(command: TakeTicket | ReprintTicket, reply: Accepted, desk: Desk) -> Issued:
    """The number in an answer."""
    if isinstance(command, TakeTicket):
        service, language = command.service, command.language
    else:
        here = (*desk.view.line, *desk.view.off_line)
        theirs = ((t.service, t.language) for t in here if t.visit == reply.visit)
        service, language = next(theirs, ("", desk.language))
    return Issued(
        visit=reply.visit or 0,
        number=reply.number or "",
        service=service,
        at=desk.now,
        ahead=reply.people_ahead,
        link=reply.link or "",
        short_code=reply.short_code or "",
        again=isinstance(command, ReprintTicket),
        language=language,
    )


def _done(board: Board) -> Board:
    """Back on the page: whatever it was about may be somewhere else by now."""
    return replace(
        board, about="", verb="", answers=(), unfit="", issued=None, free=None, found=None
    )


# --- Alerts ----------------------------------------------------------------------------------


def unlooked(board: Board, desk: Desk) -> frozenset[int]:
    """The alerts that nobody has looked at yet."""
    return frozenset(alert.id for alert in desk.view.alerts) - board.looked


def told_again(board: Board, day: str, before: str) -> Board:
    """Another day counts its alerts from 1: none of them has been looked at."""
    return board if day == before else replace(board, looked=frozenset())
