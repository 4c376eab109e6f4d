"""What a key, a touch or an answer means: a question first, or a command at once. Pure.

    desk, effects = pressed(desk, "transfer", view, say, now)

What is shown for a state is left to `words` and `verbs`, asking to `questions`, carrying out an
effect to `app`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from counter import bookings
from counter import questions as ask
from counter.state import Change, Desk, Effect, Give, Next, SignOut, further, put_away, tell
from counter.verbs import why_not
from counter.words import Speaker, count_of, lists_of
from shared import protocol as p
from shared.typed_numbers import plain, ticket_number

AT_ONCE: Final[Mapping[str, Any]] = {
    "next": p.CallNext,
    "recall": p.RecallTicket,
    "start": p.StartService,
    "finish": p.FinishService,
    "missed": p.MarkMissed,
    "undo": p.UndoAction,
    "return": p.ReturnTicket,
    "rate": p.RepeatQuestion,
    "closing": p.CloseAfterThis,
    "close": p.CloseCounter,
}
"""Keys that ask nothing: what they do can be undone, or done again."""


def pressed(desk: Desk, word: str, view: p.CounterView, say: Speaker, now: int) -> Next:
    """What a key of the desk does. One that cannot work now says why, and does nothing."""
    name, _, value = word.partition(":")
    if name in ("list_shown", "page"):
        return _looked(desk, name, int(value), view), ()
    desk = replace(desk, question=None, so_far=(), about=None, free=())
    if (why := why_not(word, view, now)) is not None:
        key, values = why
        return tell(desk, say(key, **values), refused=True), ()
    desk = replace(desk, told="", refused=False)
    match word:
        case "next" if view.current is None and view.state != "open":
            kind = p.OpenCounter if view.state == "closed" else p.ResumeCounter
            return desk, (Give(kind),)
        case "pause" if view.state == "paused":
            return desk, (Give(p.ResumeCounter),)
        case "closing" if view.closing:
            return desk, (Give(p.OpenCounter),)
        case "authorise" | "assist":
            fields = {} if view.help else {"kind": word}
            return desk, (Give(p.EndHelp if view.help else p.AskHelp, fields),)
        case "finish_next":
            return desk, (Give(p.FinishService, then=Give(p.CallNext)),)
        case "language" | "theme":
            return desk, (Change(word),)
        case "words":
            return replace(desk, reading=not desk.reading, page=0), ()
        case "booking":
            return bookings.begun(desk, view, say, now), ()
        case "sign_out" if view.state == "closed" and view.current is None:
            return desk, (SignOut(),)
        case _ if word in AT_ONCE:
            return desk, (Give(AT_ONCE[word]),)
        case _:
            return _asked(desk, word, view, say)


def chosen(
    desk: Desk, words: Sequence[str], note: str, view: p.CounterView, say: Speaker, now: int
) -> Next:
    """What the answer to the open question does."""
    question = desk.question
    assert question is not None, "there is a question where there is an answer"
    current = view.current
    if desk.about is not None and (current is None or current.visit != desk.about):
        # Somebody who steers the lobby, or the clock, was faster: this is about somebody else.
        return tell(put_away(desk), say("counter.changed"), refused=True), ()
    word = words[0] if words else ""
    after = replace(put_away(desk), told="", refused=False)
    match question.name:
        case "more":
            return pressed(put_away(desk), word, view, say, now)
        case "number":
            number = word or ticket_number(note) or plain(note).upper()
            return further(desk, ask.reason(number, say), number), ()
        case "reason":
            return after, (Give(p.CallNumber, {"number": desk.so_far[-1], "reason": word}),)
        case "list":
            return after, (_called_back(word),)
        case "park" if current is not None:
            return further(desk, ask.park_owner(current, say), word), ()
        case "park_owner":
            return after, (Give(p.ParkTicket, {"reason": desk.so_far[-1], "owner": word}),)
        case "pause":
            return after, (Give(p.PauseCounter, {"reason": word}),)
        case "outcome" if current is not None and word == "papers_missing":
            return further(desk, ask.papers(current, view, say), word), ()
        case "outcome":
            return after, (Give(p.FinishService, {"outcome": word}),)
        case "papers" if current is not None:
            return after, (_papers_missing(words, current, view),)
        case "transfer" if current is not None:
            return further(desk, ask.transfer_how(current, _where(word, say), say), word), ()
        case "transfer_how":
            return after, (Give(p.TransferTicket, _transfer(desk.so_far[-1], words, note)),)
        case "add":
            return after, (Give(p.AddTransaction, {"service": word}),)
        case "sign_out":
            return after, _leaving(word)
        case name if name in bookings.QUESTIONS:
            return bookings.chosen(desk, words, note, view, say)
        case _:
            return after, ()


def _asked(desk: Desk, word: str, view: p.CounterView, say: Speaker) -> Next:
    current = view.current
    about = current.visit if current is not None else None
    match word:
        case "number":
            question = ask.number(view, say)
        case "list":
            question = ask.waiting_lists(view, say)
        case "pause":
            question = ask.pause(say)
        case "more":
            question, about = ask.more(view, say), None
        case "sign_out":
            question, about = ask.sign_out(view, say), None
        case "park" if current is not None:
            question = ask.park(current, say)
        case "transfer" if current is not None:
            question = ask.transfer(current, view, say)
        case "outcome" if current is not None:
            question = ask.outcome(current, say)
        case "add" if current is not None:
            question = ask.add(current, view, say)
        case _:
            return desk, ()
    return replace(desk, question=question, about=about), ()


def _called_back(word: str) -> Give:
    name, _, value = word.partition(":")
    if name == "parked":
        return Give(p.ResumeTicket, {"visit": int(value)})
    return Give(p.CallNumber, {"number": value, "reason": "customer_returned"})


def _papers_missing(words: Sequence[str], current: p.TicketShown, view: p.CounterView) -> Give:
    papers = ask.papers_named(words, current, view)
    fields = {"outcome": "papers_missing", "papers": papers}
    return Give(p.FinishService, fields, papers=papers, customer=current.language)


def _transfer(where: str, words: Sequence[str], note: str) -> dict[str, Any]:
    kind, _, value = where.partition(":")
    to = {"service": value} if kind == "service" else {"to_counter": int(value)}
    position: p.Position = "front" if ask.FRONT in words else "arrival"
    return {
        **to,
        "position": position,
        "back_to_me": ask.BACK_TO_ME in words,
        "note": note,
    }


def _where(word: str, say: Speaker) -> str:
    kind, _, value = word.partition(":")
    return say.service(value) if kind == "service" else say.counter(int(value))


def _leaving(word: str) -> Sequence[Effect]:
    match word:
        case "close":
            return Give(p.CloseCounter), SignOut()
        case "only":
            return (SignOut(),)
        case _:
            return ()


def _looked(desk: Desk, name: str, step: int, view: p.CounterView) -> Desk:
    if name == "page":
        return replace(desk, page=max(0, desk.page + step))
    names = lists_of(view)
    # The list of appointments is gone when the day is.
    before = names.index(desk.list_shown) if desk.list_shown in names else 0
    return replace(desk, list_shown=names[(before + step) % len(names)], page=0)


def last_page(desk: Desk, view: p.CounterView, rows: int) -> Desk:
    """Never beyond the last page of the list that is shown."""
    pages = max(1, -(-count_of(view, desk.list_shown) // max(1, rows)))
    return replace(desk, page=min(desk.page, pages - 1))
