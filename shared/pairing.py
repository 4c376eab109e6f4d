"""How a terminal becomes a station: a one-time code goes out, a secret of its own comes back.

The secret is kept in a small file that only the terminal's user can read. `Link` uses it later.
"""

from __future__ import annotations

import asyncio
import os
from http import HTTPStatus
from pathlib import Path
from ssl import SSLCertVerificationError, SSLContext
from typing import Any, Final

import msgspec
from msgspec import Struct

from shared.i18n import text
from shared.private_file import write_private
from shared.protocol import (
    VERSION,
    Hello,
    Language,
    Pair,
    Paired,
    Refused,
    SetUp,
    StationKind,
    decode_from_server,
    encode,
)
from shared.trust import NotAnAuthority, read_authority, trusting

USUAL: Final = "ws://SERVER:8470/ws"
"""What the address of a server looks like."""

A_PAGE: Final = (HTTPStatus.OK, HTTPStatus.NOT_FOUND)
"""What is answered where there are pages, and no server at that place."""

ANSWER_SECONDS: Final = 15.0
"""A password is hashed meanwhile, perhaps behind others."""


class NotPaired(Exception):
    """The terminal was not made a station; says why, in a sentence."""


class StationKey(Struct, frozen=True, kw_only=True):
    """What a station keeps: where its server is, and how it proves who it is. `authority` vouches
    for the server (PEM); without one, whoever the machine trusts does."""

    url: str
    station: str
    secret: str
    kind: StationKind
    branch: str
    counter: int | None = None
    authority: str = ""

    def tls(self) -> SSLContext | None:
        """For `Link`: whom to trust, where it is not whom the machine trusts."""
        return trusting(self.authority) if self.authority else None

    def hello(self, *views: str, language: Language = "zh") -> Hello:
        """The first message of its connections."""
        return Hello(
            version=VERSION,
            station=self.station,
            secret=self.secret,
            views=views,
            language=language,
        )

    def __repr__(self) -> str:
        return f"StationKey({self.station!r} at {self.url!r})"


def authority_in(file: Path | None, url: str, language: Language = "zh") -> str:
    """The certificate that is to vouch for the server, "" without a file; raises NotPaired."""
    if file is None:
        return ""
    if not url.startswith("wss://"):
        raise NotPaired(text(language, "pairing.no_tls", url=url))
    try:
        return read_authority(file)
    except NotAnAuthority as error:
        raise NotPaired(text(language, "pairing.no_authority", file=file)) from error


async def pair(url: str, first: Pair | SetUp, authority: str = "") -> Paired:
    """Bring the code to the server; raises NotPaired. The code is not said to a server that the
    authority (without one: this machine) does not vouch for."""
    # Only whoever pairs needs it here: every terminal reads its key at every start.
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidStatus, InvalidURI, WebSocketException

    options: dict[str, Any] = {"ssl": trusting(authority)} if authority else {}
    try:
        async with (
            asyncio.timeout(ANSWER_SECONDS),
            connect(url, proxy=None, compression=None, **options) as connection,
        ):
            await connection.send(encode(first), text=True)
            answer = decode_from_server(await connection.recv(decode=False))
    except SSLCertVerificationError as error:
        reason = error.verify_message
        said = text(first.language, "pairing.not_trusted", url=url, reason=reason)
        raise NotPaired(said) from error
    except (OSError, TimeoutError, WebSocketException, msgspec.DecodeError) as error:
        elsewhere = isinstance(error, InvalidURI) or (
            isinstance(error, InvalidStatus) and error.response.status_code in A_PAGE
        )
        key = "pairing.no_server" if elsewhere else "pairing.no_answer"
        raise NotPaired(text(first.language, key, url=url, usual=USUAL)) from error
    if isinstance(answer, Paired):
        return answer
    if isinstance(answer, Refused):
        raise NotPaired(answer.text)
    raise NotPaired(text(first.language, "pairing.no_server", url=url, usual=USUAL))


def key_of(url: str, paired: Paired, authority: str = "") -> StationKey:
    """What to keep of the answer."""
    return StationKey(
        url=url,
        station=paired.station,
        secret=paired.secret,
        kind=paired.kind,
        branch=paired.branch,
        counter=paired.counter,
        authority=authority,
    )


def make_room(file: Path, language: Language = "zh") -> None:
    """Make the folder of the file, and see that it can be written to; raises NotPaired."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        room = os.access(file.parent, os.W_OK)
    except OSError:
        room = False
    if not room:
        raise NotPaired(text(language, "pairing.no_room", folder=file.parent))


def keep_key(file: Path, key: StationKey) -> None:
    """Write it for this user alone; whole or not at all. OSError if not."""
    write_private(file, msgspec.json.encode(key))


def read_key(file: Path, language: Language = "zh") -> StationKey:
    """What was kept; raises NotPaired."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=StationKey)
    except (OSError, msgspec.DecodeError) as error:
        raise NotPaired(text(language, "pairing.no_key", file=file)) from error
