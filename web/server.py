"""Serves the pages, and the websocket behind each: who may ask is decided before anything begins.

A browser is let in from pages of this very server only, under names that are ours. There is no
sign-in: who reaches the page is at the terminal, so it listens on this machine alone unless it is
told in words that the network can be trusted.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from shared.i18n import text
from shared.origins import Origins
from shared.protocol import Language
from web.pages import PLAIN, Look, Pages, response, words
from web.places import CannotServe, Place
from web.sessions import Page, Seat

log = logging.getLogger(__name__)

MESSAGE_BYTES_MAX: Final = 65_536
"""Keys, touches, and what somebody pastes."""

QUERY_CHARACTERS_MAX: Final = 200
OPEN_SECONDS: Final = 10.0
PING_SECONDS: Final = 10.0

LOOPBACK_NAMES: Final = ("localhost",)


class Listen(Struct, frozen=True, kw_only=True):
    """Where to listen, and under which names beside addresses in digits."""

    address: str = "127.0.0.1"
    port: int = 0
    allowed_origins: tuple[str, ...] = ()
    language: Language = "zh"


@asynccontextmanager
async def serving(places: Sequence[Place], listen: Listen, look: Look) -> AsyncIterator[Server]:
    """Serve while the block runs; then every page is told, and every program has ended."""
    door = Door(places, listen, look)
    try:
        server = await serve(
            door.handle,
            listen.address,
            listen.port,
            process_request=door.answer,
            compression=None,
            max_size=MESSAGE_BYTES_MAX,
            open_timeout=OPEN_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            server_header=None,
        )
    except OSError as error:
        where = f"{listen.address}:{listen.port}"
        why = error.strerror or str(error)
        told = text(listen.language, "web.no_address", address=where, why=why)
        raise CannotServe(told) from error
    async with server:
        yield server


class Door:
    """Answers every request; None lets a websocket begin, which `handle` then lives."""

    def __init__(self, places: Sequence[Place], listen: Listen, look: Look) -> None:
        self._seats = {f"/{place.path}": Seat(place) for place in places}
        self._pages = Pages(places, look, listen.language)
        self._origins = Origins("", listen.allowed_origins, only_here=True)

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """What the library asks before each handshake."""
        if request.method not in ("GET", "HEAD"):
            return words(HTTPStatus.METHOD_NOT_ALLOWED, Allow="GET, HEAD")
        origins, hosts = request.headers.get_all("Origin"), request.headers.get_all("Host")
        path, _, query = request.path.partition("?")
        if not self._origins.is_ours(hosts):
            answer = words(HTTPStatus.FORBIDDEN, "page.not_our_name")
        elif path.endswith("/ws"):
            # A browser always says whose page it is; nothing but a browser has business here.
            ours = origins and self._origins.may_talk(origins, hosts)
            there = path.removesuffix("/ws") in self._seats
            if ours and there and request.method == "GET":
                return None
            answer = words(HTTPStatus.FORBIDDEN if there else HTTPStatus.NOT_FOUND)
        elif (seat := self._seats.get(path.removesuffix("/state"))) and path.endswith("/state"):
            free = seat.is_free_for(_asked(query).get("page", ""))
            answer = response(HTTPStatus.OK, PLAIN, b"free\n" if free else b"taken\n")
        else:
            answer = self._pages.answer(path)
        if answer.status_code >= HTTPStatus.FORBIDDEN:
            log.info("%s %s from %s", answer.status_code, path[:100], connection.remote_address)
        if request.method == "HEAD":
            answer.body = b""
        return answer

    async def handle(self, connection: ServerConnection) -> None:
        """One page, for as long as it is open."""
        assert connection.request is not None, "it was answered"
        path, _, query = connection.request.path.partition("?")
        asked = _asked(query)
        seat = self._seats[path.removesuffix("/ws")]
        page = Page(connection, asked.get("page", ""))
        await seat.sit(page, _number(asked.get("width"), 80), _number(asked.get("height"), 24))


def is_loopback(address: str) -> bool:
    """Whether only this machine gets there."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address in LOOPBACK_NAMES


def address_of(server: Server) -> str:
    """Where it listens, as a browser is told."""
    host, port = next(iter(server.sockets)).getsockname()[:2]
    named = f"[{host}]" if ":" in host else host
    return f"http://{named}:{port}"


def is_origin(url: str) -> bool:
    """Whether that is what a browser calls a page's origin: scheme, name, perhaps a port."""
    parts = urlsplit(url)
    beyond = parts.path.strip("/") or parts.query or parts.fragment
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not beyond


def _asked(query: str) -> dict[str, str]:
    if len(query) > QUERY_CHARACTERS_MAX:
        return {}
    return {name: values[-1] for name, values in parse_qs(query).items()}


def _number(word: str | None, otherwise: int) -> int:
    return (
        int(word) if word and word.isascii() and word.isdecimal() and len(word) < 6 else otherwise
    )
