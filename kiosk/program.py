"""`lobby kiosk`: the kiosk's program, put together."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.app import KioskApp
from kiosk.settings import Settings
from shared.link import Link
from shared.pairing import StationKey
from shared.speech.espeak import Espeak
from shared.ui import program
from shared.ui.staff_pin import set_by_hand

if TYPE_CHECKING:
    from shared.printing.printer import PrinterAtWork


def run(options: argparse.Namespace) -> int:
    """Run it to its end; the exit code."""
    if options.set_pin:
        return set_by_hand(program.pin_file(options.secret_file))

    def make(_key: StationKey, link: Link) -> KioskApp:
        settings = program.settings_of(options.settings, options.secret_file, Settings)
        file = options.settings or options.secret_file.with_suffix(".toml")
        voice = Espeak() if Espeak.is_there() else None
        return KioskApp(link, settings, printer=_printer(settings, file), voice=voice)

    return program.run(options.secret_file, "kiosk", ("KioskView",), make)


def _printer(settings: Settings, file: Path) -> PrinterAtWork | None:
    if settings.printer is None:
        return None
    # Here and not above: a kiosk without a printer needs nothing of it. With one, everything is
    # there before the first number is given.
    from kiosk import papers as papers
    from shared.printing.station import printer_of

    return printer_of(settings.printer, file)
