"""What the shell asks of a branch by itself: never on the wire, decided like every command."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from server.domain.configuration import BranchConfig
from shared.protocol import Command, CounterId


class Configure(Struct, frozen=True):
    """Put a configuration in force."""

    config: BranchConfig


class MarkRehearsal(Struct, frozen=True):
    """Make this journal a rehearsal, once and for all; only before its first day."""


class Resume(Struct, frozen=True):
    """The server has come back."""


class NoteTerminal(Struct, frozen=True):
    """A counter's terminal has been gone for a while (`silent`), or is there again."""

    counter: CounterId
    silent: bool


class StepClock(Struct, frozen=True):
    """Record that the machine's clock jumped by so many ms."""

    by_ms: int


class TimePassed(Struct, frozen=True):
    """See what the clock alone brings about."""


Internal: TypeAlias = Configure | MarkRehearsal | NoteTerminal | Resume | StepClock | TimePassed
AnyCommand: TypeAlias = Command | Internal
