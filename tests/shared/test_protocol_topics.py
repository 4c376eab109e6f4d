"""The protocol by topics: every name is found, and a terminal loads no more than it speaks of."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from shared import protocol
from shared.protocol.coding import FROM_SERVER

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "shared" / "protocol"

UNKNOWN_TO_KIOSKS = {
    "appointments",
    "board",
    "counter",
    "house",
    "lobby",
    "messages",
    "phone",
    "teller",
    "tickets",
}
"""Those about appointments not before somebody has one."""

KEPT_WITHIN = {"FROM_SERVER", "Kind", "PACKAGE"}
"""Those of `coding` that nobody else needs."""


def _defined_in(topic):
    for node in ast.parse((FOLDER / f"{topic}.py").read_text(encoding="utf-8")).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                yield name
            case _:
                pass


def test_every_topic_is_listed():
    files = {file.stem for file in FOLDER.glob("*.py")} - {"__init__"}

    assert files == set(protocol.TOPICS)


@pytest.mark.parametrize("topic", protocol.TOPICS)
def test_every_name_of_a_topic_is_listed_with_it(topic):
    public = {name for name in _defined_in(topic) if not name.startswith("_")} - KEPT_WITHIN

    assert public == set(protocol.TOPICS[topic])


def test_every_name_is_had_from_the_protocol():
    assert [name for name, one in protocol.everything().items() if one is None] == []


def test_what_is_no_name_of_the_protocol_is_said_to_be_none():
    with pytest.raises(AttributeError, match="TakeTea"):
        _ = protocol.TakeTea


def test_a_terminal_understands_whatever_the_server_says():
    assert {one.__name__ for one in get_args(protocol.FromServer)} == FROM_SERVER


@pytest.mark.parametrize("data", [b'{"type":"TakeTicket"}', b"{}", b'{"type":7}', b"[]", b"\xff"])
def test_a_terminal_takes_nothing_else_for_a_word_of_the_server(data):
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        protocol.decode_from_server(data)


def test_a_kiosk_never_hears_of_other_terminals():
    asked = "import sys, kiosk.program, shared.dialler; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True)

    topics = {
        name.rpartition(".")[2]
        for name in loaded.stdout.split()
        if name.startswith("shared.protocol.")
    }
    assert "hall" in topics
    assert topics & UNKNOWN_TO_KIOSKS == set()
