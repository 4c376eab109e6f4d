"""The look of an HTTP response: its headers, and what they forbid a browser to do with it."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Final

from websockets.datastructures import Headers
from websockets.http11 import Response

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

PAGE_HEADERS: Final = {
    "Cross_Origin_Opener_Policy": "same-origin",
    "Permissions_Policy": "camera=(), microphone=(), geolocation=()",
    "X_Robots_Tag": "noindex",
}
"""What a page of ours says besides."""

HOST: Final = re.compile(r"[0-9A-Za-z.:\[\]-]{1,255}\Z")

PLAIN: Final = "text/plain; charset=utf-8"
JSON: Final = "application/json"


def response(status: HTTPStatus, content_type: str, body: bytes, **headers: str) -> Response:
    """A whole response. More headers are given by their names with `_` for `-`."""
    all_headers = Headers(
        {
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            "Connection": "close",
            **SECURITY_HEADERS,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
    )
    return Response(status.value, status.phrase, all_headers, body)


def policy(host: str, *, forms: bool = False) -> str:
    """Own files only, nothing inline; the websocket by name, for browsers to whom 'self' is not;
    forms nowhere, or to ourselves."""
    sockets = f" ws://{host} wss://{host}" if HOST.match(host) else ""
    posted = "'self'" if forms else "'none'"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self'{sockets}; base-uri 'none'; form-action {posted}; "
        "frame-ancestors 'none'; object-src 'none'"
    )


def words(status: HTTPStatus, **headers: str) -> Response:
    """A status and nothing but its own words."""
    return response(status, PLAIN, f"{status.phrase}\n".encode(), **headers)


def come_again(seconds: int) -> Response:
    """Turned away, and when to try again."""
    refused = {"code": "TooManyConnections", "retry_after_ms": seconds * 1000}
    body = json.dumps(refused).encode()
    return response(HTTPStatus.SERVICE_UNAVAILABLE, JSON, body, Retry_After=str(seconds))
