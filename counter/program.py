"""`lobby counter`: the counter's program, put together."""

from __future__ import annotations

import argparse

from counter.app import CounterApp
from counter.settings import Settings
from shared.link import Link
from shared.pairing import StationKey
from shared.printing.station import printer_of
from shared.speech.espeak import Espeak
from shared.ui import program


def run(options: argparse.Namespace) -> int:
    """Run it to its end; the exit code."""

    def make(_key: StationKey, link: Link) -> CounterApp:
        settings = program.settings_of(options.settings, options.secret_file, Settings)
        file = options.settings or options.secret_file.with_suffix(".toml")
        printer = printer_of(settings.printer, file)
        voice = Espeak() if settings.speech and Espeak.is_there() else None
        return CounterApp(link, settings, printer=printer, voice=voice)

    return program.run(options.secret_file, "counter", (), make)
