"""Describes the structs of `shared/protocol/` in Markdown: their fields, types and defaults.

Types are told from the annotations as they are written, so that a named type keeps its name;
whether a field is required, and its default, from `msgspec.inspect`. What a field means is
written in `fields.toml`, what the struct means in its docstring.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from inspect import cleandoc, get_annotations
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Meta, Struct, inspect

from shared import protocol

StructType: TypeAlias = type[Struct]

FIELDS_FILE: Final = Path(__file__).with_name("fields.toml")

PLAIN_TYPES: Final[Mapping[str, str]] = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "true or false",
    "dict": "object",
}


class Undescribed(Exception):
    """Fields nobody has described, or descriptions of fields nobody has."""


# --- What there is -----------------------------------------------------------------------------


def structs(union: object) -> tuple[StructType, ...]:
    """The structs of one of the protocol's unions, in their order."""
    return get_args(union)


def parts() -> list[StructType]:
    """The structs that are parts of a message, never a message by themselves."""
    below = [s for s in _of_protocol(type) if issubclass(s, protocol.Value)]
    return [struct for struct in below if struct is not protocol.Value]


def word_lists() -> dict[str, tuple[str, ...]]:
    """The lists of allowed words, by name, each in its own order."""
    named = protocol.everything().items()
    return {name: get_args(alias) for name, alias in named if get_origin(alias) is Literal}


def named_types() -> dict[str, str]:
    """The types with a name of their own that are not lists of words: name -> description."""
    return {
        name: _type_text(node)
        for name, node in _aliases().items()
        if isinstance(node, ast.Subscript) and _name(node.value) == "Annotated"
    }


def _of_protocol(kind: type) -> Iterator[Any]:
    return (one for one in protocol.everything().values() if isinstance(one, kind))


@cache
def _aliases() -> dict[str, ast.expr]:
    """The right-hand side of every `Name: TypeAlias = …` in the protocol."""
    topics = (Path(protocol.__file__).with_name(f"{topic}.py") for topic in protocol.TOPICS)
    return {
        node.target.id: node.value
        for topic in topics
        for node in ast.parse(topic.read_text(encoding="utf-8")).body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and _name(node.annotation) == "TypeAlias"
        and node.value is not None
    }


# --- Structs -----------------------------------------------------------------------------------


def doc(thing: type) -> str:
    """The docstring, as paragraphs of Markdown."""
    assert thing.__doc__, thing
    paragraphs = cleandoc(thing.__doc__).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split("\n")) for paragraph in paragraphs)


def first_sentence(thing: type) -> str:
    """The docstring's first paragraph."""
    return doc(thing).split("\n\n")[0]


def field_table(struct: StructType, without: StructType | None = None) -> str:
    """Every field on the wire as a table, except the tag, and those of a base told elsewhere;
    "" without any."""
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    told = without.__struct_fields__ if without else ()
    fields = [field for field in info.fields if field.name not in told]
    if not fields:
        return ""
    rows = (
        (
            f"`{field.encode_name}`",
            _type_text(_annotation(struct, field.name)),
            _default(field),
            meaning(struct, field.name),
        )
        for field in fields
    )
    return table(("field", "type", "if left out", "meaning"), rows)


def meaning(struct: StructType, field: str) -> str:
    """What a field means: in this struct, or in the base it comes from, or wherever it stands."""
    return _field_words()[_words_key(struct, field)]


def unused_words(described: Iterable[StructType]) -> list[str]:
    """Keys of `fields.toml` that describe no field of these structs."""
    used = {_words_key(struct, field) for struct in described for field in struct.__struct_fields__}
    return sorted(set(_field_words()) - used)


def _words_key(struct: StructType, field: str) -> str:
    for key in (*(f"{cls.__name__}.{field}" for cls in struct.__mro__), field):
        if key in _field_words():
            return key
    raise Undescribed(f"{FIELDS_FILE.name}: nothing says what {struct.__name__}.{field} means")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _default(field: inspect.Field) -> str:
    if field.default is NODEFAULT and field.default_factory is NODEFAULT:
        return "**required**"
    default = field.default if field.default_factory is NODEFAULT else field.default_factory()
    return f"`{msgspec.json.encode(default).decode()}`"


@cache
def _field_words() -> dict[str, str]:
    tables = tomllib.loads(FIELDS_FILE.read_text(encoding="utf-8"))
    words = dict(tables.pop("everywhere"))
    for struct, fields in tables.items():
        words |= {f"{struct}.{field}": text for field, text in fields.items()}
    return words


# --- Types -------------------------------------------------------------------------------------


def _annotation(struct: StructType, field: str) -> ast.expr:
    for cls in struct.__mro__:
        source = get_annotations(cls).get(field)
        if source is not None:
            expression: ast.Expression = ast.parse(source, mode="eval")
            return expression.body
    raise AssertionError(f"{struct.__name__} has no field {field}")


def _type_text(node: ast.expr) -> str:
    """An annotation in plain words, with links to what has a heading of its own."""
    match node:
        case ast.Constant(value=None):
            return "null"
        case ast.Name(id=name):
            return _named(name)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            one = _type_text(left)
            return f"{one}{';' if ',' in one else ''} or {_type_text(right)}"
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[item, _])):
            return _list_text(item)
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[kind, meta])):
            return _bounded(kind, _meta(meta))
        case ast.Subscript(value=ast.Name(id=name)):
            return _named(name)
        case _:
            raise AssertionError(ast.dump(node))


def _named(name: str) -> str:
    if name in PLAIN_TYPES:
        return PLAIN_TYPES[name]
    has_heading = name not in named_types()
    return f"[{name}](#{name.lower() if has_heading else 'simple-types'})"


def _bounded(kind: ast.expr, bounds: Meta) -> str:
    match kind:
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[item, _])):
            return _list_text(item, *_range(bounds.min_length, bounds.max_length))
        case _:
            pass
    words = [_type_text(kind), *_range(bounds.ge, bounds.le)]
    words += [f"{length} characters" for length in _range(bounds.min_length, bounds.max_length)]
    words += [f"matching `{bounds.pattern}`"] if bounds.pattern else []
    return ", ".join(words)


def _list_text(item: ast.expr, *count: str) -> str:
    each = _type_text(item)
    return " ".join(["list of", *count, f"({each})" if "," in each else each])


def _meta(node: ast.expr) -> Meta:
    assert isinstance(node, ast.Call)
    return Meta(**{word.arg or "": _value(word.value) for word in node.keywords})


def _range(low: float | None, high: float | None) -> Iterator[str]:
    if low is not None and high is not None:
        yield f"{low} to {high}"
    elif high is not None:
        yield f"at most {high}"
    elif low is not None:
        yield f"at least {low}"


def _value(node: ast.expr) -> Any:
    """A constant, or a bound written as `2**53 - 1`."""
    match node:
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _value(left) ** _value(right)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return _value(left) - _value(right)
        case _:
            return ast.literal_eval(node)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
