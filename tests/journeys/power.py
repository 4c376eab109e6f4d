"""What has a plug: a server and terminals that are processes of their own, and die at once.

Everything a terminal says or is told goes through a cable that can be pulled on the way.
"""

import asyncio
import sys
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from bench.process import ServerProcess
from server.config import DEFAULT_BRANCH
from server.credentials import Credentials
from server.domain.configuration import BranchConfig
from server.journal.sqlite import open_sqlite
from shared import protocol as p
from shared.config import load
from shared.testing import TcpProxy
from tests.journeys.hall import PUBLIC_URL
from tests.journeys.people import PATIENCE_SECONDS
from tests.server.one_house import PEPPER, furnish, station_secret
from tests.server.one_server import KEY

ROOT = Path(__file__).resolve().parents[2]

LOBBY_TOML = f"""\
public_url = "{PUBLIC_URL}"

[rate_limits]  # whoever looks at every screen after every step asks often
kiosk = 6000
counter = 6000
board = 6000
display = 6000
phone = 6000
ticket = 6000
"""


async def data_folder(folder):
    """A data folder with everybody in it, as after a set-up long ago."""
    (folder / "keys").mkdir(parents=True)
    (folder / "lobby.toml").write_text(LOBBY_TOML)
    (folder / "keys" / "pepper.key").write_bytes(PEPPER)
    (folder / "keys" / "link.key").write_bytes(KEY)
    journal = await open_sqlite(folder / "lobby.sqlite")
    house = await furnish(journal, [load(DEFAULT_BRANCH, BranchConfig)], at=0)
    await journal.close()
    await Credentials(folder / "credentials.json", house.kept).save()


def server_at(folder, start, port=0):
    """A server that is switched on at that moment of the branch's time."""
    server = ServerProcess(folder, datetime.fromisoformat(start))
    server.port = port
    return server


class Machine:
    """A terminal with a plug and a cable. It keeps its files, whatever happens to it."""

    def __init__(self, station, folder):
        self.station, self.folder = station, folder
        self.cable: TcpProxy
        self._process: asyncio.subprocess.Process

    @property
    def files(self):
        """What a link of this terminal is given."""
        return {"outbox": self.folder / "outbox", "sign_in": self.folder / "sign-in"}

    @property
    def is_waiting(self):
        """Whether it has something on its way that was not answered."""
        return self.files["outbox"].exists()

    async def ask(self, command):
        """Give it a command; the server's answer."""
        await self.say(command)
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            return p.decode_from_server(await self._process.stdout.readline())

    async def say(self, command):
        """Give it a command that is not answered any more."""
        assert self._process.stdin is not None
        self._process.stdin.write(p.encode(command) + b"\n")
        await self._process.stdin.drain()

    async def power_off(self):
        """From one moment to the next."""
        self._process.kill()
        await self._process.wait()

    @asynccontextmanager
    async def plugged_in(self, port):
        """While the block runs, or until the power goes."""
        async with TcpProxy(port) as self.cable:
            url = f"ws://127.0.0.1:{self.cable.port}/ws"
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.journeys.terminal"),
                *(url, self.station, station_secret(self.station), str(self.folder)),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            try:
                yield self
            finally:
                if self._process.returncode is None:
                    await self.power_off()
