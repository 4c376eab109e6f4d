"""A GET as our pages look at it: what is asked for, in which language, and by whom."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs

from msgspec import Struct
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request

from server.sockets import network_of
from shared.i18n import LANGUAGES
from shared.protocol import Language

HEADER_CHARACTERS_MAX: Final = 200
"""Nobody reads more languages than fit into this."""


class Asked(Struct, frozen=True):
    """See above. `chosen` is the language that stands in the address, `read` the first of those
    that the browser says its person reads and we speak; `known` is the file it has already."""

    path: str
    chosen: Language | None = None
    read: Language | None = None
    host: str = ""
    network: str = ""
    known: str = ""

    def language(self, otherwise: Language = "zh") -> Language:
        """In which one to answer."""
        return self.chosen or self.read or otherwise


def asked_of(connection: ServerConnection, request: Request) -> Asked:
    """What a request asks for."""
    path, _, query = request.path.partition("?")
    headers = request.headers
    wished = parse_qs(query[:HEADER_CHARACTERS_MAX]).get("lang", [""])[0]
    return Asked(
        path=path,
        chosen=_ours(wished),
        read=_first_read(headers.get_all("Accept-Language")),
        host=next(iter(headers.get_all("Host")), ""),
        network=network_of(connection),
        known=next(iter(headers.get_all("If-None-Match")), ""),
    )


def _first_read(headers: list[str]) -> Language | None:
    """Browsers name the best first; what they think of the others does not matter to us."""
    for named in ",".join(headers)[:HEADER_CHARACTERS_MAX].split(","):
        language = _ours(named.strip().partition(";")[0].partition("-")[0].lower())
        if language is not None:
            return language
    return None


def _ours(word: str) -> Language | None:
    return next((language for language in LANGUAGES if language == word), None)
