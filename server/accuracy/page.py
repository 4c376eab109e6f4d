"""The figures as a page that anybody may read: what is in its frame, with plots drawn here. Pure.

How fresh the figures are is decided by whoever hands them over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

from msgspec import Struct

from server.accuracy import drawing
from server.accuracy.figures import Accuracy, Held
from server.accuracy.screen import HEADS, cells, named
from shared.i18n import LANGUAGES, text
from shared.protocol import Language, Words

PATH: Final = "/accuracy"
STYLE: Final = "/accuracy.css"


class Branch(Struct, frozen=True):
    """A branch as the page names it, and its services."""

    id: str
    name: Words
    services: Mapping[str, Words]


class Page:
    """The page of a branch; without figures it says so."""

    def __init__(
        self, one: Accuracy | None, branch: Branch, branches: Sequence[Branch], language: Language
    ) -> None:
        self.one, self.branch, self.branches, self.language = one, branch, branches, language

    def title(self) -> str:
        """Plain text."""
        return self._plain("page_title", name=self._name(self.branch))

    def figures(self) -> str:
        """Line by line, as markup."""
        if self.one is None or not self.one.every.shown:
            return f"<p>{self._say('nothing')}</p>"
        return "\n".join(self._figures(self.one))

    def links(self) -> str:
        """To its other language and to other branches, as markup."""
        return "\n".join(self._links())

    def _links(self) -> Iterator[str]:
        for language in LANGUAGES:
            if language != self.language:
                word = escape(text(language, f"language.{language}"))
                yield _link(self.branch, language, word)
        if len(self.branches) > 1:
            for other in self.branches:
                if other.id != self.branch.id:
                    yield _link(other, self.language, escape(self._name(other)))

    def _figures(self, one: Accuracy) -> Iterator[str]:
        days = {"first": one.first_day, "last": one.last_day, "days": one.days}
        yield f"<p>{self._say('days', **days)}</p>"
        if one.kind == "rehearsal":
            yield f"<p><strong>{escape(text(self.language, 'report.rehearsal'))}</strong></p>"
        yield f"<p>{self._say('explained')}</p>"
        whole = [(self._say("tickets"), one.tickets), (self._say("every"), one.every)]
        yield from self._table("whole", whole)
        yield from self._plot("plot_said", drawing.said(one.said, self._plain("plot_said")))
        services = self.branch.services
        yield from self._table(
            "services",
            [(escape(named(p.name, services, self.language)), p.held) for p in one.services],
        )
        lanes = [(escape(text(self.language, f"lane.{p.name}")), p.held) for p in one.lanes]
        yield from self._table("lanes", lanes)
        yield from self._table("weeks", [(escape(p.name), p.held) for p in one.weeks])
        yield from self._plot("plot_weeks", drawing.weeks(one.weeks, self._plain("plot_weeks")))
        yield from self._notes(one)

    def _table(self, title: str, rows: Sequence[tuple[str, Held]]) -> Iterator[str]:
        # On a narrow screen it is moved sideways by itself, with the keys, too.
        yield f'<div class="wide" role="region" tabindex="0" aria-label="{self._say(title)}">'
        yield f"<table><caption>{self._say(title)}</caption><thead><tr>"
        yield "".join(f'<th scope="col">{self._say(f"head.{head}")}</th>' for head in _heads())
        yield "</tr></thead><tbody>"
        for name, held in rows:
            figures = "".join(f"<td>{escape(cell)}</td>" for cell in cells(held))
            yield f'<tr><th scope="row">{name}</th>{figures}</tr>'
        yield "</tbody></table></div>"

    def _plot(self, title: str, svg: str) -> Iterator[str]:
        if svg:
            yield f'<figure><div class="wide" tabindex="0">{svg}</div>'
            yield f"<figcaption>{self._say(title)}</figcaption></figure>"

    def _notes(self, one: Accuracy) -> Iterator[str]:
        held = one.tickets
        yield f"<p>{self._say('targets')}</p>"
        left_out = {"open": held.open, "left": held.left, "changed": held.changed}
        yield f"<p>{self._say('left_out', **left_out)}</p>"
        if one.every.slipped:
            yield f"<p>{self._say('slipped', n=one.every.slipped)}</p>"
        if held.learned < held.shown:
            yield f"<p>{self._say('by_priors', n=held.shown - held.learned)}</p>"

    def _plain(self, key: str, **values: object) -> str:
        return text(self.language, f"accuracy.{key}", **values)

    def _say(self, key: str, **values: object) -> str:
        return escape(self._plain(key, **values))

    def _name(self, branch: Branch) -> str:
        name: str = getattr(branch.name, self.language)
        return name or branch.id


def _heads() -> tuple[str, ...]:
    return ("what", *HEADS)


def _link(branch: Branch, language: Language, words: str) -> str:
    # Ids of branches are letters, digits, - and _: nothing that an address would have to escape.
    return f'<a href="{PATH}?branch={branch.id}&amp;language={language}">{words}</a>'
