"""What a command says of a person, and the command without it: the only thing to be written down.

Which fields those are is said in the protocol, by the commands themselves.
"""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from shared.protocol import Wire

Message = TypeVar("Message", bound=Wire)


def said_of_a_person(message: Wire) -> dict[str, str]:
    """The private fields that say something, by name."""
    said = ((name, getattr(message, name)) for name in message.private)
    return {name: value for name, value in said if value}


def bare(message: Message) -> Message:
    """The message without any of it; the same one, if it says nothing of a person."""
    said = said_of_a_person(message)
    return replace(message, **dict.fromkeys(said, "")) if said else message
