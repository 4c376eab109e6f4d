"""From a terminal's key to the end of its program."""

import asyncio
import sys

from bench.kiosk import kiosk, pair
from shared.arguments import FINE

NO_SERVER = "ws://127.0.0.1:1"


async def test_whatever_still_reads_from_the_terminal_ends_with_its_program(tmp_path):
    secret_file = pair(tmp_path / "kiosk", NO_SERVER)
    ghost = (sys.executable, "-m", "tests.shared.ui.ghost", str(secret_file))

    async with kiosk(tmp_path / "kiosk", command=ghost) as service, asyncio.timeout(60):
        await service.has_ended()

    assert service.exits == [FINE]
