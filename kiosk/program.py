"""`lobby kiosk`: the kiosk's program, put together."""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk.app import KioskApp
from kiosk.settings import Settings
from shared.config import ConfigError
from shared.link import REAL_TIME, Link
from shared.pairing import StationKey
from shared.printing.escpos import as_picture, as_png, as_text
from shared.printing.printer import PrinterAtWork
from shared.printing.settings import PrinterSettings
from shared.speech.espeak import Espeak
from shared.ui import program


def _printer(settings: PrinterSettings | None, file: Path) -> PrinterAtWork | None:
    if settings is None:
        return None
    try:
        device = settings.device()
    except ValueError as error:
        expected = "a device file, tcp:HOST:PORT, lp:QUEUE or png:FOLDER"
        raise ConfigError(file, "printer.at", expected) from error
    encode = as_png if settings.draws else as_picture if settings.pictures else as_text
    return PrinterAtWork(device, encode=encode, width=settings.width, now=REAL_TIME.now)


def run(options: argparse.Namespace) -> int:
    """Run it to its end; the exit code."""

    def make(_key: StationKey, link: Link) -> KioskApp:
        settings = program.settings_of(options.settings, options.secret_file, Settings)
        printer = _printer(
            settings.printer, options.settings or options.secret_file.with_suffix(".toml")
        )
        voice = Espeak() if Espeak.is_there() else None
        return KioskApp(link, settings, printer=printer, voice=voice)

    return program.run(options.secret_file, "kiosk", ("KioskView",), make)
