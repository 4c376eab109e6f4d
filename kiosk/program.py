"""`lobby kiosk`: the kiosk's program, put together."""

from __future__ import annotations

import argparse

from kiosk.app import KioskApp
from kiosk.settings import Settings
from shared.config import load
from shared.link import Link
from shared.pairing import StationKey
from shared.ui import program


def run(options: argparse.Namespace) -> int:
    """Run it to its end; the exit code."""

    def make(_key: StationKey, link: Link) -> KioskApp:
        return KioskApp(link, load(options.settings, Settings) if options.settings else Settings())

    return program.run(options.secret_file, "kiosk", ("KioskView",), make)
