"""Proves that docs/protocol.md is enough: a client that knows nothing else gets its work done."""

import ast
import asyncio
import json
import sys
from pathlib import Path

from server.app import running
from server.config import DEFAULT_BRANCH, Listen, ServerConfig
from server.domain.configuration import BranchConfig
from server.journal.memory import MemoryJournal
from server.links import TicketLinks
from server.stations import Stations, make_stations
from shared.config import load
from shared.testing import ManualClock

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


async def test_a_stranger_takes_a_ticket_and_calls_it():
    branch = load(DEFAULT_BRANCH, BranchConfig)
    clock = ManualClock()
    stations, secrets = make_stations([branch], clock.token)
    server = running(
        ServerConfig(listen=Listen(port=0)),
        {branch.id: branch},
        Stations(stations),
        TicketLinks(b"a key that is long enough"),
        MemoryJournal(),
        clock,
    )

    async with server as at_work:
        code, out, err = await _run_client(
            at_work.address, secrets["kiosk-1"], secrets["counter-1"]
        )

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
