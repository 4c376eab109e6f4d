"""Every place in a message where a client may put a text or a number: found by the types on the
wire."""

import json
from pathlib import Path
from typing import get_args

from msgspec import inspect

from shared.protocol import FromClient

GOLDEN = Path(__file__).parents[1] / "golden" / "wire_v1.jsonl"
MESSAGES = get_args(FromClient)


def texts_of(struct):
    """Where texts stand, as paths such as ("roles", 0, "branch"), each with its type."""
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        for path, kind in _texts(field.type):
            yield (field.name, *path), kind


def _texts(kind):
    match kind:
        case inspect.StrType() | inspect.LiteralType():
            yield (), kind
        case inspect.Metadata(type=inspect.StrType()):
            yield (), kind
        case inspect.Metadata(type=inner):
            yield from _texts(inner)
        case inspect.VarTupleType(item_type=item):
            yield from (((0, *path), found) for path, found in _texts(item))
        case inspect.UnionType(types=kinds):
            for one in kinds:
                yield from _texts(one)
        case inspect.StructType(cls=struct):
            yield from texts_of(struct)
        case inspect.IntType() | inspect.FloatType() | inspect.BoolType() | inspect.NoneType():
            pass
        case _:
            raise AssertionError(f"no client says anything of this type so far: {kind}")


def numbers_of(struct):
    """Where whole numbers stand, in the same way."""
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        for path, kind in _numbers(field.type):
            yield (field.name, *path), kind


def _numbers(kind):
    match kind:
        case inspect.IntType():
            yield (), kind
        case inspect.Metadata(type=inner):
            yield from _numbers(inner)
        case inspect.VarTupleType(item_type=item):
            yield from (((0, *path), found) for path, found in _numbers(item))
        case inspect.UnionType(types=kinds):
            for one in kinds:
                yield from _numbers(one)
        case inspect.StructType(cls=struct):
            yield from numbers_of(struct)
        case _:
            pass


def samples():
    """A whole message of each type, by its name."""
    lines = (json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines())
    names = {message.__name__ for message in MESSAGES}
    found = {line["type"]: line for line in lines if line["type"] in names}
    assert set(found) == names
    return found


def put(message, path, text):
    """The message with this text in that place."""
    step, *rest = path
    if not rest:
        value = text
    elif rest[0] == 0:
        before = message.get(step) or [{}]
        value = [put(before[0], rest[1:], text) if rest[1:] else text]
    else:
        value = put(message.get(step) or {}, rest, text)
    return {**message, step: value}
