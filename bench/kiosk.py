"""A real `lobby kiosk` on a console, under a small service manager, against a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.branch import BRANCH, Terminals, furnish, hello
from bench.process import ServerProcess, serving
from bench.service import Console, Service
from bench.unit import Unit
from shared.i18n import text
from shared.pairing import StationKey

UNIT: Final = Path(__file__).parent.parent / "docs" / "systemd" / "lobby-kiosk@.service"
STATION: Final = "kiosk-1"
STATE_FOLDER: Final = "/var/lib/lobby-kiosk"
TRACEBACK: Final = "Traceback"

WELCOME: Final = text("zh", "kiosk.start")
OUT_OF_SERVICE: Final = text("zh", "screen.out_of_service")


@asynccontextmanager
async def server(folder: Path) -> AsyncIterator[ServerProcess]:
    """A server with one kiosk."""
    await furnish(folder / "server", Terminals(counters=1, kiosks=1))
    async with serving(ServerProcess(folder / "server")) as running:
        yield running


def pair(folder: Path, address: str) -> Path:
    """The kiosk's folder, with its secret in it."""
    folder.mkdir()
    said = hello(STATION)
    key = StationKey(
        url=address, station=said.station, secret=said.secret, kind="kiosk", branch=BRANCH
    )
    file = folder / "lobby-kiosk.json"
    file.write_bytes(msgspec.json.encode(key))
    return file


@asynccontextmanager
async def kiosk(
    folder: Path, *, size: tuple[int, int] = (80, 24), **options: Any
) -> AsyncIterator[Service]:
    """The kiosk of that folder, as its unit runs it."""
    console = Console(size)
    unit = Unit(UNIT, "tty1")
    try:
        async with Service(
            unit, console, folder, stands_for={STATE_FOLDER: str(folder)}, **options
        ) as service:
            yield service
    finally:
        console.close()
