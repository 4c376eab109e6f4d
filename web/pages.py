"""The pages and files that a browser is given: all of them from here, none from elsewhere.

A fixed table of addresses: what is not in it is not there. The terminal in the page is the one of
textual-serve (its JavaScript and xterm's style sheet); page, notices and fonts are ours.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Final

from msgspec import Struct
from websockets.datastructures import Headers
from websockets.http11 import Response

from shared.i18n import LANGUAGES, text
from shared.protocol import Language, StationKind
from web.places import CannotServe, Place

HERE: Final = Path(__file__).with_name("page")

HTML: Final = "text/html; charset=utf-8"
CSS: Final = "text/css; charset=utf-8"
JAVASCRIPT: Final = "text/javascript; charset=utf-8"
PLAIN: Final = "text/plain; charset=utf-8"

HEADERS: Final = {
    # xterm writes style elements of its own, hence 'unsafe-inline' for styles; scripts are files.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; "
    "style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=(), clipboard-read=(), clipboard-write=(), geolocation=(), "
    "microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

FONTS: Final = (
    "Noto Sans Mono CJK SC",
    "Sarasa Mono SC",
    "Source Han Mono SC",
    "WenQuanYi Zen Hei Mono",
    "NSimSun",
)
"""Fonts in which a Chinese character is exactly as wide as two Latin ones; the first that the
browser's machine has is taken. None of them is sent."""

MARKS: Final = ("DejaVu Sans Mono", "Consolas", "Menlo", "Liberation Mono", "Noto Sans Mono")
"""Dots, dashes, arrows and ticks are one cell wide in a terminal, but two in most of the fonts
above: these draw them, at the size at which they too are half as wide as high."""

FACE: Final = Template(
    "@font-face { font-family: 'Roboto Mono'; font-weight: $weight; src: $sources; $range\n"
    "  ascent-override: $ascent%; descent-override: $descent%; line-gap-override: 0%; }\n"
)
"""The terminal's script asks for a font of this name. The overrides give every font the same
height: two half blocks above each other, as a QR code has them, come out nearly square."""

ASCENT_PERCENT: Final = 88.0
DESCENT_PERCENT: Final = 24.5
MARKS_PERCENT: Final = 83.0


class Look(Struct, frozen=True):
    """What was asked for, where the program's own way is not wanted."""

    columns: int | None = None
    font: str | None = None


class Pages:
    """All that can be got: `answer` looks an address up."""

    def __init__(self, places: Sequence[Place], look: Look, language: Language) -> None:
        files = {
            "/static/page.js": (JAVASCRIPT, (HERE / "page.js").read_bytes()),
            "/static/page.css": (CSS, (HERE / "page.css").read_bytes()),
            "/static/fonts.css": (CSS, fonts(look.font)),
            "/static/textual.js": (JAVASCRIPT, _of_textual_serve("js/textual.js", language)),
            "/static/xterm.css": (CSS, _of_textual_serve("css/xterm.css", language)),
            "/alive": (PLAIN, b"alive\n"),
        }
        pages = {f"/{place.path}": (HTML, _page(place, look)) for place in places}
        self._there = {**files, **pages}
        self._home = _only(places[0]) if len(places) == 1 else _home(places)

    def answer(self, path: str) -> Response:
        """The page or file of that address."""
        if path == "/":
            return self._home
        if path not in self._there:
            return words(HTTPStatus.NOT_FOUND)
        kind, content = self._there[path]
        return response(HTTPStatus.OK, kind, content)


def response(status: HTTPStatus, content_type: str, body: bytes, **headers: str) -> Response:
    """A whole response. More headers are given by their names with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    about = {
        "Content-Type": content_type,
        "Content-Length": str(len(body)),
        "Connection": "close",
        **HEADERS,
        **named,
    }
    return Response(status.value, status.phrase, Headers(about), body)


def words(status: HTTPStatus, key: str = "", **headers: str) -> Response:
    """A status with a sentence of the catalogue, or with its own words."""
    told = [text(language, key) for language in LANGUAGES] if key else [status.phrase]
    return response(status, PLAIN, "".join(f"{line}\n" for line in told).encode(), **headers)


def fonts(first: str | None) -> bytes:
    """The style sheet that finds the fonts, thin and bold, on the browser's machine."""
    names = [*([first] if first else []), *FONTS]
    return "".join(
        face
        for weight, style in (("400", ""), ("700", " Bold"))
        for face in (_face(weight, style, names), _face(weight, style, MARKS, MARKS_PERCENT))
    ).encode()


def _face(weight: str, style: str, names: Sequence[str], percent: float = 0) -> str:
    """`percent`: the size, of a font for marks only."""
    sought = [f"{name}{style}" for name in names] + (list(names) if style else [])
    scale = percent / 100 or 1
    return FACE.substitute(
        weight=weight,
        sources=", ".join(f'local("{name}")' for name in sought),
        range=f"unicode-range: U+A1-2FF, U+2000-2E7F; size-adjust: {percent:g}%;"
        if percent
        else "",
        ascent=f"{ASCENT_PERCENT / scale:.1f}",
        descent=f"{DESCENT_PERCENT / scale:.1f}",
    )


def _page(place: Place, look: Look) -> bytes:
    wide, upright = place.program.columns
    values = {
        "title": " ".join(text(lang, f"station_kind.{place.program.kind}") for lang in LANGUAGES),
        "path": f"/{place.path}",
        "wide": str(look.columns or wide),
        "upright": str(look.columns or upright),
        "typed": "yes" if place.program.typed else "no",
        **{
            f"{notice}_{lang}": text(lang, key)
            for notice, key in _notices(place.program.kind).items()
            for lang in LANGUAGES
        },
    }
    return _filled("page.html", values)


def _notices(kind: StationKind) -> dict[str, str]:
    """Which sentence stands where. Customers at a kiosk have to be told what to do."""
    names = ("starting", "away", "away_what", "elsewhere", "here")
    notices = {name: f"web.page.{name}" for name in names}
    return {**notices, "away": "screen.offline"} if kind == "kiosk" else notices


def _home(places: Sequence[Place]) -> Response:
    """Which terminals there are; only where several were named."""
    kinds = {place.path: place.program.kind for place in places}
    links = [
        f'<li><a href="/{path}">/{path} · '
        + " · ".join(html.escape(text(lang, f"station_kind.{kind}")) for lang in LANGUAGES)
        + "</a></li>"
        for path, kind in kinds.items()
    ]
    page = Template((HERE / "home.html").read_text(encoding="utf-8"))
    return response(HTTPStatus.OK, HTML, page.substitute(links="\n".join(links)).encode())


def _only(place: Place) -> Response:
    return response(HTTPStatus.FOUND, PLAIN, b"", Location=f"/{place.path}")


def _filled(name: str, values: dict[str, str]) -> bytes:
    page = Template((HERE / name).read_text(encoding="utf-8"))
    return page.substitute({key: html.escape(value) for key, value in values.items()}).encode()


def _of_textual_serve(name: str, language: Language) -> bytes:
    """A file of the library, which is not imported for it."""
    found = find_spec("textual_serve")
    if found is None or not found.submodule_search_locations:
        raise CannotServe(text(language, "web.no_extra"))
    return (Path(found.submodule_search_locations[0]) / "static" / name).read_bytes()
