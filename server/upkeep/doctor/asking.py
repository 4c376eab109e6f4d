"""Asks the server how it is, by its own health page: at its address, and as phones reach it."""

from __future__ import annotations

import http.client
import ssl
from typing import Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from server.config import ServerConfig

PATIENCE_SECONDS: Final = 3.0
BYTES_MAX: Final = 1_048_576

EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - to be asked, not bound
"""Who listens at all addresses is asked at the nearest one."""


class BranchHealth(Struct, frozen=True):
    """What the page says of a branch."""

    status: str


class Answer(Struct, frozen=True):
    """What the page says. Whoever is no Lobby says nothing of branches."""

    branches: dict[str, BranchHealth] = {}
    sqlite_version: str = ""

    @property
    def is_lobby(self) -> bool:
        """Whether it is one of ours that answers."""
        return bool(self.branches and self.sqlite_version)

    def those(self, status: str) -> list[str]:
        """The branches of which it says this."""
        return [name for name, branch in self.branches.items() if branch.status == status]


def ask_server(config: ServerConfig) -> Answer | None:
    """Whoever listens at the configured address; None where nobody does."""
    listen = config.listen
    if not listen.port:
        return None
    host = EVERYWHERE.get(listen.host, listen.host)
    context = ssl.create_default_context() if config.tls else None
    if context is not None:
        # The certificate is looked at apart from this, and carries another name.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        return _answer(host, listen.port, context)
    except (ssl.SSLError, http.client.HTTPException):
        return Answer()
    except OSError:
        return None


def ask_public(config: ServerConfig) -> str:
    """Why phones cannot reach the server; "" when they can."""
    if not config.public_url:
        return ""
    try:
        url = urlsplit(config.public_url)
        context = ssl.create_default_context() if url.scheme == "https" else None
        answer = _answer(url.hostname or "", url.port, context)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return str(error) or type(error).__name__
    return "" if answer.is_lobby else "no Lobby answers there"


def _answer(host: str, port: int | None, context: ssl.SSLContext | None) -> Answer:
    connection = (
        http.client.HTTPSConnection(host, port, timeout=PATIENCE_SECONDS, context=context)
        if context
        else http.client.HTTPConnection(host, port, timeout=PATIENCE_SECONDS)
    )
    try:
        connection.request("GET", "/health", headers={"Connection": "close"})
        body = connection.getresponse().read(BYTES_MAX)
    finally:
        connection.close()
    try:
        return msgspec.json.decode(body, type=Answer)
    except msgspec.MsgspecError:
        return Answer()
