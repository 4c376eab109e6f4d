"""Free text from outside, wherever it stands in a message or a configuration: cleaned, once.

Which fields hold free text is said by their types (`free_text` in `shared/protocol/`), so that
nobody can add one and forget it here. What cleaning does is told in `shared/cleaning.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
from msgspec import Struct, inspect

from shared.cleaning import characters, clean_text

Thing = TypeVar("Thing", bound=Struct)
Clean: TypeAlias = Callable[[Any], Any]

CELLS_PER_CHARACTER: Final = 2
"""No character is wider. As many as the type lets through still fit."""


class NothingToSee(Exception):
    """A text that has to be there consists of nothing but invisible signs."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def cleaned(thing: Thing) -> Thing:
    """The same with all its free text cleaned. Invisible entries of lists are left out; raises
    NothingToSee for a field that may not be empty."""
    clean = _of_struct(type(thing))
    return clean(thing) if clean else thing


@cache
def _of_struct(struct: type[Struct]) -> Clean | None:
    """What cleans a struct; None where there is nothing to clean."""
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    found = {field.name: _of_type(field.type) for field in info.fields}
    cleaners = {name: clean for name, clean in found.items() if clean is not None}
    required = [f.name for f in info.fields if _is_text(f.type) and _least(f.type)]
    if not cleaners:
        return None

    def clean_struct(thing: Struct) -> Struct:
        values = {name: clean(getattr(thing, name)) for name, clean in cleaners.items()}
        for name in required:
            if not values[name]:
                raise NothingToSee(name)
        return msgspec.structs.replace(thing, **values)

    return clean_struct


def _of_type(kind: inspect.Type) -> Clean | None:
    match kind:
        case inspect.Metadata() if _is_text(kind):
            return _of_text(kind.type)
        case inspect.Metadata(type=inner):
            return _of_type(inner)
        case inspect.StructType(cls=struct):
            return _of_struct(struct)
        case inspect.VarTupleType(item_type=item):
            return _of_list(item)
        case inspect.DictType(value_type=value):
            return _of_values(value)
        case inspect.UnionType(types=kinds):
            return _of_union(kinds)
        case _:
            return None


def _of_text(kind: inspect.Type) -> Clean:
    assert isinstance(kind, inspect.StrType)
    assert kind.max_length is not None, "free text has a bound"
    characters_max = kind.max_length
    return lambda text: fitting(text, characters_max)


def _of_list(item: inspect.Type) -> Clean | None:
    clean = _of_type(item)
    if clean is None:
        return None
    return lambda things: tuple(one for one in map(clean, things) if one != "")


def _of_values(value: inspect.Type) -> Clean | None:
    clean = _of_type(value)
    if clean is None:
        return None
    return lambda things: {key: clean(one) for key, one in things.items()}


def _of_union(kinds: tuple[inspect.Type, ...]) -> Clean | None:
    cleaners = [clean for kind in kinds if (clean := _of_type(kind)) is not None]
    if not cleaners:
        return None
    assert len(kinds) == 2, "free text is there, or null"
    return lambda thing: None if thing is None else cleaners[0](thing)


def _is_text(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.Metadata) and bool((kind.extra or {}).get("free_text"))


def _least(kind: inspect.Type) -> int:
    assert isinstance(kind, inspect.Metadata)
    return (isinstance(kind.type, inspect.StrType) and kind.type.min_length) or 0


def fitting(text: str, characters_max: int) -> str:
    """The text cleaned, with as many characters as the wire lets through: some become two."""
    clean = clean_text(text, CELLS_PER_CHARACTER * characters_max)
    while len(clean) > characters_max:
        clean = "".join(characters(clean)[:-1]).rstrip()
    return clean
