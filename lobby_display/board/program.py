"""`lobby board`: the board's program, put together."""

from __future__ import annotations

import argparse

from lobby_display.board.app import BoardApp
from lobby_display.board.settings import Settings
from shared.link import Link
from shared.pairing import StationKey
from shared.printing.station import printer_of
from shared.ui import program


def run(options: argparse.Namespace) -> int:
    """Run it to its end; the exit code."""

    def make(_key: StationKey, link: Link) -> BoardApp:
        settings = program.settings_of(options.settings, options.secret_file, Settings)
        printer = printer_of(
            settings.printer, options.settings or options.secret_file.with_suffix(".toml")
        )
        return BoardApp(link, settings, printer=printer)

    return program.run(options.secret_file, "board", ("BoardView",), make)
