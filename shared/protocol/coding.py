"""How messages become bytes, and how a terminal reads what the server says.

A terminal is told a few kinds of messages and never the others: each kind is loaded when the first
of it comes. The server, which is told everything, has its decoders in `messages.py` beside this.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Final

import msgspec
from msgspec import Struct

PACKAGE: Final = __name__.rpartition(".")[0]

FROM_SERVER: Final = frozenset(
    """
    Welcome Paired Accepted HouseAccepted SignedIn SignInEnded PersonFound SlotsFound
    AppointmentFound ReloadPreview ExportReady Refused Heartbeat
    KioskView DisplayView CounterView PanelView PagerView BoardView TicketView AppointmentView
    HouseView
    """.split()
)
"""The names of what the server says: the members of the union `FromServer`."""


class Envelope(Struct, frozen=True):
    """The two fields that let a broken message still be answered by id and name."""

    id: str = ""
    type: str = ""


class Kind(Struct, frozen=True):
    """The field that says what the others are."""

    type: str = ""


decode_envelope = msgspec.json.Decoder(Envelope).decode
encode = msgspec.json.Encoder().encode

_decode_kind = msgspec.json.Decoder(Kind).decode


def decode_from_server(data: bytes | str) -> Any:
    """One message of the server. Raises msgspec.DecodeError for what is none of this version's."""
    return _decoder(_decode_kind(data).type)(data)


@cache
def _decoder(kind: str) -> Any:
    if kind not in FROM_SERVER:
        raise msgspec.ValidationError(f"no message of the server: {kind[:40]!r}")
    return msgspec.json.Decoder(getattr(import_module(PACKAGE), kind)).decode
