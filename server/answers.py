"""What has been answered: so that a repeated command gets the first answer and changes nothing.

The journal knows every command that left events; here is where to find them, for the business
day. Refusals, and commands that left none, are known only while the process lives and may be
decided anew after a restart.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, Final, TypeAlias

from server.domain.events import AppointmentReleased, Event
from server.domain.refusals import CommandReused, Refusal
from server.domain.state import Actor
from server.journal.contract import CommandSpan
from shared.protocol import Accepted, BranchCommand, HouseCommand, encode

Answer: TypeAlias = Accepted | Refusal

RECENT_MAX: Final = 10_000
"""Answers kept whole, of one branch: more than a busy day has commands. Older ones that left
events are still found through the journal."""


DIGEST_CHARACTERS: Final = 16
"""96 bits: nobody finds another command with the same digest."""


def key_of(command: BranchCommand | HouseCommand, actor: Actor) -> str:
    """The command's id, and a digest of who gave it and what it says.

    The journal keeps it with the events: an id used again for anything else, or by anybody
    else, is known as such after a restart too, and earns nobody another's answer.
    """
    said = f"{actor.station}/{actor.visit}/".encode() + encode(command)
    digest = urlsafe_b64encode(sha256(said).digest()).decode()[:DIGEST_CHARACTERS]
    return f"{command.id}.{digest}"


def id_of(key: str) -> str:
    """The id in a key."""
    return key.partition(".")[0]


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
        **_of_appointment(events),
    )


def _of_appointment(events: Sequence[Event]) -> dict[str, Any]:
    """Which appointment it was about, when that is, and how late its customer came."""
    said: dict[str, Any] = {}
    for event in events:
        if isinstance(event, AppointmentReleased):
            continue  # what was kept at this terminal before
        for name in ("appointment", "slot", "late_minutes"):
            if getattr(event, name, None) is not None:
                said[name] = getattr(event, name)
    return said


class Answers:
    """The commands of one branch that have been answered."""

    def __init__(self) -> None:
        # By id: the key it was first used with, and the answer or where its events are.
        self._recent: OrderedDict[str, tuple[str, Answer]] = OrderedDict()
        self._spans: dict[str, CommandSpan] = {}

    def to(self, key: str) -> Answer | CommandSpan | None:
        """What the command of this key was answered, or where its events are; None: it is new.

        An id that was used for another command, or by somebody else, is refused.
        """
        command_id = id_of(key)
        if command_id in self._recent:
            first, answer = self._recent[command_id]
            return answer if first == key else CommandReused()
        span = self._spans.get(command_id)
        return span if span is None or span.command_id == key else CommandReused()

    def in_journal(self, key: str) -> CommandSpan | None:
        """Where the events of a command are, if it has left any."""
        span = self._spans.get(id_of(key))
        return span if span is not None and span.command_id == key else None

    def remember(self, key: str, answer: Answer, events: int) -> None:
        """Keep what was answered to a command that left so many events."""
        command_id = id_of(key)
        self._recent[command_id] = (key, answer)
        if len(self._recent) > RECENT_MAX:
            self._recent.popitem(last=False)
        if events:
            assert isinstance(answer, Accepted), "a refusal leaves no events"
            first = answer.seq - events + 1
            self._spans[command_id] = CommandSpan(key, first, answer.seq)

    def restart(self, spans: Iterable[CommandSpan]) -> None:
        """Take from the journal which commands have left events."""
        self._spans = {id_of(span.command_id): span for span in spans}

    def begin_day(self, first_seq: int) -> None:
        """Forget what was before: a kiosk that sends yesterday's command again this morning
        must hear that the day has changed, not print yesterday's number."""
        self._spans = {k: span for k, span in self._spans.items() if span.last >= first_seq}
        for command_id in self._recent.keys() - self._spans.keys():
            del self._recent[command_id]
