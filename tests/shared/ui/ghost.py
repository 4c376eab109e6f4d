"""A terminal's program that is over while its terminal is still read, as it is with one that was
ended in its first moments: `python -m tests.shared.ui.ghost SECRET_FILE`, for `test_program`."""

import asyncio
import sys
from pathlib import Path

from textual.drivers.linux_driver import LinuxDriver

from shared.protocol import KioskView
from shared.ui import program
from shared.ui.app import ClientApp
from shared.ui.theme import NIGHT


class Ghost(ClientApp[KioskView]):
    """Its `run` begins as Textual's does, and goes no further."""

    shows = KioskView

    def run(self, *_arguments, **_options):
        asyncio.run(self._begin())

    async def _begin(self):
        self._driver = LinuxDriver(self)
        self._driver.start_application_mode()


if __name__ == "__main__":
    sys.exit(
        program.run(
            Path(sys.argv[1]), "kiosk", ("KioskView",), lambda _key, link: Ghost(link, theme=NIGHT)
        )
    )
