"""Decides waiting commands one after the other, each on the state the earlier ones leave behind.

The state changes here before anything is written: whoever calls must write the entries, or
throw the state away. Knows nothing of journals that fail, of listeners or of waiting callers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from server.answers import Answer, accepted
from server.domain.apply import apply
from server.domain.commands import AnyCommand, TimePassed
from server.domain.decide import decide
from server.domain.events import Event
from server.domain.refusals import Refused
from server.domain.state import Actor, Branch, Stamp
from server.journal.contract import Entry
from server.journal.upcast import to_entry
from server.private import NOTHING, Confided, Private, kept_with
from shared.protocol import Accepted, BranchCommand, CallNext, FillForm

log = logging.getLogger(__name__)

PASSES_MAX: Final = 10
"""How often in a row time may bring something about (an old day closes, a new one opens, …)
before the commands get their turn; what is left comes with the next batch."""


class CommandFailed(Exception):
    """A command met a fault of ours and changed nothing. The log knows more."""


class Unanswerable(Exception):
    """The journal was lost in the middle of a write: what became of a command shows at the next
    start, and whoever asked asks again then. A refusal would say that nothing has happened."""


Outcome: TypeAlias = Answer | CommandFailed | Unanswerable


class Given(Struct, frozen=True):
    """A command, who gave it, and its key (see `answers`); "" for what the server asks of
    itself. What the command said of a person stands beside it."""

    command: AnyCommand
    actor: Actor
    key: str = ""
    confided: Confided | None = None

    @property
    def id(self) -> str:
        """The command's id; "" for what the server asks of itself."""
        return self.command.id if isinstance(self.command, BranchCommand) else ""

    @property
    def name(self) -> str:
        """The command's name."""
        return type(self.command).__name__


class Decided(Struct, frozen=True):
    """The answer to one command, and what is to be written before it may be given."""

    outcome: Outcome
    entries: list[Entry]
    private: Private = NOTHING


class StateSpoilt(Exception):
    """A fault of ours while the state was changing: throw it away, leave out this command."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


def decide_in_turn(branch: Branch, batch: Sequence[Given], now: Callable[[], int]) -> list[Decided]:
    """What becomes of each command of the batch. Changes the branch; may raise StateSpoilt."""
    decided = []
    for index, given in enumerate(batch):
        stamp = _stamp(given, max(branch.at, now()))
        step = _let_time_pass if isinstance(given.command, TimePassed) else _decide_one
        try:
            decided.append(step(branch, given, stamp))
        except Exception as error:
            facts = (branch.id, given.name, given.id)
            log.exception("branch %s: its state was spoilt by %s %s", *facts)
            raise StateSpoilt(index) from error
    return decided


def _stamp(given: Given, at: int) -> Stamp:
    confided = given.confided
    if confided is None:
        return Stamp(at, given.actor, given.key)
    # Of what is said of a person the rules see the answers in a form: they have rules.
    answers = confided.values if isinstance(given.command, FillForm) else {}
    return Stamp(at, given.actor, given.key, confided.id, confided.same, answers)


def _let_time_pass(branch: Branch, given: Given, stamp: Stamp) -> Decided:
    """Until nothing more is due: after a night off an old day closes and a new one opens."""
    entries: list[Entry] = []
    for _ in range(PASSES_MAX):
        decided = _decide_one(branch, given, stamp)
        entries += decided.entries
        if not decided.entries:
            break
    return Decided(decided.outcome, entries)


def _decide_one(branch: Branch, given: Given, stamp: Stamp) -> Decided:
    try:
        events = decide(branch, given.command, stamp)
    except Refused as refused:
        if not given.id:  # nobody may be waiting for it: the configuration of the start, say
            log.warning("branch %s: %s refused: %s", branch.id, given.name, refused.refusal)
        return Decided(refused.refusal, [])
    except Exception:
        log.exception("branch %s: cannot decide %s %s", branch.id, given.name, given.id)
        return Decided(CommandFailed(), [])
    entries = [_happen(branch, event, stamp) for event in events]
    private = kept_with(branch, events, given.confided)
    return Decided(_answer(branch, given, events), entries, private)


def _happen(branch: Branch, event: Event, stamp: Stamp) -> Entry:
    before = branch.day
    apply(branch, event, stamp)
    # The event that opens a day and the one that closes it both belong to it.
    day = before or branch.day
    return to_entry(event, stamp, day.date if day else "")


def _answer(branch: Branch, given: Given, events: Sequence[Event]) -> Accepted:
    answer = accepted(given.id, events, branch.seq)
    if events or not isinstance(given.command, CallNext):
        return answer
    # A double press: the ticket it called the first time is still in hand.
    visit = branch.counters[given.command.counter].visit
    assert visit is not None, "a call that calls nobody has a ticket in hand"
    return replace(answer, visit=visit, number=branch.visits[visit].number)
