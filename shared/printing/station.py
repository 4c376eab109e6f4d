"""The printer of a terminal, by the table of its settings file."""

from __future__ import annotations

from pathlib import Path

from shared.config import ConfigError
from shared.link import REAL_TIME
from shared.printing.escpos import as_picture, as_png, as_text
from shared.printing.printer import PrinterAtWork
from shared.printing.settings import PrinterSettings


def printer_of(settings: PrinterSettings | None, file: Path) -> PrinterAtWork | None:
    """Ready to be run; None where the terminal has none. ConfigError when `at` names no printer."""
    if settings is None:
        return None
    try:
        device = settings.device()
    except ValueError as error:
        expected = "a device file, tcp:HOST:PORT, lp:QUEUE or png:FOLDER"
        raise ConfigError(file, "printer.at", expected) from error
    encode = as_png if settings.draws else as_picture if settings.pictures else as_text
    return PrinterAtWork(device, encode=encode, width=settings.width, now=REAL_TIME.now)
