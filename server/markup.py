"""Markup made of text: whatever stands in a name or a sentence is shown, and never acts.

A page is a template with gaps, as a file; what is listed in it is built by `tag`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Final

GAP: Final = re.compile(r"\{\{(\w+)\}\}")


class Markup(str):
    """Text that is markup already: of this module's making, of text that was escaped."""

    __slots__ = ()


def tag(name: str, *inside: str, **fields: str) -> Markup:
    """An element; `class_` is its class, and other names have `_` for `-`. Text is escaped."""
    named = {key.rstrip("_").replace("_", "-"): value for key, value in fields.items()}
    said = "".join(f' {key}="{html.escape(value)}"' for key, value in named.items())
    return Markup(f"<{name}{said}>{joined(inside)}</{name}>")


def joined(parts: Iterable[str]) -> Markup:
    """One after the other."""
    return Markup("".join(map(_escaped, parts)))


def listed(words: Iterable[str]) -> Markup:
    """The items of a list."""
    return joined(tag("li", one) for one in words)


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with its gaps filled."""
    return GAP.sub(lambda gap: _escaped(values[gap[1]]), template)


def _escaped(value: str) -> str:
    return value if isinstance(value, Markup) else html.escape(value)
