"""The GET pages that share the websocket's port: which of them answers what, health and metrics.

The library answers requests without a body only and closes after each, so nothing here changes
anything: what does, goes over the websocket, but for the empty forms of an appointment's page.
Whether one may begin is decided at the `door`.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from server import metrics
from server.accuracy_pages import AccuracyPages
from server.appointment_pages import AppointmentPages
from server.asked import Asked, asked_of
from server.branch_pages import BranchPages
from server.display_pages import DisplayPages
from server.door import Door
from server.exporting import PATH as EXPORT_PATH
from server.exporting import SENT_SECONDS, Exports
from server.metrics import Metrics
from server.responses import JSON, PLAIN, response, words
from server.runner import BranchRunner
from server.sockets import Connection
from server.ticket_pages import TicketPages
from shared.i18n import LANGUAGES, text
from shared.origins import Origins

WEBSOCKET_PATH: Final = "/ws"
APPOINTMENT_PATH: Final = "/a/"

SENT_FROM: Final = "Sec-Fetch-Site"
ELSEWHERE: Final = frozenset({"cross-site", "same-site"})
"""So a browser says that the page whose form it posts is not ours. Origin tells nothing here: our
pages say no referrer, so that it is null in their own forms, too."""


def _in_both_languages(key: str) -> bytes:
    return "".join(f"{text(language, key)}\n" for language in LANGUAGES).encode()


NOT_OUR_NAME: Final = _in_both_languages("page.not_our_name")


class Pages:
    """Answers every request that reaches the port; None lets a websocket begin."""

    def __init__(
        self,
        runners: Mapping[str, BranchRunner],
        metrics: Metrics,
        door: Door,
        origins: Origins,
        exports: Exports,
        appointments: AppointmentPages,
        displays: DisplayPages,
        accuracy: AccuracyPages,
        tickets: TicketPages,
        branches: BranchPages,
    ) -> None:
        self._runners = runners
        self._metrics = metrics
        self._door = door
        self._origins = origins
        self._exports = exports
        self._appointments = appointments
        self._displays = displays
        self._accuracy = accuracy
        self._tickets = tickets
        self._branches = branches

    async def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """What the library asks before each handshake."""
        path, _, query = request.path.partition("?")
        is_form = request.method == "POST" and path.startswith(APPOINTMENT_PATH)
        if request.method not in ("GET", "HEAD") and not is_form:
            return words(HTTPStatus.METHOD_NOT_ALLOWED, Allow="GET, HEAD")
        if path == WEBSOCKET_PATH and request.method == "GET":
            return self._door.handshake(connection, request)
        ours = self._origins.is_ours(request.headers.get_all("Host"))
        if is_form and set(request.headers.get_all(SENT_FROM)) & ELSEWHERE:
            return words(HTTPStatus.FORBIDDEN)
        if not ours:
            page = response(HTTPStatus.FORBIDDEN, PLAIN, NOT_OUR_NAME)
        elif path.startswith(APPOINTMENT_PATH):
            page = await self._appointments.answer(asked_of(connection, request), request.method)
        elif path.startswith(EXPORT_PATH):
            page = self._export(connection, request, path.removeprefix(EXPORT_PATH))
        else:
            told = self._accuracy.answer(path, query, _languages(request))
            page = told or await self._page(asked_of(connection, request))
        if request.method == "HEAD":
            page.body = b""
        return page

    async def _page(self, asked: Asked) -> Response:
        match asked.path:
            case "/health":
                return self._health()
            case "/metrics":
                return response(HTTPStatus.OK, metrics.CONTENT_TYPE, self._metrics.text())
            case _:
                found = self._displays.answer(asked.path, asked.host)
                found = found or await self._tickets.answer(asked)
                found = found or await self._branches.answer(asked)
                return found or words(HTTPStatus.NOT_FOUND)

    def _export(self, connection: ServerConnection, request: Request, token: str) -> Response:
        """What waits at a path that nobody can guess; gone with the first GET."""
        waiting = self._exports.take(token) if request.method == "GET" else None
        if waiting is None:
            return words(HTTPStatus.NOT_FOUND)
        if isinstance(connection, Connection):
            connection.give_time(SENT_SECONDS)
        headers = {"Content_Disposition": f'attachment; filename="{waiting.name}"'}
        body = waiting.gzipped
        if any("gzip" in accepted for accepted in request.headers.get_all("Accept-Encoding")):
            headers["Content_Encoding"] = "gzip"
        else:
            body = gzip.decompress(body)
        return response(HTTPStatus.OK, waiting.content_type, body, **headers)

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
        return response(status, JSON, json.dumps(health).encode())


def _languages(request: Request) -> str:
    return ",".join(request.headers.get_all("Accept-Language"))


def _status(runner: BranchRunner) -> str:
    if runner.stopped:
        return "stopped"
    return "read_only" if runner.read_only else "running"
