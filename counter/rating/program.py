"""`lobby rate`: the rating panel's program, put together."""

from __future__ import annotations

import argparse

from counter.rating.app import RatingApp
from counter.rating.settings import Settings
from counter.rating.wires import wire_of
from shared.config import ConfigError
from shared.link import Link
from shared.pairing import StationKey
from shared.speech.espeak import Espeak
from shared.ui import program
from shared.ui.staff_pin import set_by_hand


def run(options: argparse.Namespace) -> int:
    """Run it to its end; the exit code."""
    if options.set_pin:
        return set_by_hand(program.pin_file(options.secret_file))

    def make(_key: StationKey, link: Link) -> RatingApp:
        settings = program.settings_of(options.settings, options.secret_file, Settings)
        voice = Espeak() if Espeak.is_there() else None
        connect = None
        if settings.device is not None:
            file = options.settings or options.secret_file.with_suffix(".toml")
            try:
                connect = wire_of(settings.device)
            except ValueError as wrong:
                raise ConfigError(file, "device", str(wrong)) from wrong
        return RatingApp(link, settings, voice=voice, connect=connect)

    return program.run(options.secret_file, "rating_panel", (), make)
