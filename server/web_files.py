"""What our pages are made of: files of `server/web`, what those share, and the words phones say.

A browser keeps them, and asks each time whether they are still the same: a page that is opened
again costs its own few bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from math import ceil
from typing import Final

from websockets.http11 import Response

from server.asked import Asked
from server.markup import filled
from server.phone_words import frame
from server.responses import JSON, PAGE_HEADERS, policy, response
from shared.i18n import LANGUAGES, catalogue, text
from shared.protocol import Language

FILES: Final = "/phone-files/"
PART: Final = re.compile(r"\{\{>(\w+)\}\}\n")
"""Where the file of that name stands in another one, such as `{{>head}}`."""

COMMENT: Final = re.compile(rb"^ *//.*\n", re.MULTILINE)
"""A line that says something to whoever reads the file here, and to no phone."""

CSS: Final = "text/css; charset=utf-8"
JAVASCRIPT: Final = "text/javascript; charset=utf-8"
HTML: Final = "text/html; charset=utf-8"

MODULES: Final = (
    "alarm.js",
    "arrive.js",
    "drawing.js",
    "facts.js",
    "form.js",
    "keys.js",
    "line.js",
    "notice.js",
    "rating.js",
    "steps.js",
    "ticket.js",
    "words.js",
)
"""The JavaScript of a ticket's page: one module for each concern."""

TYPES: Final = {
    "phone.css": CSS,
    "icon.svg": "image/svg+xml",
    **dict.fromkeys((*MODULES, "branch.js", "code.js", "remote.js"), JAVASCRIPT),
}

SAID: Final = (
    "phone.",
    "wait.",
    "wait_reason.",
    "score.",
    "rating_reason.",
    "link.pending",
    "screen.privacy_form",
    "link.read_only",
    "display.emergency",
    "kiosk.other_language",
)
"""What of the catalogue the pages say."""


def file(name: str, asked: Asked) -> Response | None:
    """A file of the pages; None where there is none of that name."""
    found = _content(name)
    if found is None:
        return None
    content_type, content, tag = found
    kept = {"Cache_Control": "no-cache", "ETag": tag}
    if asked.known == tag:
        unchanged = response(HTTPStatus.NOT_MODIFIED, content_type, b"", **kept)
        del unchanged.headers["Content-Length"]  # it would be that of the file
        return unchanged
    return response(HTTPStatus.OK, content_type, content, **kept)


def page(
    name: str,
    values: Mapping[str, str],
    host: str,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    forms: bool = False,
    **headers: str,
) -> Response:
    """A page of that host: its template with the gaps filled. With `forms` it may post its own, to
    nobody else."""
    return response(
        status,
        HTML,
        filled(template(name), values).encode(),
        Content_Security_Policy=policy(host, forms=forms),
        **PAGE_HEADERS,
        **headers,
    )


def gone(table: str, asked: Asked, seconds: float | None) -> Response:
    """What a link leads to that is wrong, or not good any more: one answer for both, in the words
    of that table. After too many of them: come again after so many seconds."""
    language = asked.language()
    said = {name: text(language, f"{table}.{name}") for name in ("title", "text", "next")}
    values = {**frame(language), **said}
    if seconds is None:
        return page("gone.html", values, asked.host, HTTPStatus.NOT_FOUND)
    values["text"] = text(language, "phone.gone.too_often")
    status = HTTPStatus.TOO_MANY_REQUESTS
    return page("gone.html", values, asked.host, status, Retry_After=str(ceil(seconds)))


@cache
def template(name: str) -> str:
    """A page's file, with what it has in common with others put in."""
    return PART.sub(lambda part: template(f"{part[1]}.html"), read(name).decode())


@cache
def read(name: str) -> bytes:
    """One of our files."""
    return files("server").joinpath("web", name).read_bytes()


@cache
def words_of(language: Language) -> bytes:
    """The part of the catalogue that the pages say, as JSON."""
    said = {key: words for key, words in catalogue(language).items() if key.startswith(SAID)}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


@cache
def _content(name: str) -> tuple[str, bytes, str] | None:
    """Its type, itself, and what tells it from what it was before."""
    for language in LANGUAGES:
        if name == f"words.{language}.json":
            return JSON, words_of(language), _tag(words_of(language))
    content_type = TYPES.get(name)
    if content_type is None:
        return None
    content = COMMENT.sub(b"", read(name)) if content_type == JAVASCRIPT else read(name)
    return content_type, content, _tag(content)


def _tag(content: bytes) -> str:
    return f'"{sha256(content).hexdigest()[:16]}"'
