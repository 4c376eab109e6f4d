"""What has been answered: so that a repeated command gets the first answer and changes nothing.

The journal knows every command that left events; here is where to find them, for the business
day. Refusals, and commands that left none, are known only while the process lives and may be
decided anew after a restart.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from server.domain.events import Event
from server.domain.refusals import CommandReused, Refusal
from server.journal.contract import CommandSpan
from shared.protocol import Accepted, Command

Answer: TypeAlias = Accepted | Refusal

RECENT_MAX: Final = 10_000
"""Answers kept whole, of one branch: more than a busy day has commands. Older ones that left
events are still found through the journal."""


def accepted(command_id: str, events: Sequence[Event], seq: int) -> Accepted:
    """The answer to a command that left these events, the last of them at `seq`.

    A pure function of what is in the journal, so that the hundredth answer equals the first.
    """
    visits = {getattr(event, "visit", None) for event in events} - {None}
    numbers = [getattr(event, "number", None) for event in events]
    about_one = len(visits) == 1
    return Accepted(
        id=command_id,
        seq=seq,
        visit=visits.pop() if about_one else None,
        number=next(filter(None, numbers), None) if about_one else None,
    )


class Answers:
    """The commands of one branch that have been answered."""

    def __init__(self) -> None:
        self._recent: OrderedDict[str, tuple[Command, Answer]] = OrderedDict()
        self._spans: dict[str, CommandSpan] = {}

    def to(self, command: Command) -> Answer | CommandSpan | None:
        """What this command was answered, or where its events are; None: it is new.

        An id that was used for another command is refused, as long as that one is remembered.
        """
        if command.id in self._recent:
            first, answer = self._recent[command.id]
            return answer if first == command else CommandReused()
        return self._spans.get(command.id)

    def in_journal(self, command_id: str) -> CommandSpan | None:
        """Where the events of a command are, if it has left any."""
        return self._spans.get(command_id)

    def remember(self, command: Command, answer: Answer, events: int) -> None:
        """Keep what was answered to a command that left so many events."""
        self._recent[command.id] = (command, answer)
        if len(self._recent) > RECENT_MAX:
            self._recent.popitem(last=False)
        if events:
            assert isinstance(answer, Accepted), "a refusal leaves no events"
            first = answer.seq - events + 1
            self._spans[command.id] = CommandSpan(command.id, first, answer.seq)

    def restart(self, spans: Iterable[CommandSpan]) -> None:
        """Take from the journal which commands have left events."""
        self._spans = {span.command_id: span for span in spans}

    def begin_day(self, first_seq: int) -> None:
        """Forget what was before: a kiosk that sends yesterday's command again this morning
        must hear that the day has changed, not print yesterday's number."""
        self._spans = {k: span for k, span in self._spans.items() if span.last >= first_seq}
        for command_id in self._recent.keys() - self._spans.keys():
            del self._recent[command_id]
