"""What a command says of a person, and the command without it: the only thing to be written down.

Which fields those are is said in the protocol, by the commands themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from shared.protocol import Wire

if TYPE_CHECKING:
    from shared.protocol import AnswerGiven

Message = TypeVar("Message", bound=Wire)


def said_of_a_person(message: Wire) -> dict[str, str]:
    """The private fields that say something, by name; each answer in a form by its field's."""
    said = (one for name in message.private for one in _parts(name, getattr(message, name)))
    return {name: value for name, value in said if value}


def bare(message: Message) -> Message:
    """The message without any of it; the same one, if it says nothing of a person."""
    if not said_of_a_person(message):
        return message
    nothing = {name: type(getattr(message, name))() for name in message.private}
    return replace(message, **nothing)


def _parts(name: str, value: str | tuple[AnswerGiven, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    else:
        yield from ((one.field, one.value) for one in value)
