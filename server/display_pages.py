"""`/display/<branch>`: the lobby display for screens that have a browser and no terminal.

The page is the same for everybody and says nothing of the branch: what it shows comes over the
websocket, to a display that was paired. The clips of its voice are words and numbers, and secret to
nobody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container
from http import HTTPStatus
from pathlib import Path
from typing import Final

from websockets.http11 import Response

from server import web_files
from server.responses import JSON, response, words
from shared.i18n import LANGUAGES, catalogue, text
from shared.speech.clips import file_of

PAGE: Final = re.compile(r"/display/([0-9A-Za-z_-]{1,32})/?\Z")
CLIP: Final = re.compile(r"/display/([0-9A-Za-z_-]{1,32})/voice/(.{1,40})\.wav\Z")
FILES: Final = "/display-files/"

TYPES: Final = {
    "display.css": "text/css; charset=utf-8",
    "display.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "stage.js": "text/javascript; charset=utf-8",
    "voice.js": "text/javascript; charset=utf-8",
}
WAV: Final = "audio/wav"

TABLES: Final = ("display.", "screen.", "service_status.", "counter_state.", "link.", "pairing.")
"""Those of the catalogue that the page says."""


class DisplayPages:
    """The page, its files, its words and its clips. `branches` are those of this server."""

    def __init__(self, branches: Container[str], voice: Path | None) -> None:
        self._branches = branches
        self._voice = voice

    def answer(self, path: str, host: str) -> Response | None:
        """The response; None for what is none of these."""
        if path.startswith(FILES):
            return self._file(path.removeprefix(FILES))
        if page := PAGE.match(path):
            return self._page(page[1], host)
        if clip := CLIP.match(path):
            return self._clip(clip[1], clip[2])
        return None

    def _page(self, branch: str, host: str) -> Response | None:
        if branch not in self._branches:
            return None
        told = " ".join(text(language, "display.no_script") for language in LANGUAGES)
        values = {"lang": "zh", "title": "Lobby", "no_script": told}
        return web_files.page("display.html", values, host)

    def _file(self, name: str) -> Response | None:
        if name == "words.json":
            return response(HTTPStatus.OK, JSON, _words())
        if name not in TYPES:
            return None
        return response(HTTPStatus.OK, TYPES[name], web_files.read(name))

    def _clip(self, branch: str, name: str) -> Response:
        file = file_of(self._voice, name) if self._voice and branch in self._branches else None
        if file is None:
            return words(HTTPStatus.NOT_FOUND)
        try:
            return response(HTTPStatus.OK, WAV, file.read_bytes())
        except OSError:
            return words(HTTPStatus.NOT_FOUND)


def _words() -> bytes:
    said = {
        language: {
            key: words for key, words in catalogue(language).items() if key.startswith(TABLES)
        }
        for language in LANGUAGES
    }
    return json.dumps(said, ensure_ascii=False).encode()
