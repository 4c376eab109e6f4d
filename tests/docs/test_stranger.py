"""Proves that docs/protocol.md is enough: a client that knows nothing else gets its work done."""

import ast
import asyncio
import json
import sys
from pathlib import Path

from server.config import DEFAULT_BRANCH
from server.domain.configuration import BranchConfig
from shared.config import load
from shared.protocol import InviteStation
from tests.server.one_branch import new_id
from tests.server.one_house import secret_of
from tests.server.one_server import serving

CLIENT = Path(__file__).with_name("fifty_lines.py")
CLIENT_LINES_MAX = 60


async def _run_client(*arguments):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        CLIENT,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def _invite(desk, kind, counter=None):
    command = InviteStation(id=new_id(), kind=kind, branch="main", counter=counter)
    return (await desk.order(command)).code


async def test_a_stranger_takes_a_ticket_and_calls_it():
    async with serving(branches=[load(DEFAULT_BRANCH, BranchConfig)]) as server:
        desk = await server.terminal("desk-1")
        codes = [await _invite(desk, "kiosk"), await _invite(desk, "counter", 1)]
        person = "teller-1", secret_of("teller-1")

        code, out, err = await _run_client(server.running.address, *codes, *person)

    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "taken": "A001",
        "called": "A001",
        "state": "called",
        "why": "longest_wait",
    }


def test_the_stranger_knows_nothing_of_the_project():
    tree = ast.parse(CLIENT.read_text(encoding="utf-8"))
    imported = {
        alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names
    }
    imported |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}

    top_level = {name.split(".")[0] for name in imported}
    assert top_level - sys.stdlib_module_names == {"websockets"}


def test_the_stranger_is_short():
    assert len(CLIENT.read_text(encoding="utf-8").splitlines()) <= CLIENT_LINES_MAX
