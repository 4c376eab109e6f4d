"""Text from a socket -> a message, or why it is none: the first of three questions.

The types in `shared/protocol/` carry the bounds; here what msgspec says of a message that does
not fit them becomes a refusal that names the field at fault, and free text is cleaned before
anything else sees it. The only place that reads what came from outside.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final, get_args

import msgspec
from msgspec import inspect

from server.domain.refusals import (
    BadMessage,
    HelloExpected,
    MessageTooLong,
    NumberOfAPerson,
    Refusal,
    UnknownCommand,
)
from server.free_text import NothingToSee, cleaned
from server.vault.numbers import numbers_in
from shared.protocol import (
    MESSAGE_BYTES_MAX,
    SECRET_FIELDS,
    Envelope,
    FirstMessage,
    Hello,
    Request,
    SetOwnSecret,
    SignIn,
    Unlock,
    decode_command,
    decode_envelope,
    decode_first,
)

ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")
"""What may be said back as the id of a broken message."""

PROBLEM_CHARACTERS_MAX: Final = 200
NAME_CHARACTERS_MAX: Final = 40
"""How much of a message that does not fit is said back."""

NUMBER_MIN: Final = 11
"""Characters of the shortest number of a person: most texts are shorter, and not looked at."""

COMMANDS: Final = frozenset(command.__name__ for command in get_args(Request))
FIRST: Final = frozenset(message.__name__ for message in get_args(FirstMessage))

UNDECODABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)
"""All that a decoder raises: brackets in brackets are no ValueError."""

_FIELD = re.compile(r" - at `\$\.(\w+)|required field `(\w+)`$")


class Unreadable(Exception):
    """Not a message that can be acted on: the refusal, the field at fault, and the id to answer.

    `bad` ones are counted and end a connection; a command of a newer version is none.
    """

    def __init__(
        self, refusal: Refusal, *, field: str | None = None, message_id: str = "", bad: bool = True
    ) -> None:
        super().__init__(type(refusal).__name__)
        self.refusal = refusal
        self.field = field or refusal.at
        self.message_id = message_id
        self.bad = bad


def read_first(message: str | bytes) -> FirstMessage:
    """The first message of a connection; raises Unreadable."""
    envelope = _envelope(message)
    if envelope.type and envelope.type not in FIRST:
        raise Unreadable(HelloExpected())
    first: FirstMessage = _read(message, decode_first, envelope)
    _refuse_numbers(first, "")
    return first


def read_command(message: str | bytes) -> Request:
    """Every later message; raises Unreadable."""
    command: Request = _read(message, decode_command, _envelope(message))
    _refuse_numbers(command, command.id)
    return command


def id_of(message: str | bytes) -> str:
    """What a message is answered by that is not looked at any further; "" where it has none."""
    return _id(_envelope(message))


def _refuse_numbers(message: Request | FirstMessage, message_id: str) -> None:
    """No mobile, identity or card number outside the fields that are made for it: whatever else
    is said here may be kept for years, shown on screens, or written to a log."""
    for name in _looked_through(type(message)):
        value = getattr(message, name)
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and len(text) >= NUMBER_MIN and any(numbers_in(text)):
                raise Unreadable(NumberOfAPerson(), field=name, message_id=message_id, bad=False)


@cache
def _looked_through(message: type[Request | FirstMessage]) -> tuple[str, ...]:
    """The fields that could hold a number of a person and may not. Ids are made by machines."""
    if issubclass(message, Hello | SignIn | Unlock | SetOwnSecret):
        return ()  # nothing of these is kept; passwords may be any number
    info = inspect.type_info(message)
    assert isinstance(info, inspect.StructType)
    meant = {"id", *SECRET_FIELDS, *message.private}
    return tuple(f.name for f in info.fields if f.name not in meant and _has_room(f.type))


def _has_room(kind: inspect.Type) -> bool:
    match kind:
        case inspect.StrType(max_length=most):
            return most is None or most >= NUMBER_MIN
        case inspect.Metadata(type=inner) | inspect.VarTupleType(item_type=inner):
            return _has_room(inner)
        case inspect.UnionType(types=kinds):
            return any(map(_has_room, kinds))
        case _:
            return False


def _read(message: str | bytes, decode: Callable[[str], Any], envelope: Envelope) -> Any:
    message_id = _id(envelope)
    if isinstance(message, bytes):
        raise Unreadable(BadMessage(problem="Expected a text frame"), message_id=message_id)
    if len(message) > MESSAGE_BYTES_MAX or len(message.encode()) > MESSAGE_BYTES_MAX:
        raise Unreadable(MessageTooLong(bytes_max=MESSAGE_BYTES_MAX), message_id=message_id)
    try:
        return cleaned(decode(message))
    except NothingToSee as empty:
        refusal = BadMessage(problem="Expected something that can be seen")
        raise Unreadable(refusal, field=empty.field, message_id=message_id) from None
    except UNDECODABLE as error:
        problem = str(error)
    found = _FIELD.search(problem)
    field = found[1] or found[2] if found else None
    if field == "type" and envelope.type and envelope.type not in COMMANDS:
        name = _printable(envelope.type, NAME_CHARACTERS_MAX)
        raise Unreadable(UnknownCommand(command=name), message_id=message_id, bad=False)
    refusal = BadMessage(problem=_printable(problem, PROBLEM_CHARACTERS_MAX))
    raise Unreadable(refusal, field=field, message_id=message_id)


def _envelope(message: str | bytes) -> Envelope:
    """What a broken message can still be answered by."""
    try:
        return decode_envelope(message)
    except UNDECODABLE:
        return Envelope()


def _id(envelope: Envelope) -> str:
    return envelope.id if ID.fullmatch(envelope.id) else ""


def _printable(text: str, characters_max: int) -> str:
    # It is shown on a screen and written to a log: no control characters from outside.
    return "".join(c if c.isprintable() else "?" for c in text[:characters_max])
