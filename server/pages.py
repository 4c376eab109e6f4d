"""The GET pages that share the websocket's port: health, metrics, and a word for the curious.

The library answers requests without a body only and closes after each, so nothing here changes
anything: what does, goes over the websocket. Also the place where a handshake is turned away
for want of room, or because it was begun by somebody else's web page.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from server import metrics
from server.metrics import Metrics
from server.runner import BranchRunner
from server.sockets import address_of
from shared.i18n import text

WEBSOCKET_PATH: Final = "/ws"

RETRY_AFTER_SECONDS: Final = 10

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

PLAIN: Final = "text/plain; charset=utf-8"
JSON: Final = "application/json"


class Room:
    """How many websockets may be open, in all and from one address. Counts each until its
    connection is gone: also those that are only being closed."""

    def __init__(self, connections_max: int, per_address_max: int) -> None:
        self._connections_max = connections_max
        self._per_address_max = per_address_max
        self._open: Counter[str] = Counter()
        self.taken = 0

    def take(self, address: str) -> bool:
        """Take a place if there is one."""
        if self.taken >= self._connections_max:
            return False
        if self._open[address] >= self._per_address_max:
            return False
        self._open[address] += 1
        self.taken += 1
        return True

    def give_back(self, address: str) -> None:
        """Let others have it."""
        self.taken -= 1
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]


class Pages:
    """Answers every request that reaches the port; None lets a websocket begin."""

    def __init__(
        self,
        runners: Mapping[str, BranchRunner],
        metrics: Metrics,
        room: Room,
        public_url: str = "",
    ) -> None:
        self._runners = runners
        self._metrics = metrics
        self._room = room
        self._public_url = public_url
        self._home = "".join(f"{text(lang, 'page.home')}\n" for lang in ("zh", "en")).encode()

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """What the library asks before each handshake."""
        if request.method not in ("GET", "HEAD"):
            return _with(_text(HTTPStatus.METHOD_NOT_ALLOWED), "Allow", "GET, HEAD")
        path = request.path.partition("?")[0]
        if path == WEBSOCKET_PATH and request.method == "GET":
            return self._handshake(connection, request)
        response = self._page(path)
        if request.method == "HEAD":
            response.body = b""
        return response

    def _page(self, path: str) -> Response:
        match path:
            case "/":
                return _response(HTTPStatus.OK, PLAIN, self._home)
            case "/health":
                return self._health()
            case "/metrics":
                return _response(HTTPStatus.OK, metrics.CONTENT_TYPE, self._metrics.text())
            case _:
                return _text(HTTPStatus.NOT_FOUND)

    def _health(self) -> Response:
        branches = {
            branch: {
                "status": _status(runner),
                "seq": runner.published.seq,
                "day": runner.published.day,
            }
            for branch, runner in self._runners.items()
        }
        well = all(one["status"] == "running" for one in branches.values())
        health = {
            "status": "ok" if well else "failing",
            "branches": branches,
            "sqlite_version": sqlite3.sqlite_version,
        }
        status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
        return _response(status, JSON, json.dumps(health).encode())

    def _handshake(self, connection: ServerConnection, request: Request) -> Response | None:
        if not self._own_origin(request.headers):
            return _text(HTTPStatus.FORBIDDEN)
        address = address_of(connection)
        if not self._room.take(address):
            self._metrics.turned_away.inc()
            return _no_room()
        # The library has no public hook for the end of a connection that needs no task.
        lost = connection.connection_lost_waiter
        lost.add_done_callback(lambda _: self._room.give_back(address))
        return None

    def _own_origin(self, headers: Headers) -> bool:
        """A page of another site must not talk to us through a visitor's browser. Terminals send
        no origin."""
        origins = headers.get_all("Origin")
        if not origins:
            return True
        if self._public_url and origins == [self._public_url]:
            return True
        try:
            return [urlsplit(origin).netloc for origin in origins] == headers.get_all("Host")
        except ValueError:
            return False


def _status(runner: BranchRunner) -> str:
    if runner.stopped:
        return "stopped"
    return "read_only" if runner.read_only else "running"


def _no_room() -> Response:
    refused = {"code": "TooManyConnections", "retry_after_ms": RETRY_AFTER_SECONDS * 1000}
    response = _response(HTTPStatus.SERVICE_UNAVAILABLE, JSON, json.dumps(refused).encode())
    return _with(response, "Retry-After", str(RETRY_AFTER_SECONDS))


def _text(status: HTTPStatus) -> Response:
    return _response(status, PLAIN, f"{status.phrase}\n".encode())


def _with(response: Response, name: str, value: str) -> Response:
    response.headers[name] = value
    return response


def _response(status: HTTPStatus, content_type: str, body: bytes) -> Response:
    headers = Headers(
        {
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            "Connection": "close",
            **SECURITY_HEADERS,
        }
    )
    return Response(status.value, status.phrase, headers, body)
