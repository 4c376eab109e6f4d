"""What a verb of the board is: a command, what it is about, what it asks, when it could work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from lobby_display.board.asks import Ask, Given
from shared import protocol as p

About: TypeAlias = Literal[
    "ticket",
    "counter",
    "machine",
    "alert",
    "request",
    "service",
    "message",
    "duty",
    "appointment",
    "branch",
    "new",
]


class Verb(Struct, frozen=True):
    """What can be done. `fixed` are fields that the verb itself gives; `about` gives the field that
    `subject` names; `then` makes the command that follows once this one was accepted."""

    name: str
    command: type[p.BranchCommand | p.HouseCommand | p.FindAppointment]
    about: About
    asks: tuple[Ask, ...] = ()
    possible: Callable[[Given], bool] = lambda _given: True
    fixed: Callable[[Given], dict[str, Any]] = lambda _given: {}
    then: Callable[[Given, p.Accepted, str, str], p.Command] | None = None
