"""What differs between two configurations, key by key, as their files name the keys. Pure.

Parts that have an id are compared by it (`counters[4].name.zh`), so that one more counter in the
middle is one more counter, and not ten that have changed. Words for people are found elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

TEXT_CHARACTERS_MAX: Final = 200
"""How much of a value is told; the journal has all of it."""


class Difference(Struct, frozen=True):
    """One key, and what it says before and after; None where it says nothing."""

    key: str
    before: str | None = None
    after: str | None = None


def differences(before: Struct, after: Struct) -> list[Difference]:
    """All of them, in the order of the keys."""
    return list(_between("", before, after))


def _between(key: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, Struct) and isinstance(after, Struct):
        for field in before.__struct_fields__:
            yield from _between(_below(key, field), getattr(before, field), getattr(after, field))
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _parts(key, before, after, "{}.{}")
    elif _has_parts(before) or _has_parts(after):
        old, new = _by_id(before or ()), _by_id(after or ())
        yield from _parts(key, old, new, "{}[{}]")
        kept = [one for one in old if one in new]
        if kept != [one for one in new if one in old]:
            yield Difference(key, _shown(list(old)), _shown(list(new)))
    else:
        yield Difference(key, _shown(before), _shown(after))


def _parts(
    key: str, before: Mapping[Any, Any], after: Mapping[Any, Any], place: str
) -> Iterator[Difference]:
    for name in dict.fromkeys((*before, *after)):
        here = place.format(key, name)
        if name not in after:
            yield Difference(here, before=_shown(before[name]))
        elif name not in before:
            yield Difference(here, after=_shown(after[name]))
        else:
            yield from _between(here, before[name], after[name])


def _has_parts(value: Any) -> bool:
    return isinstance(value, tuple) and any(isinstance(one, Struct) for one in value)


def _by_id(parts: Sequence[Any]) -> dict[Any, Any]:
    """By their ids; by their places where they have none."""
    return {getattr(part, "id", n): part for n, part in enumerate(parts)}


def _below(key: str, field: str) -> str:
    return f"{key}.{field}" if key else field


def _shown(value: Any) -> str | None:
    """As a person reads it; whole parts as JSON."""
    if value is None or value == "" or value == ():
        return None
    if isinstance(value, list | tuple) and not _has_parts(tuple(value)):
        shown = ", ".join(str(one) for one in value)
    elif isinstance(value, str):
        shown = value
    else:
        shown = msgspec.json.encode(value).decode()
    return shown if len(shown) <= TEXT_CHARACTERS_MAX else f"{shown[: TEXT_CHARACTERS_MAX - 1]}…"
