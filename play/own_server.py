"""A server of the player's own: a real one, as a rehearsal, in a data folder of its own.

It is started twice. At the speed of life terminals are paired and people choose their secrets;
then it is started again shortly before the first customer, at the speed that was asked for. So
however fast the day is played, setting up costs none of it.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import Struct

from play.errors import CannotPlay
from play.house import Desk, set_up
from shared.protocol import Language

DAY = "2026-11-16"
"""A Monday."""

PATIENCE_SECONDS = 60
SET_UP_MINUTES = 15
"""The set-up begins so long before the play, on the branch's clock. It takes a minute at most;
were it longer, the day would begin a little later, no more."""

LEAD_SECONDS = 4
"""So long (real) before the first customer the play begins: for everybody to come to work."""

LEAD_MINUTES = 2
"""The same, at least, on the branch's clock."""

SERVER_TOML = """\
# Links on tickets, so that customers can leave by their phones. Nobody has to resolve it.
public_url = "https://lobby.invalid"

# A played terminal is left alone for as long as its day is quiet.
[idle_lock_minutes]
"""

WORKING_ROLES = ("teller", "lobby_assistant", "lobby_manager", "operations_supervisor")


class Served(Struct, frozen=True):
    """A server that listens, and its set-up code if it has no administrator yet."""

    url: str
    code: str


class OwnServer:
    """A server on one data folder. Its log goes to `server.log` there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._port = 0

    @property
    def has_branches(self) -> bool:
        """Whether somebody has configured what is to be played at."""
        return any((self.folder / "branches").glob("*.toml"))

    def furnish(self, branch_toml: str | None) -> None:
        """Write what its operator would have written, unless it is there already."""
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = self.folder / "lobby.toml"
        if not settings.exists():
            roles = "".join(f"{role} = 480\n" for role in WORKING_ROLES)
            settings.write_text(SERVER_TOML + roles, encoding="utf-8")
        if branch_toml is not None:
            branches = self.folder / "branches"
            branches.mkdir(exist_ok=True)
            (branches / "main.toml").write_text(branch_toml, encoding="utf-8")

    @asynccontextmanager
    async def before(
        self, begins_seconds: float, branch: str, language: Language
    ) -> AsyncIterator[Desk]:
        """The new server at the speed of life, some time before the day begins; its desk."""
        early = max(0.0, begins_seconds - SET_UP_MINUTES * 60)
        async with self.serving(early, 1) as served:
            if not served.code:
                raise CannotPlay("folder_used", folder=self.folder)
            async with set_up(served.url, served.code, branch, language) as desk:
                yield desk

    @asynccontextmanager
    async def serving(self, begins_seconds: float, rate: float) -> AsyncIterator[Served]:
        """The server while the block runs, from that time of the day on, at that rate."""
        arguments = ["serve", "--data", str(self.folder), "--port", str(self._port)]
        arguments += ["--rehearsal", "--start", moment(begins_seconds), "--rate", f"{rate:g}"]
        with (self.folder / "server.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "lobby",
                *arguments,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                served = await self._listening(process)
            # The stations were paired with this address.
            self._port = int(served.url.rpartition(":")[2].partition("/")[0])
            yield served
        except TimeoutError:
            raise CannotPlay("not_started", log=self._log()) from None
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

    async def _listening(self, process: asyncio.subprocess.Process) -> Served:
        assert process.stdout is not None, "it was asked for"
        code = ""
        async for line in process.stdout:
            if printed := re.search(rb"code.*: ([A-Z-]+)$", line.strip()):
                code = printed[1].decode()
            if found := re.search(rb"http://([0-9.]+:\d+)", line):
                return Served(f"ws://{found[1].decode()}/ws", code)
        raise CannotPlay("not_started", log=self._log())

    def _log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")[-2000:]


async def lobby(*arguments: str) -> tuple[int, bytes]:
    """Run one `lobby` command to its end: its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lobby", *arguments, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    return process.returncode or 0, printed


def moment(seconds: float) -> str:
    """A time of the played day, as `lobby serve --start` understands it."""
    at = datetime.fromisoformat(DAY).replace(tzinfo=UTC) + timedelta(seconds=seconds)
    return at.replace(tzinfo=None).isoformat()


def begins_before(first_seconds: float, rate: float) -> float:
    """When to begin, for the first customer to find everybody at work."""
    return max(0.0, first_seconds - max(LEAD_MINUTES * 60, LEAD_SECONDS * rate))
