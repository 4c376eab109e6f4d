"""`lobby kiosk`: the kiosk's program, put together."""

from __future__ import annotations

import argparse

from kiosk.app import KioskApp
from kiosk.settings import Settings
from shared.link import Link
from shared.pairing import StationKey
from shared.printing.station import printer_of
from shared.speech.espeak import Espeak
from shared.ui import program
from shared.ui.staff_pin import set_by_hand


def run(options: argparse.Namespace) -> int:
    """Run it to its end; the exit code."""
    if options.set_pin:
        return set_by_hand(program.pin_file(options.secret_file))

    def make(_key: StationKey, link: Link) -> KioskApp:
        settings = program.settings_of(options.settings, options.secret_file, Settings)
        printer = printer_of(
            settings.printer, options.settings or options.secret_file.with_suffix(".toml")
        )
        voice = Espeak() if Espeak.is_there() else None
        return KioskApp(link, settings, printer=printer, voice=voice)

    return program.run(options.secret_file, "kiosk", ("KioskView",), make)
