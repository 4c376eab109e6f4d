"""`/accuracy`: how well told waits have held, for anybody who wants to know.

The figures are those that were added up last (`recording.py`): a request adds nothing up.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

from websockets.http11 import Response

from server import web_files
from server.accuracy import page
from server.accuracy.figures import Accuracy
from server.markup import Markup, filled
from server.responses import PAGE_HEADERS, response
from server.runner import BranchRunner
from shared.protocol import Language

POLICY: Final = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content_Security_Policy": POLICY,
    **{name: said for name, said in PAGE_HEADERS.items() if name != "X_Robots_Tag"},
}
"""Those of every page; but this one may be found by whoever looks for it."""

QUERY_MAX: Final = 200


class AccuracyPages:
    """The page and its style sheet. `figures` are added to and replaced by whoever has them."""

    def __init__(
        self, runners: Mapping[str, BranchRunner], figures: Mapping[str, Accuracy]
    ) -> None:
        self._runners, self._figures = runners, figures

    def answer(self, path: str, query: str, languages: str) -> Response | None:
        """The response; None for what is none of these. `languages` is what a browser prefers."""
        if path == page.STYLE:
            return response(HTTPStatus.OK, web_files.CSS, web_files.read("accuracy.css"))
        if path != page.PATH:
            return None
        asked = parse_qs(query[:QUERY_MAX])
        branch = asked.get("branch", [next(iter(self._runners), "")])[0]
        if branch not in self._runners:
            return None
        language = _language(asked.get("language", [""])[0], languages)
        branches = [_named(runner) for runner in self._runners.values()]
        one = next(named for named in branches if named.id == branch)
        shown = page.Page(self._figures.get(branch), one, branches, language)
        return response(HTTPStatus.OK, web_files.HTML, html(shown), **HEADERS)


def html(shown: page.Page) -> bytes:
    """The whole page."""
    values = {
        "lang": shown.language,
        "title": shown.title(),
        "links": Markup(shown.links()),
        "figures": Markup(shown.figures()),
    }
    return filled(web_files.template("accuracy.html"), values).encode()


def _language(asked: str, preferred: str) -> Language:
    """What was asked for, else what the browser prefers of the two; Chinese if neither."""
    if asked in ("zh", "en"):
        return "zh" if asked == "zh" else "en"
    for wanted in preferred.lower().split(","):
        name = wanted.split(";")[0].strip()
        if name.startswith(("zh", "en")):
            return "zh" if name.startswith("zh") else "en"
    return "zh"


def _named(runner: BranchRunner) -> page.Branch:
    config = runner.published.config
    services = {service.id: service.name for service in config.services}
    return page.Branch(runner.id, config.name, services)
