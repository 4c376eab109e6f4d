"""Says in plain words which key of a configuration is at fault, and what was expected there.

msgspec knows both, but hides the names of tables (`$.presets[...]`), keeps the allowed words to
itself and speaks of `object` and `array`. Here the place is looked up in the values, and what
was expected is told from the type that stands there.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import inspect

Step: TypeAlias = str | int
"""One step down: a key of a table, or an index of a list."""

_STEPS = re.compile(r"\.(?P<key>[^.\[]+)|\[(?P<index>\d+)\]|(?P<any>\[\.\.\.\])")
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]*)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>[^`]*)`")
_WHERE = re.compile(r" - at (?P<key>`key` in )?`\$(?P<path>[^`]*)`$")


def expected_at(values: object, struct: type, problem: str) -> tuple[str, str]:
    """The dotted key at fault and what was expected there, from msgspec's message."""
    where = _WHERE.search(problem)
    steps = _steps(values, struct, problem, where["path"] if where else "")
    there = _type_at(inspect.type_info(struct), steps)
    if missing := _MISSING.match(problem):
        field = missing["field"]
        return dotted([*steps, field]), f"{_words(_field(there, field))}, but it is missing"
    if unknown := _UNKNOWN.match(problem):
        return dotted([*steps, unknown["field"]]), _known_keys(there, unknown["field"])
    if where is not None and where["key"] and isinstance(there, inspect.DictType):
        return dotted(steps), f"only keys that are {_words(there.key_type)}"
    return dotted(steps), _words(there) if there is not None else problem


def dotted(steps: list[Step]) -> str:
    """The place as TOML writes it, with indices: `services[0].name.zh`."""
    parts = [f"[{step}]" if isinstance(step, int) else f".{_quoted(step)}" for step in steps]
    return "".join(parts).removeprefix(".")


def _quoted(key: str) -> str:
    bare = re.fullmatch(r"[0-9A-Za-z_-]+", key)
    return key if bare else '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


# --- The place -------------------------------------------------------------------------------


def _steps(values: object, struct: type, problem: str, path: str) -> list[Step]:
    """msgspec's path, step by step, with the names of tables that it hides."""
    steps: list[Step] = []
    for found in _STEPS.finditer(path):
        if found["index"] is not None:
            steps.append(int(found["index"]))
        else:
            steps.append(found["key"] or _hidden_key(values, struct, problem, steps))
    return steps


def _hidden_key(values: object, struct: type, problem: str, steps: list[Step]) -> str:
    """The key of the table there that is at fault: alone, it makes the same problem."""
    table = _value_at(values, steps)
    for key in table if isinstance(table, dict) else ():
        try:
            msgspec.convert(_with(values, steps, {key: table[key]}), struct)
        except msgspec.ValidationError as error:
            if str(error) == problem:
                return str(key)
    return "..."


def _value_at(values: Any, steps: list[Step]) -> Any:
    for step in steps:
        values = values[step]
    return values


def _with(values: Any, steps: list[Step], new: object) -> Any:
    """A copy of the values with something else in that place."""
    if not steps:
        return new
    copied = values.copy()
    copied[steps[0]] = _with(values[steps[0]], steps[1:], new)
    return copied


def _type_at(there: inspect.Type | None, steps: list[Step]) -> inspect.Type | None:
    for step in steps:
        there = _below(_without_none(there), step)
    return _without_none(there)


def _below(there: inspect.Type | None, step: Step) -> inspect.Type | None:
    match there:
        case inspect.Metadata():
            return _below(there.type, step)
        case inspect.StructType() if isinstance(step, str):
            return _field(there, step)
        case inspect.DictType():
            return there.value_type
        case inspect.ListType() | inspect.VarTupleType():
            return there.item_type
        case inspect.TupleType() if isinstance(step, int) and step < len(there.item_types):
            return there.item_types[step]
        case _:
            return None


def _field(there: inspect.Type | None, name: str) -> inspect.Type | None:
    if not isinstance(there, inspect.StructType):
        return None
    return next((f.type for f in there.fields if f.encode_name == name), None)


def _without_none(there: inspect.Type | None) -> inspect.Type | None:
    """A setting that may be left out is described as what it is when it is there."""
    if isinstance(there, inspect.Metadata) and "description" not in (there.extra_json_schema or {}):
        return _without_none(there.type)
    if isinstance(there, inspect.UnionType) and len(there.types) == 2 and there.includes_none:
        return next(one for one in there.types if not isinstance(one, inspect.NoneType))
    return there


# --- The words -------------------------------------------------------------------------------

_PLAIN: Final[dict[type[inspect.Type], str]] = {
    inspect.BoolType: "true or false",
    inspect.ListType: "a list",
    inspect.VarTupleType: "a list",
    inspect.DictType: "a table",
    inspect.StructType: "a table",
    inspect.DateType: "a date",
    inspect.TimeType: "a time of day",
    inspect.DateTimeType: "a date and time",
}


def _words(wanted: inspect.Type | None) -> str:
    """What is wanted; a `description` in the type's own Meta is better than anything here."""
    match wanted:
        case inspect.Metadata():
            described = (wanted.extra_json_schema or {}).get("description")
            return str(described) if described else _words(wanted.type)
        case inspect.IntType():
            return f"a whole number{_range(wanted)}"
        case inspect.FloatType():
            return f"a number{_range(wanted)}"
        case inspect.StrType():
            return f"text{_length(wanted, 'characters')}{_pattern(wanted)}"
        case inspect.LiteralType():
            return f"one of {', '.join(str(value) or '(nothing)' for value in wanted.values)}"
        case inspect.UnionType():
            return " or ".join(_words(one) for one in wanted.types if not _is_none(one))
        case inspect.TupleType():
            return f"a list of {len(wanted.item_types)}"
        case inspect.ListType() | inspect.VarTupleType() | inspect.DictType():
            return f"{_PLAIN[type(wanted)]}{_length(wanted, 'entries')}"
        case None:
            return "a value"
        case _:
            return _PLAIN.get(type(wanted), "another value")


def _is_none(one: inspect.Type) -> bool:
    return isinstance(one, inspect.NoneType)


def _range(number: inspect.IntType | inspect.FloatType) -> str:
    bounds = (
        (number.ge, "at least"),
        (number.gt, "more than"),
        (number.le, "at most"),
        (number.lt, "less than"),
    )
    if number.ge is not None and number.le is not None:
        return f" from {number.ge} to {number.le}"
    return "".join(f" of {words} {bound}" for bound, words in bounds if bound is not None)


def _length(
    wanted: inspect.StrType | inspect.ListType | inspect.VarTupleType | inspect.DictType, unit: str
) -> str:
    least, most = wanted.min_length or 0, wanted.max_length
    if least and most is not None:
        return f" of {least} to {most} {unit}"
    if most is not None:
        return f" of at most {most} {unit}"
    return f" of at least {least} {unit}" if least else ""


def _pattern(wanted: inspect.StrType) -> str:
    return f" matching {wanted.pattern}" if wanted.pattern else ""


def _known_keys(there: inspect.Type | None, unknown: str) -> str:
    known = list(_keys(there))
    close = difflib.get_close_matches(unknown, known, n=1)
    meant = f"; did you mean {close[0]}?" if close else ""
    return f"one of the keys {', '.join(known)}{meant}"


def _keys(there: inspect.Type | None) -> Iterator[str]:
    if isinstance(there, inspect.StructType):
        yield from (field.encode_name for field in there.fields)
