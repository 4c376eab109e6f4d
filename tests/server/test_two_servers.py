"""Two servers want one journal at the same instant: one has it, the other is told so.

The small form of `bench/two_servers.py`: only the journal, and no port, so that they meet at its
lock and nowhere else.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from server.journal.sqlite import open_sqlite
from tests.server.one_branch import rows

ROOT = Path(__file__).parents[2]
RACES = 5
RIVALS = 2

RIVAL = """
import asyncio, sys
from server.journal.contract import Entry, JournalRefused
from server.journal.sqlite import open_sqlite

async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        journal = await open_sqlite(sys.argv[1])
    except JournalRefused as refused:
        print(refused.code, refused, flush=True)
        return
    seq = (await journal.head("main")).seq
    await journal.append("main", seq, [Entry("", 0, "{}", "", "Won", b"{}")])
    print("won", flush=True)
    sys.stdin.readline()
    await journal.append("main", seq + 1, [Entry("", 0, "{}", "", "Unharmed", b"{}")])
    await journal.close()

asyncio.run(main())
"""


class Rival:
    """A process that waits for the word, then opens the journal and writes to it."""

    async def start(self, path):
        self._process: Any = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", RIVAL, str(path)),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert await self.said() == "ready"
        return self

    async def said(self):
        return (await self._process.stdout.readline()).decode().strip()

    def go(self):
        self._process.stdin.write(b"\n")

    async def ended(self):
        self.go()
        await self._process.communicate()
        return self._process.returncode


@pytest.mark.parametrize("is_there", [True, False], ids=["a journal", "no journal yet"])
async def test_of_two_that_race_for_it_one_has_it_and_is_unharmed(tmp_path, is_there):
    path = tmp_path / "lobby.sqlite"
    if is_there:
        await (await open_sqlite(path)).close()
    outcomes = []

    for _ in range(RACES if is_there else 1):
        rivals = await asyncio.gather(*(Rival().start(path) for _ in range(RIVALS)))
        for rival in rivals:
            rival.go()
        outcomes.append(sorted([(await rival.said()).partition(" ")[0] for rival in rivals]))
        assert await asyncio.gather(*(rival.ended() for rival in rivals)) == [0, 0]

    assert outcomes == [["in_use", "won"]] * len(outcomes)
    journal = await open_sqlite(path)
    assert [row.type for row in await rows(journal)] == ["Won", "Unharmed"] * len(outcomes)
    await journal.close()
